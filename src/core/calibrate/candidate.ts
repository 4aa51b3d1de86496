// From what a learner believes to a set of parameters that could be the twin's: what the data has not said enough
// about stays as it is, and the rest is what follows given that.
import { condition, copyEstimate, type Estimate, newEstimate, varianceOf } from './estimate.ts';
import { type Group, parameterAt, sigmaAt, thetaMax, thetaMin, thetaOf } from './group.ts';
import type { Learner } from './learner.ts';

/** A parameter is learnt when its standard deviation is at most this share of what it was before any data. */
const learntShare = 0.5;
/** What a sensor is wrong by for good, of what it says: no amount of data makes that smaller. */
const gaugeShare = 0.01;
/** The same with what a right model is wrong by for good, of what it predicts. */
const lastingShare = 0.015;

export interface Candidate {
  readonly room: Estimate;
  readonly theta: Float64Array;
  /** By parameter of the group. */
  readonly values: Float64Array;
  readonly sigma: Float64Array;
  readonly learnt: Uint8Array;
}

export function newCandidate({ estimate, group }: Learner): Candidate {
  const size = group.parameters.length;
  return {
    room: newEstimate(estimate.size),
    theta: new Float64Array(size),
    values: new Float64Array(size),
    sigma: new Float64Array(size),
    learnt: new Uint8Array(size),
  };
}

/** Fills the candidate; returns by how many of its own sigmas the farthest parameter is from the live one. */
export function propose(
  candidate: Candidate,
  learner: Learner,
  live: Float64Array,
  changeMax: number,
): number {
  const { group, estimate, offset } = learner;
  const { room, learnt, theta, values, sigma } = candidate;
  copyEstimate(estimate, room);
  learnt.fill(1);
  // The least known first: with that one as it is, the others may well be known.
  for (;;) {
    const j = leastKnown(room, offset, learnt);
    if (j < 0) break;
    learnt[j] = 0;
    condition(room, offset + j, thetaOf(group, j, live[group.parameters[j]!]!));
  }
  let farthest = 0;
  for (let j = 0; j < theta.length; j++) {
    const own = live[group.parameters[j]!]!;
    const from = thetaOf(group, j, own);
    const change = room.mean[offset + j]! - from;
    const spread = Math.sqrt(Math.max(0, varianceOf(room, offset + j)));
    if (learnt[j] === 1) farthest = Math.max(farthest, Math.abs(change) / Math.max(spread, 1e-6));
    theta[j] = from + Math.min(changeMax, Math.max(-changeMax, change));
    values[j] = learnt[j] === 1 ? parameterAt(group, j, within(group, j, theta[j]!)) : own;
    sigma[j] =
      learnt[j] === 1
        ? Math.hypot(sigmaAt(group, j, values[j]!, spread), gaugeSigma(learner, j, values[j]!))
        : Number.NaN;
  }
  return farthest;
}

/** A parameter that is a small part of an output takes all of what that output is wrong by for its own. */
function gaugeSigma(learner: Learner, j: number, value: number): number {
  const own = gaugeShare * Math.abs(value);
  if (learner.method === 'ekf' || learner.share[j] === 0) return own;
  return Math.max(own, sigmaAt(learner.group, j, value, lastingShare / learner.share[j]!));
}

function leastKnown(room: Estimate, offset: number, learnt: Uint8Array): number {
  let worst = -1;
  let most = learntShare * learntShare;
  for (let j = 0; j < learnt.length; j++) {
    const variance = varianceOf(room, offset + j);
    if (learnt[j] === 0 || variance <= most) continue;
    most = variance;
    worst = j;
  }
  return worst;
}

function within(group: Group, j: number, theta: number): number {
  return Math.min(thetaMax(group, j), Math.max(thetaMin(group, j), theta));
}
