// The wear of the spindle itself: what its winding and seals lose by the hour, and its clamping and winding by every
// run-up from rest, for which it stops and clamps a tool.
//
//   wear = Σ base·current·speed·heat + run-ups/starts     (the factors of wear-load.ts; heat is the winding's)
import type { ParameterSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';

/** A run-up is from below one to above the other, so that a speed that is noise around zero starts nothing. */
const stoodRpm = 10;
const turnedRpm = 100;

const at = { base: 0, factor: 1, starts: 2 } as const;
export const spindleWearParameterCount = 3;

export const spindleWearParameters: readonly ParameterSpec[] = table('wear.spindle.', [
  ['base', '1/h', 'Wear of a turning spindle at nominal load', 1e-6, 0, 0.01, 5e-7],
  ['factor', 'ratio', 'How many times faster the spindle wears than expected', 1, 0.05, 20, 0.3],
  ['starts', '', 'Run-ups from rest that wear it out', 2e6, 1000, 1e15, 5e5],
]);

export const spindleWearState: StateSpec = {
  name: 'spindle.wear',
  unit: 'ratio',
  initial: 0,
  persistent: true,
};

/** Whether it has run up and not stood since. */
export const spindleTurnedState: StateSpec = { name: 'spindle.turned', unit: '', initial: 0 };

/** Wear an hour at nominal heat. */
export function spindleRatePerH(p: Float64Array, p0: number, current: number, speed: number): number {
  return p[p0 + at.base]! * p[p0 + at.factor]! * current * speed;
}

/** `turned` after a step that ends at `rpm`. */
export function turnedAfter(turned: number, rpm: number): number {
  if (Math.abs(rpm) >= turnedRpm) return 1;
  return Math.abs(rpm) < stoodRpm ? 0 : turned;
}

export function wearOfStart(p: Float64Array, p0: number): number {
  return p[p0 + at.factor]! / p[p0 + at.starts]!;
}
