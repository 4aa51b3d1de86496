// A learner, whichever its method: what is done to what it believes from outside, when a divergence is answered, when
// the answer is over, and when somebody sets the parameters.
import { restartEkf } from './ekf.ts';
import { bound, isolate, project, varianceOf } from './estimate.ts';
import { thetaMax, thetaMin, thetaOf, thetaSigmaOf } from './group.ts';
import type { EkfLearner } from './jacobian.ts';
import type { RlsLearner } from './rls.ts';
import { drop } from './rls.ts';

export type Learner = RlsLearner | EkfLearner;

/** The learner believes what the twin has, as far as it is known, and nothing else. */
export function relearn(learner: Learner, live: Float64Array, sigma: Float64Array): void {
  const { group, estimate, offset } = learner;
  for (let j = 0; j < group.parameters.length; j++) {
    const p = group.parameters[j]!;
    const known = thetaSigmaOf(group, j, live[p]!, sigma[p]!);
    isolate(estimate, offset + j, Number.isNaN(known) ? 1 : Math.min(1, known * known));
    estimate.mean[offset + j] = thetaOf(group, j, live[p]!);
  }
  unsettle(learner);
}

/** What is known of the parameters is open again, up to `spread` prior sigmas, from where they are. */
export function reopen(learner: Learner, spread: number): void {
  const { group, estimate, offset } = learner;
  learner.spreadMax = spread;
  for (let j = 0; j < group.parameters.length; j++) isolate(estimate, offset + j, spread * spread);
  unsettle(learner);
}

function unsettle(learner: Learner): void {
  learner.evidenceS = 0;
  if (learner.method === 'rls') drop(learner);
  else restartEkf(learner);
}

/** The answer is over: it learns at its usual pace again. */
export function settle(learner: Learner): void {
  const { group, estimate, offset } = learner;
  learner.alert = 0;
  learner.spreadMax = 1;
  for (let j = 0; j < group.parameters.length; j++) {
    if (varianceOf(estimate, offset + j) > 1) bound(estimate, offset + j, 1);
    const theta = estimate.mean[offset + j]!;
    const inside = Math.min(thetaMax(group, j), Math.max(thetaMin(group, j), theta));
    if (inside !== theta) project(estimate, offset + j, inside);
  }
}

/** By output of the group: what its sensor is off by, as far as the learner knows; undefined: it asks no such thing. */
export function biasOf({ method, group, estimate, offset }: Learner): Float64Array | undefined {
  return method === 'ekf' ? estimate.mean.subarray(group.states.length, offset) : undefined;
}
