// What makes everything wear faster: heat, speed and current beyond what is nominal.
//
//   heat = 2^((T − Tn)/ΔT) above Tn,   speed = n/nn above nn,   current = (I/In)³ above In;   1 below
import type { ParameterSpec } from '../../model.ts';
import { table } from '../table.ts';

const at = { current: 0, temp: 1, doubling: 2, speed: 3 } as const;
export const wearLoadParameterCount = 4;
export const secondsPerHour = 3600;

export const wearLoadParameters: readonly ParameterSpec[] = table('wear.load.', [
  ['current', 'A', 'Spindle current above which the spindle wears faster', 8, 0.1, 1000, 1],
  ['temp', 'degC', 'Temperature above which spindle and bearing wear faster', 60, 0, 200, 3],
  ['doubling', 'K', 'So much hotter doubles the wear', 15, 1, 100, 3],
  ['speed', 'rpm', 'Speed above which spindle and bearing wear faster', 8000, 1, 1e6, 1000],
]);

export function heatFactor(p: Float64Array, p0: number, temperature: number): number {
  const above = temperature - p[p0 + at.temp]!;
  return above <= 0 ? 1 : Math.exp((Math.LN2 * above) / p[p0 + at.doubling]!);
}

export function speedFactor(p: Float64Array, p0: number, rpm: number): number {
  return Math.max(1, rpm / p[p0 + at.speed]!);
}

export function currentFactor(p: Float64Array, p0: number, squareA2: number): number {
  const nominal = p[p0 + at.current]!;
  const square = squareA2 / (nominal * nominal);
  return square <= 1 ? 1 : square * Math.sqrt(square);
}

/** Wear adds up to 1 and never goes back. */
export function worn(wear: number, more: number): number {
  return more > 0 ? Math.max(wear, Math.min(1, wear + more)) : wear;
}
