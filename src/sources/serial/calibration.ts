// Corrects a sensor with three axes in place: value = matrix * (raw - bias). Each result mixes all three axes, so
// one that is missing or bad makes all three bad.
import { isBad, Quality, worse } from '../../core/quality.ts';
import type { Row } from './row.ts';

export interface Calibration {
  /** Places of the three axes in a row. */
  readonly slots: readonly [number, number, number];
  readonly bias: readonly number[];
  /** Row after row. */
  readonly matrix: readonly number[];
}

export function calibrate({ slots: [i, j, k], bias, matrix: m }: Calibration, row: Row): void {
  const { values, quality, present } = row;
  const there = present[i]! + present[j]! + present[k]!;
  if (there === 0) return;
  const worst = worse(worse(quality[i]!, quality[j]!), quality[k]!);
  if (there < 3 || isBad(worst)) {
    const code = isBad(worst) ? worst : Quality.bad;
    for (const slot of [i, j, k]) {
      values[slot] = Number.NaN;
      quality[slot] = code;
    }
    return;
  }
  const x = values[i]! - bias[0]!;
  const y = values[j]! - bias[1]!;
  const z = values[k]! - bias[2]!;
  values[i] = m[0]! * x + m[1]! * y + m[2]! * z;
  values[j] = m[3]! * x + m[4]! * y + m[5]! * z;
  values[k] = m[6]! * x + m[7]! * y + m[8]! * z;
}
