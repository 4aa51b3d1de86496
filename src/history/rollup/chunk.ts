// Stretches as bytes: a row of the table `rollups`. In segments, so that a few more cost no more than one of them. Must
// give back every bit, and never use one whose checksum is wrong.
import { crc32 } from 'node:zlib';
import type { Rollups } from '../../ports/history.ts';
import { type ByteReader, takeBytes, takeCount, takeDouble } from '../codec/byte-reader.ts';
import { newByteWriter, putBytes, putCount, putDouble } from '../codec/byte-writer.ts';
import { DamagedBlock } from '../codec/damage.ts';
import { mergeRollups, noRollups, roomFor, slice } from './merge-rollups.ts';
import { putSegment, segmentMax, takeSegment } from './segment.ts';

const form = 1;
const headBytes = 5;
/** More than a chunk can have, whatever the order in which its stretches came. */
const segmentsMax = 4096;

interface Segment {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly stretches: number;
  readonly bytes: Uint8Array;
}

const writer = newByteWriter();
const body = newByteWriter();

/** All of one chunk, in order of time. */
export function encodeChunk(rollups: Rollups): Uint8Array {
  return join(segmentsOf(rollups));
}

/** Throws `DamagedBlock`. With a range only the segments in which it has a part: more may come than it asks for. */
export function decodeChunk(
  chunk: Uint8Array,
  fromMs = Number.NEGATIVE_INFINITY,
  toMs = Number.POSITIVE_INFINITY,
): Rollups {
  const asked = split(chunk).filter(({ firstMs, lastMs }) => lastMs >= fromMs && firstMs <= toMs);
  return concatenate(asked.map(stretchesOf));
}

/**
 * A chunk with further stretches in it, which may be there already; undefined: there is none yet. Costs as much as the
 * segments that change. Throws `DamagedBlock`.
 */
export function addToChunk(chunk: Uint8Array | undefined, more: Rollups): Uint8Array {
  if (chunk === undefined) return encodeChunk(more);
  const segments = split(chunk);
  if (more.startMs.length === 0) return chunk;
  const [firstMs, lastMs] = [more.startMs[0]!, more.startMs.at(-1)!];
  let from = segments.findIndex((segment) => segment.lastMs >= firstMs);
  if (from < 0) from = segments.length;
  let to = from;
  while (to < segments.length && segments[to]!.firstMs <= lastMs) to++;
  // What comes behind a segment that has room goes into it.
  if (from > 0 && segments[from - 1]!.stretches < segmentMax) from--;
  const changed = concatenate(segments.slice(from, to).map(stretchesOf));
  const merged = mergeRollups(changed, more);
  // At the end they fill up one after the other; in the midst of others each of them keeps room for more.
  const parts = Math.ceil(merged.startMs.length / segmentMax);
  const size = to === segments.length ? segmentMax : Math.ceil(merged.startMs.length / parts);
  segments.splice(from, to - from, ...segmentsOf(merged, size));
  return join(segments);
}

function segmentsOf(rollups: Rollups, size = segmentMax): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at < rollups.startMs.length; at += size) {
    const part = slice(rollups, at, Math.min(at + size, rollups.startMs.length));
    const { startMs } = part;
    body.at = 0;
    putSegment(body, part);
    const bytes = body.bytes.slice(0, body.at);
    segments.push({ firstMs: startMs[0]!, lastMs: startMs.at(-1)!, stretches: startMs.length, bytes });
  }
  return segments;
}

function join(segments: readonly Segment[]): Uint8Array {
  writer.at = headBytes;
  putCount(writer, segments.length);
  for (const { firstMs, lastMs, stretches, bytes } of segments) {
    putDouble(writer, firstMs);
    putDouble(writer, lastMs);
    putCount(writer, stretches);
    putCount(writer, bytes.length);
  }
  for (const { bytes } of segments) putBytes(writer, bytes);
  const bytes = writer.bytes.slice(0, writer.at);
  bytes[0] = form;
  new DataView(bytes.buffer).setUint32(1, crc32(bytes.subarray(headBytes), form), true);
  return bytes;
}

function split(chunk: Uint8Array): Segment[] {
  if (chunk.length < headBytes + 1) throw new DamagedBlock('it is too short for stretches');
  if (chunk[0] !== form) throw new DamagedBlock(`stretches of the unknown form ${chunk[0]}`);
  const sum = new DataView(chunk.buffer, chunk.byteOffset).getUint32(1, true);
  if (crc32(chunk.subarray(headBytes), form) !== sum) throw new DamagedBlock('its checksum is wrong');
  const reader: ByteReader = { bytes: chunk, at: headBytes };
  const count = takeCount(reader, segmentsMax);
  const heads = Array.from({ length: count }, () => ({
    firstMs: takeDouble(reader),
    lastMs: takeDouble(reader),
    stretches: takeCount(reader, segmentMax),
    length: takeCount(reader, chunk.length),
  }));
  const segments = heads.map((head) => ({ ...head, bytes: takeBytes(reader, head.length) }));
  if (reader.at !== chunk.length) throw new DamagedBlock('there is more than it says');
  return segments;
}

function stretchesOf(segment: Segment): Rollups {
  const reader: ByteReader = { bytes: segment.bytes, at: 0 };
  const rollups = takeSegment(reader);
  if (reader.at !== segment.bytes.length || rollups.startMs.length !== segment.stretches) {
    throw new DamagedBlock('a segment is not as long as it says');
  }
  return rollups;
}

function concatenate(parts: readonly Rollups[]): Rollups {
  if (parts.length <= 1) return parts[0] ?? noRollups;
  const into = roomFor(parts.reduce((sum, part) => sum + part.startMs.length, 0));
  let at = 0;
  for (const part of parts) {
    for (const column of Object.keys(into) as (keyof Rollups)[]) into[column].set(part[column], at);
    at += part.startMs.length;
  }
  return into;
}
