// One row of a recording between its text and its samples.
import type { RejectReason } from '../../core/sample.ts';
import type { JsonObject } from '../../formats/json.ts';
import type { RecordedSample } from './recording.ts';

/** Cells of CSV, an object of JSON lines, a sample of our own recording, or the text of a faulty row. */
export type RowContent = readonly string[] | JsonObject | RecordedSample | string;

export interface Row {
  /** Of the file, from 1. */
  readonly line: number;
  /** When it was recorded, by the recording's own clock; NaN in a faulty row. */
  readonly timeMs: number;
  readonly content: RowContent;
  /** Nothing of it can be used. */
  readonly fault: { readonly reason: RejectReason; readonly why: string } | undefined;
}

/** What the reading of a format tells: names first, then contents and faults in the order of the file. */
export interface RowListener {
  /** `names` is undefined where columns have numbers only. */
  names(names: readonly string[] | undefined, columns: number): void;
  content(content: RowContent, line: number): void;
  fault(reason: RejectReason, why: string, text: string, line: number): void;
}

/** Text of a file to rows, in any cut. */
export interface RowReader {
  readonly write: (text: string) => void;
  readonly end: () => void;
}
