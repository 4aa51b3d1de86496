// A column with few different values that are no decimals: steps between odd numbers, a converter's levels. The values
// once, then which one it is. Must tell values apart by their bits.
import { putBits64, takeBits64 } from './bits-column.ts';
import { type ByteReader, takeCount } from './byte-reader.ts';
import { type ByteWriter, putCount } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { putWholes, takeWholes } from './whole-column.ts';

const distinctMax = 256;
const slots = 1024;
/** Which of the listed lies in a slot, and one more; 0: none. */
const listedAt = new Uint16Array(slots);
const list = new Int32Array(2 * distinctMax);
const rank = new Int32Array(distinctMax);
const sorted = new Int32Array(2 * distinctMax);
let ids = new Int32Array(2048);

/** How many values there are; 0 when there are too many for a list to be worth it. */
export function listDistinct(words: Int32Array, count: number): number {
  if (ids.length < count) ids = new Int32Array(2 * count);
  const most = Math.min(distinctMax, count >> 3);
  listedAt.fill(0);
  let distinct = 0;
  for (let i = 0; i < count; i++) {
    const [low, high] = [words[2 * i]!, words[2 * i + 1]!];
    let slot = (Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 22) & (slots - 1);
    let id = listedAt[slot]! - 1;
    while (id >= 0 && (list[2 * id] !== low || list[2 * id + 1] !== high)) {
      slot = (slot + 1) & (slots - 1);
      id = listedAt[slot]! - 1;
    }
    if (id < 0) {
      if (distinct >= most) return 0;
      id = distinct++;
      listedAt[slot] = distinct;
      list[2 * id] = low;
      list[2 * id + 1] = high;
    }
    ids[i] = id;
  }
  return distinct;
}

/** What `listDistinct` found last. */
export function putListed(writer: ByteWriter, count: number, distinct: number): void {
  const values = new Float64Array(list.buffer, 0, distinct);
  // In the order of their values, so that neighbours are a step of one; those that have no order at the end.
  const inOrder = Array.from({ length: distinct }, (_, id) => id).sort((a, b) =>
    values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0,
  );
  inOrder.forEach((id, place) => {
    rank[id] = place;
    sorted[2 * place] = list[2 * id]!;
    sorted[2 * place + 1] = list[2 * id + 1]!;
  });
  putCount(writer, distinct);
  putBits64(writer, sorted, distinct, 'double');
  const first = rank[ids[0]!]!;
  putCount(writer, first);
  for (let i = 0; i < count; i++) ids[i] = rank[ids[i]!]! - first;
  putWholes(writer, ids, count);
}

export function takeListed(reader: ByteReader, count: number, words: Int32Array): void {
  if (ids.length < count) ids = new Int32Array(2 * count);
  const distinct = takeCount(reader, distinctMax);
  takeBits64(reader, distinct, sorted, 'double');
  const first = takeCount(reader, distinctMax);
  takeWholes(reader, count, ids);
  for (let i = 0; i < count; i++) {
    const place = ids[i]! + first;
    if (place < 0 || place >= distinct) throw new DamagedBlock('a value that is not listed');
    words[2 * i] = sorted[2 * place]!;
    words[2 * i + 1] = sorted[2 * place + 1]!;
  }
}
