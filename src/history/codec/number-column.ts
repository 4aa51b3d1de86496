// A column of doubles, by the shortest of what fits: whole numbers behind decimals, a list of the few values there are,
// their bits. Must give back every bit: what does not fit is told as it is.
import { putBits64, takeBits64 } from './bits-column.ts';
import { type ByteReader, takeByte, takeBytes, takeCount, takeWhole } from './byte-reader.ts';
import { type ByteWriter, putByte, putBytes, putCount, putWhole } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { divisorOf, slopeOf } from './growth.ts';
import { listDistinct, putListed, takeListed } from './listed-column.ts';
import {
  decimalsMax,
  findScale,
  moreDecimals,
  newScaled,
  type Scale,
  scaleAll,
  scaleKinds,
  unscaleAll,
} from './scale.ts';
import { putWholes, takeWholes } from './whole-column.ts';
import { putWide, takeWide } from './wide-column.ts';

const formBits = 0;
const formListed = 1;
const formNear = 2;
const formFar = 3;
/** Added to the form. */
const withMisses = 16;
const withDivisor = 32;

let scaled = newScaled(2048);

function grow(count: number): void {
  if (scaled.whole.length < count) scaled = newScaled(2 * count);
}

function wordsOf(values: Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
}

/** `timeMs`: when each was; the reader has to have them too. `growing`: each is expected to be about as much larger than the one before as the others are. */
export function putNumbers(
  writer: ByteWriter,
  values: Float64Array,
  count: number,
  growing: boolean,
  timeMs?: Float64Array,
): void {
  if (count === 0) return;
  grow(count);
  if (putScaled(writer, values, count, growing, timeMs)) return;
  const words = wordsOf(values);
  const distinct = listDistinct(words, count);
  if (distinct > 0) {
    putByte(writer, formListed);
    putListed(writer, count, distinct);
  } else {
    putByte(writer, formBits);
    putBits64(writer, words, count, 'double');
  }
}

export function takeNumbers(
  reader: ByteReader,
  count: number,
  values: Float64Array,
  timeMs?: Float64Array,
): void {
  if (count === 0) return;
  grow(count);
  const head = takeByte(reader);
  const form = head & 15;
  if (form === formBits) takeBits64(reader, count, wordsOf(values), 'double');
  else if (form === formListed) takeListed(reader, count, wordsOf(values));
  else if (form === formNear || form === formFar) takeScaled(reader, head, count, values, timeMs);
  else throw new DamagedBlock('an unknown coding of numbers');
}

/** False when the values are no decimals; then nothing was written. */
function putScaled(
  writer: ByteWriter,
  values: Float64Array,
  count: number,
  growing: boolean,
  timeMs?: Float64Array,
): boolean {
  let scale = findScale(values, count);
  if (scale === undefined || !scaleAll(values, count, scale, scaled)) return false;
  const more = scaled.missed > 0 ? moreDecimals(values, count, scale, scaled) : undefined;
  if (more !== undefined) {
    const missed = scaled.missed;
    // With more decimals some may be too large.
    if (scaleAll(values, count, more, scaled) && scaled.missed < missed) scale = more;
    else scaleAll(values, count, scale, scaled);
  }
  const start = writer.at;
  const written = putWhole64(writer, scale, count, growing, timeMs);
  if (!written || writer.at - start > 8 * count + 16) {
    writer.at = start;
    return false;
  }
  if (scaled.missed > 0) putMisses(writer, wordsOf(values));
  return true;
}

function putWhole64(
  writer: ByteWriter,
  scale: Scale,
  count: number,
  growing: boolean,
  timeMs?: Float64Array,
): boolean {
  const { whole, near, isNear, missed } = scaled;
  const slope = growing ? slopeOf(isNear ? near : whole, count) : 0;
  const divisor = isNear && slope === 0 ? divisorOf(near, count) : 1;
  const form = isNear ? formNear : formFar;
  putByte(writer, form | (missed > 0 ? withMisses : 0) | (divisor > 1 ? withDivisor : 0));
  putByte(writer, scaleKinds.indexOf(scale.kind) | (scale.decimals << 2));
  putWhole(writer, whole[0]!);
  if (divisor > 1) {
    putCount(writer, divisor);
    for (let i = 0; i < count; i++) near[i] = near[i]! / divisor;
  }
  if (!isNear) return putWide(writer, whole, count, slope);
  putWholes(writer, near, count, slope, timeMs);
  return true;
}

function putMisses(writer: ByteWriter, words: Int32Array): void {
  const { misses, missed } = scaled;
  putCount(writer, missed);
  let before = 0;
  for (let k = 0; k < missed; k++) {
    const index = misses[k]!;
    putCount(writer, index - before);
    putBytes(writer, new Uint8Array(words.buffer, words.byteOffset + 8 * index, 8));
    before = index;
  }
}

function takeScaled(
  reader: ByteReader,
  head: number,
  count: number,
  values: Float64Array,
  timeMs?: Float64Array,
): void {
  const how = takeByte(reader);
  const kind = scaleKinds[how & 3];
  const decimals = how >> 2;
  if (kind === undefined || decimals > decimalsMax) throw new DamagedBlock('an unknown scale');
  const { whole, near } = scaled;
  const first = takeWhole(reader);
  const divisor = head & withDivisor ? takeCount(reader, 2 ** 31) : 1;
  if ((head & 15) === formFar) {
    whole[0] = first;
    takeWide(reader, count, whole);
  } else {
    takeWholes(reader, count, near, timeMs);
    for (let i = 0; i < count; i++) whole[i] = first + near[i]! * divisor;
  }
  unscaleAll(whole, count, { kind, decimals }, values);
  if (head & withMisses) takeMisses(reader, count, wordsOf(values));
}

function takeMisses(reader: ByteReader, count: number, words: Int32Array): void {
  const missed = takeCount(reader, count);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, 8 * count);
  let index = 0;
  for (let k = 0; k < missed; k++) {
    index += takeCount(reader, count);
    if (index >= count) throw new DamagedBlock('a value beyond the end');
    bytes.set(takeBytes(reader, 8), 8 * index);
  }
}
