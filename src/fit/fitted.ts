// A fit and all that its reports tell of it, whatever they look like.
import type { FitAnswer, FitRecord } from '../core/fit/fit.ts';
import type { Mapping } from './column-word.ts';

export interface Fitted {
  /** axis, thermal, wear, machine. */
  readonly kind: string;
  readonly file: string;
  /** The file that judged, where it was another. */
  readonly judgeFile: string | undefined;
  readonly answer: FitAnswer;
  readonly record: FitRecord;
  readonly data: DataAccount;
  /** How the answer's parameters are called by a model; undefined: not asked for. */
  readonly naming: Naming | undefined;
  /** Columns of the record against which residuals are worth looking at. */
  readonly against: readonly Against[];
  /** What only this kind of fit tells: for people, and for programs. */
  readonly tables: readonly ExtraTable[];
  readonly extras: Readonly<Record<string, unknown>>;
  /** What the time of the record counts. */
  readonly abscissa: { readonly name: string; readonly unit: string };
  readonly tookS: number;
}

export interface DataAccount {
  readonly rows: number;
  readonly usable: number;
  readonly stepS: number;
  readonly timeFrom: string;
  /** Of the first row; NaN without a calendar. */
  readonly startMs: number;
  readonly columns: readonly { readonly option: string; readonly mapping: Mapping }[];
  readonly notes: readonly string[];
}

export interface ExtraTable {
  readonly title: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Against {
  readonly name: string;
  readonly unit: string;
  readonly values: Float64Array;
}

/** Parameters by the names that a model has for them; what it has none for, by its own. */
export interface Naming {
  readonly values: readonly NamedValue[];
  /** What could not be named, and why. */
  readonly left: readonly string[];
}

export interface NamedValue {
  readonly name: string;
  /** Where it comes from, if it was not fitted as it is. */
  readonly remark?: string;
  readonly value: number;
  readonly unit: string;
  readonly low95: number;
  readonly high95: number;
  readonly known: boolean;
}

export function rowsOf({ segments }: FitRecord, use: 'fit' | 'validation'): number {
  return segments.reduce((sum, segment) => sum + (segment.use === use ? segment.to - segment.from : 0), 0);
}

/** What was kept back by the record, or by the fit itself. */
export function judgedRows({ record, answer }: Fitted): number {
  return (
    rowsOf(record, 'validation') ||
    Math.max(0, ...answer.traces.map((trace) => trace.validation?.samples ?? 0))
  );
}

/** In words: how many rows taught, and how many judged; a fit that keeps none back may still foretell the last from the others. */
export function usesOfRows(fitted: Fitted): string {
  const { record, judgeFile } = fitted;
  const learnt = `learnt from ${rowsOf(record, 'fit')}`;
  const judging = judgedRows(fitted);
  if (judging === 0) return `${learnt}, judged by none`;
  if (rowsOf(record, 'validation') === 0)
    return `${learnt}; the last ${judging} foretold from the others, to judge`;
  return `${learnt}, judged by ${judging}${judgeFile === undefined ? '' : ` of ${judgeFile}`}`;
}

export function spanS({ timeS, segments }: FitRecord): number {
  return segments.reduce((sum, { from, to }) => sum + timeS[to - 1]! - timeS[from]!, 0);
}
