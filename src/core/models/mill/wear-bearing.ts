// The wear of the spindle bearing: ISO 281 life, and damage that adds up by Palmgren and Miner.
//
//   P = preload + share·Ft,   one turn does (P/C)^e / 10⁶,   wear = Σ (turns·damage·a + base·speed)·heat
//
// `a` is 1 by default; heat thins the grease for both, speed tells on the base rate, turns on the rest.
import type { ParameterSpec } from '../../model.ts';
import { bearingDamagePerH } from '../bearing-life.ts';
import { table } from '../table.ts';

const at = { base: 0, factor: 1, capacity: 2, preload: 3, share: 4, exponent: 5 } as const;
export const bearingParameterCount = 6;

export const bearingParameters: readonly ParameterSpec[] = table('wear.bearing.', [
  ['base', '1/h', 'Wear of a turning bearing that carries nothing', 5e-7, 0, 0.01, 2e-7],
  ['factor', 'ratio', 'How many times faster the bearing wears than expected', 1, 0.05, 20, 0.3],
  ['capacity', 'N', 'Dynamic load rating C', 20_000, 100, 1e7, 2000],
  ['preload', 'N', 'Equivalent load of the preload', 930, 0, 1e6, 150],
  ['share', 'ratio', 'Equivalent load for each newton at the edge: the tool is a lever', 1.3, 0, 20, 0.3],
  ['exponent', 'ratio', 'Exponent of life: 3 for balls, 10/3 for rollers', 3, 1, 5, 0.1],
]);

/** Wear an hour at nominal heat; `speed` is the factor of speed on the base rate. */
export function bearingRatePerH(
  p: Float64Array,
  p0: number,
  rpm: number,
  edgeN: number,
  speed: number,
): number {
  const ratio = (p[p0 + at.preload]! + p[p0 + at.share]! * edgeN) / p[p0 + at.capacity]!;
  const ratePerH = bearingDamagePerH(ratio, p[p0 + at.exponent]!, rpm) + p[p0 + at.base]! * speed;
  return ratePerH * p[p0 + at.factor]!;
}
