// Samples of many tags in order of receipt, as they are gathered block by block.
import type { SampleColumns, Series } from '../../../core/sample.ts';
import { append, newSeriesBuffer, type SeriesBuffer } from '../../codec/series-buffer.ts';
import { copySample, mergedOrder, pick } from '../order.ts';

export interface Gathered {
  readonly series: SeriesBuffer;
  tag: Int32Array;
}

export function newGathered(): Gathered {
  return { series: newSeriesBuffer(), tag: new Int32Array(0) };
}

/** Those of a tag received after `afterMs` and up to `toMs`. */
export function gather(
  into: Gathered,
  tag: number,
  of: Series,
  from: number,
  to: number,
  afterMs: number,
  toMs: number,
): void {
  const { series } = into;
  const { length } = series;
  for (let i = from; i < to; ) {
    while (i < to && !(of.receiveMs[i]! > afterMs && of.receiveMs[i]! <= toMs)) i++;
    let end = i;
    while (end < to && of.receiveMs[end]! > afterMs && of.receiveMs[end]! <= toMs) end++;
    if (end > i) append(series, of, i, end);
    i = end;
  }
  if (into.tag.length < series.length) {
    const wider = new Int32Array(series.value.length);
    wider.set(into.tag.subarray(0, length));
    into.tag = wider;
  }
  into.tag.fill(tag, length, series.length);
}

/** Forgets those received later. */
export function narrow({ series, tag }: Gathered, toMs: number): void {
  let kept = 0;
  for (let i = 0; i < series.length; i++) {
    if (series.receiveMs[i]! > toMs) continue;
    if (kept < i) {
      copySample(series, i, kept);
      tag[kept] = tag[i]!;
    }
    kept++;
  }
  series.length = kept;
}

/** In order of receipt, then of tag, then as they were gathered. */
export function inReceiptOrder({ series, tag }: Gathered): SampleColumns {
  const { receiveMs, length } = series;
  const order = mergedOrder(length, (a, b) =>
    receiveMs[b] === receiveMs[a] ? tag[b]! < tag[a]! : receiveMs[b]! < receiveMs[a]!,
  );
  const sorted = pick(series, order, 0, length);
  const tags = order === undefined ? tag.slice(0, length) : Int32Array.from(order, (row) => tag[row]!);
  return { ...sorted, tag: tags };
}

/** Copies: what is handed out may be given away for good. */
export function cut(samples: SampleColumns, from: number, to: number): SampleColumns {
  return { ...pick(samples, undefined, from, to), tag: samples.tag.slice(from, to) };
}
