// A series that grows: many blocks of a tag are read into one without an array for each. Must keep `exact` either
// empty or as long as the others.
import type { Series } from '../../core/sample.ts';

/** A series whose arrays may be longer than `length`; what lies behind is of no meaning. */
export interface SeriesBuffer extends Series {
  length: number;
  value: Float64Array;
  quality: Uint32Array;
  timeMs: Float64Array;
  receiveMs: Float64Array;
  rawMs: Float64Array;
  exact: BigInt64Array;
}

export function newSeriesBuffer(capacity = 0): SeriesBuffer {
  return {
    length: 0,
    value: new Float64Array(capacity),
    quality: new Uint32Array(capacity),
    timeMs: new Float64Array(capacity),
    receiveMs: new Float64Array(capacity),
    rawMs: new Float64Array(capacity),
    exact: new BigInt64Array(0),
  };
}

/** Makes room for so many samples behind those that are there. */
export function reserve(buffer: SeriesBuffer, samples: number): void {
  const needed = buffer.length + samples;
  if (needed <= buffer.value.length) return;
  const capacity = Math.max(needed, buffer.length === 0 ? 0 : 2 * buffer.value.length);
  buffer.value = grown(buffer.value, buffer.length, new Float64Array(capacity));
  buffer.quality = grown(buffer.quality, buffer.length, new Uint32Array(capacity));
  buffer.timeMs = grown(buffer.timeMs, buffer.length, new Float64Array(capacity));
  buffer.receiveMs = grown(buffer.receiveMs, buffer.length, new Float64Array(capacity));
  buffer.rawMs = grown(buffer.rawMs, buffer.length, new Float64Array(capacity));
  if (buffer.exact.length > 0) {
    buffer.exact = grown(buffer.exact, buffer.length, new BigInt64Array(capacity));
  }
}

/** From now on its samples have all 64 bits; those that are there had none. */
export function reserveExact(buffer: SeriesBuffer): void {
  if (buffer.exact.length === 0) buffer.exact = new BigInt64Array(buffer.value.length);
}

/** Puts samples of another series behind those that are there. */
export function append(buffer: SeriesBuffer, series: Series, from = 0, to = series.length): void {
  reserve(buffer, to - from);
  const at = buffer.length;
  buffer.value.set(series.value.subarray(from, to), at);
  buffer.quality.set(series.quality.subarray(from, to), at);
  buffer.timeMs.set(series.timeMs.subarray(from, to), at);
  buffer.receiveMs.set(series.receiveMs.subarray(from, to), at);
  buffer.rawMs.set(series.rawMs.subarray(from, to), at);
  if (series.exact.length > 0) {
    reserveExact(buffer);
    buffer.exact.set(series.exact.subarray(from, to), at);
  } else if (buffer.exact.length > 0) buffer.exact.fill(0n, at, at + to - from);
  buffer.length += to - from;
}

type Column = Float64Array | Uint32Array | BigInt64Array;

function grown<T extends Column>(column: T, length: number, room: T): T {
  (room as Float64Array).set(column.subarray(0, length) as Float64Array);
  return room;
}
