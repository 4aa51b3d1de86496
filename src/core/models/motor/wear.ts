// The wear of the motor's bearing: ISO 281 life, damage added up by Palmgren and Miner, and what a motor does.
//
//   P = belt + share·|T|,   one turn of the motor does (P/C)³ / 10⁶,   wear = Σ (turns·damage + base·hours)·factor
import type { ParameterSpec } from '../../model.ts';
import { bearingDamagePerH } from '../bearing-life.ts';
import { table } from '../table.ts';

const secondsPerHour = 3600;
const at = { base: 0, factor: 1, capacity: 2, belt: 3, share: 4 } as const;

export const wearParameters: readonly ParameterSpec[] = table('wear.bearing.', [
  ['base', '1/h', 'Wear of a turning bearing that carries nothing', 5e-7, 0, 0.01, 2e-7],
  ['factor', 'ratio', 'How many times faster the bearing wears than expected', 1, 0.05, 20, 0.3],
  ['capacity', 'N', 'Dynamic load rating C', 14_000, 100, 1e7, 1500],
  ['belt', 'N', 'Equivalent load of belt and weight', 600, 0, 1e6, 150],
  ['share', 'N/Nm', 'Equivalent load for each newton metre of the load', 8, 0, 1000, 3],
]);

/** The wear after `dtS` of turning; it never goes back. */
export function wornBearing(
  p: Float64Array,
  p0: number,
  wear: number,
  motorRpm: number,
  torqueNm: number,
  dtS: number,
): number {
  const ratio = (p[p0 + at.belt]! + p[p0 + at.share]! * Math.abs(torqueNm)) / p[p0 + at.capacity]!;
  const perH = bearingDamagePerH(ratio, 3, motorRpm) + p[p0 + at.base]!;
  const more = (perH * p[p0 + at.factor]! * dtS) / secondsPerHour;
  return more > 0 ? Math.max(wear, Math.min(1, wear + more)) : wear;
}
