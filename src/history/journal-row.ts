// The samples of a commit as one row of the journal: columns side by side, about as fast as copying them. Must give
// back every bit, and must never use a row whose checksum is wrong.
import { crc32 } from 'node:zlib';
import type { SampleColumns } from '../core/sample.ts';
import { DamagedBlock } from './codec/damage.ts';

const form = 1;
const headBytes = 32;
/** A row is a commit of some milliseconds; more is torn, or never was a row. */
export const journalSamplesMax = 1 << 22;

const columns = ['value', 'exact', 'time', 'receive', 'raw', 'quality', 'tag'] as const;
type Column = (typeof columns)[number];

/**
 * Bytes of a sample of each. Value: 4 single precision. Time and receive: 8 as they are, less: whole milliseconds after
 * the first. Raw: 4 whole microseconds after the time, 1 the same as the time, 0 none. Quality: 0 all Good.
 */
type Layout = Record<Column, number>;

/** `tagIds`: what a tag is called in the file, by its index in the samples. */
export function encodeJournal(
  samples: SampleColumns,
  tagIds: Int32Array | ((index: number) => number),
  from = 0,
  to = samples.length,
): Uint8Array {
  const length = to - from;
  if (length > journalSamplesMax) throw new RangeError(`${length} samples are too many for one row`);
  const tags = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const index = samples.tag[from + i]!;
    tags[i] = typeof tagIds === 'function' ? tagIds(index) : tagIds[index]!;
  }
  const layout = layoutOf(samples, tags, from, to);
  const bytes = new Uint8Array(bytesOf(layout, length));
  const head = new DataView(bytes.buffer);
  head.setUint8(0, form);
  head.setUint32(8, length, true);
  head.setUint32(12, codeOf(layout), true);
  if (length > 0) {
    head.setFloat64(16, samples.timeMs[from]!, true);
    head.setFloat64(24, samples.receiveMs[from]!, true);
    writeColumns(bytes, layout, samples, tags, from, to);
  }
  head.setUint32(4, crc32(bytes.subarray(8), form), true);
  return bytes;
}

/** Tags are ids of the file. Throws `DamagedBlock`. */
export function decodeJournal(bytes: Uint8Array): SampleColumns {
  if (bytes.length < headBytes) throw new DamagedBlock('a journal row is shorter than its head');
  if (bytes[0] !== form || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0) {
    throw new DamagedBlock(`a journal row of form ${bytes[0]}`);
  }
  // Columns are read where they lie, which takes whole multiples.
  const own = new Uint8Array(bytes);
  const head = new DataView(own.buffer);
  if (crc32(own.subarray(8), form) !== head.getUint32(4, true)) {
    throw new DamagedBlock('the checksum of a journal row is wrong');
  }
  const length = head.getUint32(8, true);
  const layout = layoutFrom(head.getUint32(12, true));
  if (length > journalSamplesMax || bytesOf(layout, length) !== own.length) {
    throw new DamagedBlock('the size of a journal row is wrong');
  }
  return readColumns(own, layout, length, head.getFloat64(16, true), head.getFloat64(24, true));
}

function layoutOf(samples: SampleColumns, tags: Int32Array, from: number, to: number): Layout {
  return {
    value: allSingle(samples.value, from, to) ? 4 : 8,
    exact: samples.exact.length > 0 ? 8 : 0,
    time: offsetBytes(samples.timeMs, from, to) === 8 ? 8 : 4,
    receive: offsetBytes(samples.receiveMs, from, to),
    raw: rawBytes(samples, from, to),
    quality: samples.quality.subarray(from, to).some((quality) => quality !== 0) ? 4 : 0,
    tag: tags.some((tag) => tag < 0 || tag > 0xffff) ? 4 : 2,
  };
}

function allSingle(values: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (Math.fround(values[i]!) !== values[i]) return false;
  return true;
}

/** How wide the milliseconds after the first are: 0, 1, 2, 4, or 8 where they are not whole, or negative, or too many. */
function offsetBytes(times: Float64Array, from: number, to: number): number {
  const first = times[from]!;
  if (!Number.isSafeInteger(first) || first <= 0) return 8;
  let bits = 0;
  for (let i = from; i < to; i++) {
    const offset = times[i]! - first;
    const whole = offset | 0;
    // Zero has two forms; a time that is one is kept as it is.
    if (whole !== offset || times[i] === 0) return 8;
    bits |= whole;
  }
  return bits === 0 ? 0 : bits < 0 || bits > 0xffff ? 4 : bits > 0xff ? 2 : 1;
}

const nanHigh = 0x7ff80000;

function rawBytes(samples: SampleColumns, from: number, to: number): number {
  const { rawMs, timeMs } = samples;
  const words = new Uint32Array(rawMs.buffer, rawMs.byteOffset + 8 * from, 2 * (to - from));
  let w = 0;
  while (w < words.length && words[w] === 0 && words[w + 1] === nanHigh) w += 2;
  if (w === words.length) return 0;
  let i = from;
  while (i < to && rawMs[i] === timeMs[i] && rawMs[i] !== 0) i++;
  if (i === to) return 1;
  for (i = from; i < to; i++) {
    const us = usBetween(timeMs[i]!, rawMs[i]!);
    if (us !== (us | 0) || rawMs[i] === 0 || rawFrom(timeMs[i]!, us) !== rawMs[i]) return 8;
  }
  return 4;
}

function usBetween(timeMs: number, rawMs: number): number {
  return Math.round((rawMs - timeMs) * 1000);
}

function rawFrom(timeMs: number, us: number): number {
  return Math.round(timeMs * 1000 + us) / 1000;
}

/** The room of a column is a multiple of eight, so that the next one can be read where it lies. */
function roomOf(width: number, length: number): number {
  return Math.ceil((width * length) / 8) * 8;
}

