// The samples of several tags as one stream in order of time, a page of each in memory. Ties go by the order of the tags,
// then of receipt, so that the same samples always come in the same order.
import type { SampleColumns, Series } from '../core/sample.ts';
import type { HistoryReader, TimeRange } from '../ports/history.ts';

/** Of all tags together, beyond the least page of each. */
const heldMax = 400_000;
const pageMin = 256;
const pageMax = 20_000;
const batchRows = 8192;

export function pageOf(tags: number): number {
  return Math.max(pageMin, Math.min(pageMax, Math.floor(heldMax / Math.max(1, tags))));
}

interface Cursor {
  readonly order: number;
  series: Series;
  at: number;
  next: string | undefined;
}

/** `tags`: ids. In what comes, `tag` is the place in that list; a batch is good until the next one is asked for. */
export async function* mergedSamples(
  reader: HistoryReader,
  tags: readonly number[],
  range: TimeRange,
  samplesMax = pageOf(tags.length),
): AsyncGenerator<SampleColumns> {
  const page = async (order: number, after: string | undefined) => {
    const query = { tag: tags[order]!, ...range, samplesMax, ...(after === undefined ? {} : { after }) };
    return reader.raw(query);
  };
  /** False at the end of the tag. */
  const refill = async (cursor: Cursor): Promise<boolean> => {
    while (cursor.next !== undefined) {
      const { series, next } = await page(cursor.order, cursor.next);
      Object.assign(cursor, { series, at: 0, next });
      if (series.length > 0) return true;
    }
    return false;
  };
  const heap: Cursor[] = [];
  for (const order of tags.keys()) {
    const { series, next } = await page(order, undefined);
    const cursor: Cursor = { order, series, at: 0, next };
    if (series.length > 0 || (await refill(cursor))) heap.push(cursor);
  }
  heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const batch = newBatch();
  while (heap.length > 0) {
    const cursor = heap[0]!;
    take(batch, cursor);
    cursor.at++;
    if (cursor.at === cursor.series.length && !(await refill(cursor))) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    sink(heap);
    if (batch.length === batchRows) {
      yield batch;
      batch.length = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  const apart = a.series.timeMs[a.at]! - b.series.timeMs[b.at]!;
  return apart < 0 || (apart === 0 && a.order < b.order);
}

/** The first may have become later than those below it. */
function sink(heap: Cursor[]): void {
  let at = 0;
  for (;;) {
    let least = at;
    const child = 2 * at + 1;
    if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[least]!)) least = child + 1;
    if (least === at) return;
    const cursor = heap[at]!;
    heap[at] = heap[least]!;
    heap[least] = cursor;
    at = least;
  }
}

type Filled = { -readonly [Key in keyof SampleColumns]: SampleColumns[Key] };

function newBatch(): Filled {
  return {
    length: 0,
    tag: new Int32Array(batchRows),
    value: new Float64Array(batchRows),
    quality: new Uint32Array(batchRows),
    timeMs: new Float64Array(batchRows),
    receiveMs: new Float64Array(batchRows),
    rawMs: new Float64Array(batchRows),
    exact: new BigInt64Array(batchRows),
  };
}

function take(batch: Filled, { order, series, at }: Cursor): void {
  const row = batch.length++;
  batch.tag[row] = order;
  batch.value[row] = series.value[at]!;
  batch.quality[row] = series.quality[at]!;
  batch.timeMs[row] = series.timeMs[at]!;
  batch.receiveMs[row] = series.receiveMs[at]!;
  batch.rawMs[row] = series.rawMs[at]!;
  batch.exact[row] = series.exact.length > 0 ? series.exact[at]! : 0n;
}
