// Sums of decimal values that stay decimal: 0.1 + 0.2 is 0.3 here, in whatever order. Must not change a sum of values
// that are no decimals.
import { isBad } from '../../core/quality.ts';
import type { Series } from '../../core/sample.ts';

/** More decimals than that are noise of a calculation. */
export const decimalsMax = 9;
export const powers = Float64Array.from({ length: decimalsMax + 1 }, (_, k) => Number(`1e${k}`));
/** Up to here a whole number and its neighbours are exact, and so is the sum of two. */
export const wholeMax = 2 ** 52;

/** The least number of decimals that write the value exactly; -1 when none do. */
export function decimalsOf(value: number, single = false): number {
  for (let k = 0; k <= decimalsMax; k++) {
    const whole = Math.round(value * powers[k]!);
    if (!(Math.abs(whole) <= wholeMax)) return -1;
    const back = whole / powers[k]!;
    if ((single ? Math.fround(back) : back) === value) return k;
  }
  return -1;
}

/** Values that are whole numbers of tenths, hundredths and so on; `single`: in single precision. */
export interface Decimals {
  readonly decimals: number;
  readonly single: boolean;
}

/** Of all that are not Bad; undefined where one has none, or where their sum might be too large to be exact. */
export function decimalsOfAll(series: Series, from: number, to: number): Decimals | undefined {
  const { value, quality } = series;
  const most = wholeMax / (to - from);
  for (const single of [false, true]) {
    let decimals = 0;
    let power = 1;
    let i = from;
    for (; i < to; i++) {
      const each = value[i]!;
      const back = Math.round(each * power) / power;
      if ((single ? Math.fround(back) : back) === each && Math.abs(each * power) <= most) continue;
      if (isBad(quality[i]!) || Number.isNaN(each)) continue;
      const needed = decimalsOf(each, single);
      decimals = Math.max(decimals, needed);
      power = powers[decimals]!;
      if (needed < 0 || Math.abs(each * power) > most) break;
    }
    if (i === to) return { decimals, single };
  }
  return undefined;
}

/** `a + b`, without what is behind the decimals that both have. */
export function sumOf(a: number, b: number): number {
  const [ofA, ofB] = [decimalsOf(a), decimalsOf(b)];
  if (ofA < 0 || ofB < 0) return a + b;
  const power = powers[Math.max(ofA, ofB)]!;
  const whole = Math.round(a * power) + Math.round(b * power);
  return Math.abs(whole) > wholeMax ? a + b : whole / power;
}