/** A raw stamp that is the time takes nothing; that one byte only says so. */
function widthOf(layout: Layout, column: Column): number {
  return column === 'raw' && layout.raw === 1 ? 0 : layout[column];
}

function bytesOf(layout: Layout, length: number): number {
  return columns.reduce((sum, column) => sum + roomOf(widthOf(layout, column), length), headBytes);
}

/** Four bits of each. */
function codeOf(layout: Layout): number {
  return columns.reduce((code, column, k) => (code | (layout[column] << (4 * k))) >>> 0, 0);
}

const allowed: Readonly<Record<Column, readonly number[]>> = {
  value: [4, 8],
  exact: [0, 8],
  time: [4, 8],
  receive: [0, 1, 2, 4, 8],
  raw: [0, 1, 4, 8],
  quality: [0, 4],
  tag: [2, 4],
};

function layoutFrom(code: number): Layout {
  const layout = { value: 0, exact: 0, time: 0, receive: 0, raw: 0, quality: 0, tag: 0 };
  columns.forEach((column, k) => {
    layout[column] = (code >>> (4 * k)) & 15;
    if (!allowed[column].includes(layout[column])) throw new DamagedBlock('the layout of a journal row');
  });
  return layout;
}

/** Where each column begins. */
function placesOf(layout: Layout, length: number): Layout {
  const places = { ...layout };
  let at = headBytes;
  for (const column of columns) {
    places[column] = at;
    at += roomOf(widthOf(layout, column), length);
  }
  return places;
}

function writeColumns(
  bytes: Uint8Array,
  layout: Layout,
  samples: SampleColumns,
  tags: Int32Array,
  from: number,
  to: number,
): void {
  const { buffer } = bytes;
  const at = placesOf(layout, to - from);
  const length = to - from;
  const { value, exact, quality, timeMs, receiveMs, rawMs } = samples;
  if (layout.value === 8) new Float64Array(buffer, at.value, length).set(value.subarray(from, to));
  else new Float32Array(buffer, at.value, length).set(value.subarray(from, to));
  if (layout.exact === 8) new BigInt64Array(buffer, at.exact, length).set(exact.subarray(from, to));
  writeTimes(integersAt(buffer, at.time, layout.time, length), timeMs, layout.time, from, to);
  writeTimes(integersAt(buffer, at.receive, layout.receive, length), receiveMs, layout.receive, from, to);
  if (layout.raw === 8) new Float64Array(buffer, at.raw, length).set(rawMs.subarray(from, to));
  else if (layout.raw === 4) {
    const us = new Int32Array(buffer, at.raw, length);
    for (let i = 0; i < length; i++) us[i] = usBetween(timeMs[from + i]!, rawMs[from + i]!);
  }
  if (layout.quality === 4) new Uint32Array(buffer, at.quality, length).set(quality.subarray(from, to));
  if (layout.tag === 2) new Uint16Array(buffer, at.tag, length).set(tags);
  else new Int32Array(buffer, at.tag, length).set(tags);
}

type Numbers = Float64Array | Int32Array | Uint16Array | Uint8Array;

function integersAt(buffer: ArrayBufferLike, at: number, width: number, length: number): Numbers {
  if (width === 8) return new Float64Array(buffer, at, length);
  if (width === 4) return new Int32Array(buffer, at, length);
  if (width === 2) return new Uint16Array(buffer, at, length);
  return new Uint8Array(buffer, at, width === 0 ? 0 : length);
}

function writeTimes(into: Numbers, times: Float64Array, width: number, from: number, to: number): void {
  if (width === 8) into.set(times.subarray(from, to));
  else if (width > 0) {
    const first = times[from]!;
    for (let i = from; i < to; i++) into[i - from] = times[i]! - first;
  }
}

function readColumns(
  bytes: Uint8Array,
  layout: Layout,
  length: number,
  firstMs: number,
  receivedMs: number,
): SampleColumns {
  const { buffer } = bytes;
  const at = placesOf(layout, length);
  const timeMs = readTimes(integersAt(buffer, at.time, layout.time, length), layout.time, firstMs, length);
  const received = integersAt(buffer, at.receive, layout.receive, length);
  return {
    length,
    tag:
      layout.tag === 2
        ? new Int32Array(new Uint16Array(buffer, at.tag, length))
        : new Int32Array(buffer, at.tag, length),
    value:
      layout.value === 8
        ? new Float64Array(buffer, at.value, length)
        : new Float64Array(new Float32Array(buffer, at.value, length)),
    quality: layout.quality === 4 ? new Uint32Array(buffer, at.quality, length) : new Uint32Array(length),
    timeMs,
    receiveMs: readTimes(received, layout.receive, receivedMs, length),
    rawMs: readRaw(buffer, at.raw, layout.raw, timeMs),
    exact: new BigInt64Array(buffer, at.exact, layout.exact === 0 ? 0 : length),
  };
}

function readTimes(from: Numbers, width: number, firstMs: number, length: number): Float64Array {
  if (width === 8) return from as Float64Array;
  const times = new Float64Array(length).fill(firstMs);
  if (width > 0) for (let i = 0; i < length; i++) times[i] = firstMs + from[i]!;
  return times;
}

function readRaw(buffer: ArrayBufferLike, at: number, width: number, timeMs: Float64Array): Float64Array {
  if (width === 8) return new Float64Array(buffer, at, timeMs.length);
  if (width === 1) return timeMs.slice();
  if (width === 0) return new Float64Array(timeMs.length).fill(Number.NaN);
  const us = new Int32Array(buffer, at, timeMs.length);
  return timeMs.map((time, i) => rawFrom(time, us[i]!));
}
