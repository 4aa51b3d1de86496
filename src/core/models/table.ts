// Parameters as a table, one line each. Data only.
import type { ParameterSpec } from '../model.ts';

export type Row = readonly [
  name: string,
  unit: string,
  about: string,
  value: number,
  min: number,
  max: number,
  priorSigma: number,
];

export function table(prefix: string, rows: readonly Row[]): ParameterSpec[] {
  return rows.map(([name, unit, about, value, min, max, priorSigma]) => ({
    ...{ name: `${prefix}${name}`, unit, about, value, min, max, priorSigma },
  }));
}
