// Points that are gathered from several places before they are thinned out: samples, and what stretches say.
import type { PointColumns } from '../downsample/points.ts';
import { mergedOrder } from './order.ts';

export interface GrowingPoints {
  length: number;
  timeMs: Float64Array;
  value: Float64Array;
  quality: Uint32Array;
  /** That the points stand for. */
  samples: number;
}

export function createPointColumns(): GrowingPoints {
  return {
    length: 0,
    timeMs: new Float64Array(0),
    value: new Float64Array(0),
    quality: new Uint32Array(0),
    samples: 0,
  };
}

function reserve(into: GrowingPoints, more: number): void {
  const needed = into.length + more;
  if (needed <= into.timeMs.length) return;
  const room = Math.max(needed, 2 * into.timeMs.length, 1024);
  const { timeMs, value, quality } = into;
  into.timeMs = new Float64Array(room);
  into.timeMs.set(timeMs);
  into.value = new Float64Array(room);
  into.value.set(value);
  into.quality = new Uint32Array(room);
  into.quality.set(quality);
}

export function putPoint(into: GrowingPoints, timeMs: number, value: number, quality: number): void {
  reserve(into, 1);
  into.timeMs[into.length] = timeMs;
  into.value[into.length] = value;
  into.quality[into.length] = quality;
  into.length++;
}

export function putSeries(into: GrowingPoints, of: PointColumns): void {
  reserve(into, of.length);
  into.timeMs.set(of.timeMs.subarray(0, of.length), into.length);
  into.value.set(of.value.subarray(0, of.length), into.length);
  into.quality.set(of.quality.subarray(0, of.length), into.length);
  into.length += of.length;
}

/** In order of time; the places they come from mostly follow one another. */
export function settlePoints({ length, timeMs, value, quality }: GrowingPoints): PointColumns {
  const order = mergedOrder(length, (a, b) => timeMs[b]! < timeMs[a]!);
  if (order === undefined) {
    const [times, values] = [timeMs.subarray(0, length), value.subarray(0, length)];
    return { length, timeMs: times, value: values, quality: quality.subarray(0, length) };
  }
  return {
    length,
    timeMs: Float64Array.from(order, (i) => timeMs[i]!),
    value: Float64Array.from(order, (i) => value[i]!),
    quality: Uint32Array.from(order, (i) => quality[i]!),
  };
}
