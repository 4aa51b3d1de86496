// The column of int64 and uint64 values, and the numbers nearest to them, which need not be told. Must keep all 64 bits;
// works on halves of 32, for bigints are slow.
import { isBad } from '../../core/quality.ts';
import { putBits64, takeBits64 } from './bits-column.ts';
import { type ByteReader, takeByte } from './byte-reader.ts';
import { type ByteWriter, putByte } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { putNumbers, takeNumbers } from './number-column.ts';

/** `told`: the values are told beside them. */
export const exactForms = ['none', 'told', 'signed', 'unsigned'] as const;
export type ExactForm = (typeof exactForms)[number];

const asNumbers = 0;
const asBits = 1;
const safe = 2 ** 51;
const nanHigh = 0x7ff80000;
let numbers = new Float64Array(2048);

function grow(count: number): Float64Array {
  if (numbers.length < count) numbers = new Float64Array(2 * count);
  return numbers;
}

function wordsOf(exact: BigInt64Array, count: number): Int32Array {
  return new Int32Array(exact.buffer, exact.byteOffset, 2 * count);
}

/** The number nearest to 64 bits: one rounding, as `Number(bigint)` has. */
function nearest(low: number, high: number): number {
  return high * 2 ** 32 + (low >>> 0);
}

/** Whether the values are what their exact ones say, and NaN where they are Bad. */
export function exactForm(
  exact: BigInt64Array,
  values: Float64Array,
  quality: Uint32Array,
  count: number,
): ExactForm {
  if (exact.length === 0) return 'none';
  const words = wordsOf(exact, count);
  if (areNearest(words, values, quality, count, true)) return 'signed';
  return areNearest(words, values, quality, count, false) ? 'unsigned' : 'told';
}

function areNearest(
  words: Int32Array,
  values: Float64Array,
  quality: Uint32Array,
  count: number,
  signed: boolean,
): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * count);
  for (let i = 0; i < count; i++) {
    const high = words[2 * i + 1]!;
    if (isBad(quality[i]!)) {
      if (bits[2 * i] !== 0 || bits[2 * i + 1] !== nanHigh) return false;
    } else {
      const value = values[i]!;
      if (nearest(words[2 * i]!, signed ? high : high >>> 0) !== value) return false;
      // Of the two zeros only the positive one comes from a whole number.
      if (value === 0 && bits[2 * i + 1] !== 0) return false;
    }
  }
  return true;
}

export function putExact(writer: ByteWriter, exact: BigInt64Array, count: number): void {
  const words = wordsOf(exact, count);
  const into = grow(count);
  let least = 0;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const number = nearest(words[2 * i]!, words[2 * i + 1]!);
    into[i] = number;
    least = number < least ? number : least;
    most = number > most ? number : most;
  }
  const start = writer.at;
  if (least >= -safe && most <= safe) {
    putByte(writer, asNumbers);
    putNumbers(writer, into, count, false);
    if (writer.at - start <= 8 * count) return;
    writer.at = start;
  }
  putByte(writer, asBits);
  putBits64(writer, words, count, 'integer');
}

export function takeExact(reader: ByteReader, count: number, exact: BigInt64Array): void {
  const words = wordsOf(exact, count);
  const form = takeByte(reader);
  if (form === asBits) takeBits64(reader, count, words, 'integer');
  else if (form === asNumbers) {
    const from = grow(count);
    takeNumbers(reader, count, from);
    for (let i = 0; i < count; i++) {
      words[2 * i] = from[i]! | 0;
      words[2 * i + 1] = Math.floor(from[i]! / 2 ** 32);
    }
  } else throw new DamagedBlock('an unknown coding of whole numbers');
}

/** The values that go with the exact ones. */
export function valuesOf(
  exact: BigInt64Array,
  quality: Uint32Array,
  count: number,
  form: 'signed' | 'unsigned',
  values: Float64Array,
): void {
  const words = wordsOf(exact, count);
  for (let i = 0; i < count; i++) {
    const high = words[2 * i + 1]!;
    const value = nearest(words[2 * i]!, form === 'signed' ? high : high >>> 0);
    values[i] = isBad(quality[i]!) ? Number.NaN : value;
  }
}
