// How much of what it has to learn each condition of a machine has learnt: 1, and it speaks. For people, who wonder why
// nothing is said yet.
import { type Detection, tracksS } from '../detection.ts';
import { needsS, type ResidualWatch } from './residual.ts';
import { samplesMin } from './silence.ts';
import { learnSamples, type Stuck } from './stuck.ts';

/** By index of the condition, 0 to 1. */
export function readinessOf({ plan, ...state }: Detection, condition: number): number {
  for (const [w, { rows: own, conditions }] of plan.wanted.entries()) {
    const { isJoint, verdict } = state.wanted[w]!;
    const i = conditions.indexOf(condition);
    if (i >= 0) return verdict.readiness[isJoint ? 0 : own[i]!]!;
  }
  const { detector, rows } = plan.conditions[condition] ?? {};
  const row = rows?.[0] ?? -1;
  if (detector === 'cusum') return watched(state.residuals, plan.residual.indexOf(condition));
  if (detector === 'spectrum') return watched(state.shakes.watch, plan.shakes.indexOf(condition));
  if (detector === 'silent') return share(state.silence.samples[row], samplesMin);
  if (detector === 'stuck') return share(mostSamples(state.stuck, row), learnSamples);
  if (detector === 'ensemble') return state.pattern?.ready ?? 0;
  return detector === 'divergence' ? share(state.tracked[0], tracksS) : 1;
}

function watched(watch: ResidualWatch, o: number): number {
  return o < 0 ? 0 : share(watch.total[o], needsS(watch, o));
}

/** Of the mode it knows best. */
function mostSamples({ modes, samples }: Stuck, row: number): number {
  return Math.max(0, ...samples.subarray(row * modes, (row + 1) * modes));
}

function share(known: number | undefined, needed: number): number {
  return Math.min(1, (known ?? 0) / needed);
}
