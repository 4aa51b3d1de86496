// What a learner knew a while ago. A sensor is found out only after it has lied for a moment; then the learner goes
// back to before.
import { copyEstimate, type Estimate, newEstimate } from './estimate.ts';
import type { Learner } from './learner.ts';

const everyS = 30;

export interface Keeper {
  readonly newer: Estimate;
  readonly older: Estimate;
  ageS: number;
  /** 1 once there is something to go back to. */
  filled: number;
}

export function newKeeper({ estimate }: Learner): Keeper {
  return { newer: newEstimate(estimate.size), older: newEstimate(estimate.size), ageS: 0, filled: 0 };
}

/** While its sensors are sound. */
export function keep(keeper: Keeper, { estimate }: Learner, dtS: number): void {
  if (keeper.filled === 1) {
    keeper.ageS += dtS;
    if (keeper.ageS < everyS) return;
    copyEstimate(keeper.newer, keeper.older);
  } else copyEstimate(estimate, keeper.older);
  copyEstimate(estimate, keeper.newer);
  keeper.ageS = 0;
  keeper.filled = 1;
}

export function goBack(keeper: Keeper, { estimate }: Learner): void {
  if (keeper.filled === 1) copyEstimate(keeper.older, estimate);
  keeper.filled = 0;
}

/** What it has was of another time: a new beginning. */
export function empty(keeper: Keeper): void {
  keeper.filled = 0;
}

export function keeperNumbers({ newer, older, ageS, filled }: Keeper): readonly ArrayLike<number>[] {
  return [newer.mean, newer.covariance, older.mean, older.covariance, [ageS, filled]];
}
