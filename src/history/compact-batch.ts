// The oldest rows of the journal, sorted by tag: what goes into blocks next. Reads and sorts row by row, so that its
// owner can stop between two. Must never change the order of a tag's samples.
import type { SampleColumns, Series } from '../core/sample.ts';
import { newSeriesBuffer, reserve, reserveExact, type SeriesBuffer } from './codec/series-buffer.ts';

export interface BatchTag {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

export interface Batch {
  /** Of the last row in it. */
  readonly lastSeq: number;
  readonly receivedLast: number;
  readonly samples: number;
  readonly tags: readonly BatchTag[];
  series(tag: BatchTag): Series;
}

export interface BatchRow {
  readonly seq: number;
  readonly receivedLast: number;
  /** Undefined for a row that was damaged: it only passes. */
  readonly columns: SampleColumns | undefined;
}

export interface BatchBuilder {
  readonly samples: number;
  readonly rows: number;
  readonly tags: number;
  add(row: BatchRow): void;
  /** Sorts one more row; the batch when that was the last. */
  sort(): Batch | undefined;
}

/** `moved`: samples of a tag in rows up to there are in blocks already. */
export function createBatchBuilder(moved: ReadonlyMap<number, number>): BatchBuilder {
  const rows: BatchRow[] = [];
  const counts = new Map<number, number>();
  let samples = 0;
  let sorted = 0;
  let ends: Map<number, number> | undefined;
  let columns: SeriesBuffer | undefined;
  let hasExact = false;

  const isMoved = (tag: number, seq: number) => moved.size > 0 && seq <= (moved.get(tag) ?? -1);

  const finish = (into: SeriesBuffer): Batch => {
    const last = rows[rows.length - 1]!;
    const tags = [...ends!].map(([tag, to]) => ({ tag, from: to - counts.get(tag)!, to }));
    return {
      lastSeq: last.seq,
      receivedLast: rows.reduce((latest, row) => Math.max(latest, row.receivedLast), -Infinity),
      samples,
      tags: tags.sort((a, b) => a.tag - b.tag),
      series: ({ from, to }) => viewOf(into, from, to),
    };
  };

  return {
    get samples() {
      return samples;
    },
    get rows() {
      return rows.length;
    },
    get tags() {
      return counts.size;
    },
    add(row) {
      rows.push(row);
      if (row.columns === undefined) return;
      const { length, tag, exact } = row.columns;
      hasExact ||= exact.length > 0;
      for (let i = 0; i < length; i++) {
        const id = tag[i]!;
        if (isMoved(id, row.seq)) continue;
        counts.set(id, (counts.get(id) ?? 0) + 1);
        samples += 1;
      }
    },
    sort() {
      if (columns === undefined || ends === undefined) {
        columns = newSeriesBuffer();
        reserve(columns, samples);
        if (hasExact) reserveExact(columns);
        columns.length = samples;
        ends = startsOf(counts);
      }
      const row = rows[sorted];
      if (row?.columns !== undefined) {
        scatter(row.columns, columns, ends, (tag) => isMoved(tag, row.seq));
        // Its memory is wanted for what is made of it.
        rows[sorted] = { ...row, columns: undefined };
      }
      sorted += 1;
      return sorted < rows.length ? undefined : finish(columns);
    },
  };
}

function startsOf(counts: ReadonlyMap<number, number>): Map<number, number> {
  const starts = new Map<number, number>();
  let at = 0;
  for (const [tag, count] of counts) {
    starts.set(tag, at);
    at += count;
  }
  return starts;
}

function scatter(
  from: SampleColumns,
  into: SeriesBuffer,
  ends: Map<number, number>,
  isMoved: (tag: number) => boolean,
): void {
  for (let i = 0; i < from.length; i++) {
    const tag = from.tag[i]!;
    if (isMoved(tag)) continue;
    const at = ends.get(tag)!;
    ends.set(tag, at + 1);
    into.value[at] = from.value[i]!;
    into.quality[at] = from.quality[i]!;
    into.timeMs[at] = from.timeMs[i]!;
    into.receiveMs[at] = from.receiveMs[i]!;
    into.rawMs[at] = from.rawMs[i]!;
    if (from.exact.length > 0) into.exact[at] = from.exact[i]!;
  }
}

/** Shares the memory of the columns. */
function viewOf(series: Series, from: number, to: number): Series {
  return {
    length: to - from,
    value: series.value.subarray(from, to),
    quality: series.quality.subarray(from, to),
    timeMs: series.timeMs.subarray(from, to),
    receiveMs: series.receiveMs.subarray(from, to),
    rawMs: series.rawMs.subarray(from, to),
    exact: series.exact.subarray(from, to),
  };
}
