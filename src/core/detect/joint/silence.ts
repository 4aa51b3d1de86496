// What a detector says before it says anything.
import type { Verdict } from '../detector.ts';

/** Every field, as a verdict is used again. */
export function silence(verdict: Verdict): void {
  verdict.score = 0;
  verdict.scores.fill(0);
  verdict.levels.fill(0);
  verdict.values.fill(Number.NaN);
  verdict.bounds.fill(Number.NaN);
  verdict.readiness.fill(0);
}
