// The column of quality codes: nothing when all are Good, one code when all are alike, else which of the few there are.
// Must keep all 32 bits of each.
import { newBitWords, packBits, putBits, takeBits, unpackBits } from './bit-words.ts';
import { type ByteReader, takeCount } from './byte-reader.ts';
import { type ByteWriter, putCount } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { putWholes, takeWholes } from './whole-column.ts';

export type QualityForm = 'good' | 'same' | 'listed' | 'plain';
export const qualityForms = ['good', 'same', 'listed', 'plain'] as const;

const distinctMax = 64;
const codes = new Uint32Array(distinctMax);
const bits = newBitWords(16);
let ids = new Int32Array(2048);
/** So many codes `qualityForm` found last. */
let listed = 0;

/** Looks at it; what it found is written by `putQuality`, which is called next. */
export function qualityForm(quality: Uint32Array, count: number): QualityForm {
  const first = quality[0]!;
  let i = 1;
  while (i < count && quality[i] === first) i++;
  if (i >= count) return count === 0 || first === 0 ? 'good' : 'same';
  if (ids.length < count) ids = new Int32Array(2 * count);
  let distinct = 0;
  let before = 0;
  for (i = 0; i < count; i++) {
    const code = quality[i]!;
    let id = before;
    if (distinct === 0 || codes[id] !== code) {
      for (id = 0; id < distinct && codes[id] !== code; id++);
      if (id === distinctMax) return 'plain';
      if (id === distinct) codes[distinct++] = code;
    }
    before = id;
    ids[i] = id;
  }
  codes.fill(0, distinct);
  listed = distinct;
  return 'listed';
}

export function putQuality(writer: ByteWriter, quality: Uint32Array, count: number, form: QualityForm): void {
  if (form === 'same') putCount(writer, quality[0]!);
  else if (form === 'listed') {
    putCount(writer, listed);
    for (let id = 0; id < listed; id++) putCount(writer, codes[id]!);
    // Numbered as they come, so that the first is 0.
    putWholes(writer, ids, count);
  } else if (form === 'plain') {
    packBits(quality, count, 32, bits);
    putBits(writer, bits, count * 32);
  }
}

export function takeQuality(
  reader: ByteReader,
  count: number,
  form: QualityForm,
  quality: Uint32Array,
): void {
  if (form === 'good') quality.fill(0, 0, count);
  else if (form === 'same') quality.fill(takeCount(reader, 0xffff_ffff), 0, count);
  else if (form === 'plain') {
    takeBits(reader, bits, 4 * count);
    unpackBits(bits, count, 32, quality);
  } else {
    if (ids.length < count) ids = new Int32Array(2 * count);
    const distinct = takeCount(reader, distinctMax);
    for (let id = 0; id < distinct; id++) codes[id] = takeCount(reader, 0xffff_ffff);
    takeWholes(reader, count, ids);
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      if (id < 0 || id >= distinct) throw new DamagedBlock('a quality that is not listed');
      quality[i] = codes[id]!;
    }
  }
}
