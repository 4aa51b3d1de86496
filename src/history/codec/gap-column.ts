// A column of doubles of which some are not there (NaN as the machine writes it): where they are, and the others. Must
// tell that NaN from all the others there are, which are values.
import { isBad } from '../../core/quality.ts';
import { type ByteReader, takeByte } from './byte-reader.ts';
import { type ByteWriter, putByte } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { putNumbers, takeNumbers } from './number-column.ts';
import { putWholes, takeWholes } from './whole-column.ts';

const gapNone = 0;
const gapWhereBad = 1;
const gapTold = 2;
const gapAll = 3;
/** Added: the first one is a gap. */
const firstIsGap = 4;

const nanHigh = 0x7ff80000;

let present = new Float64Array(2048);
let marks = new Int32Array(2048);

function grow(count: number): void {
  if (present.length >= count) return;
  present = new Float64Array(2 * count);
  marks = new Int32Array(2 * count);
}

/** `quality`: a gap is expected where it is Bad. `values` begins where its column does. */
export function putWithGaps(
  writer: ByteWriter,
  values: Float64Array,
  count: number,
  quality: Uint32Array | undefined,
  growing: boolean,
  timeMs?: Float64Array,
): void {
  grow(count);
  const gaps = markGaps(values, count);
  if (gaps === 0 || gaps === count) {
    putByte(writer, gaps === 0 ? gapNone : gapAll);
    if (gaps === 0) putNumbers(writer, values, count, growing, timeMs);
    return;
  }
  let kept = 0;
  for (let i = 0; i < count; i++) if (marks[i] === 0) present[kept++] = values[i]!;
  if (quality !== undefined && areWhereBad(quality, count)) putByte(writer, gapWhereBad);
  else {
    const first = marks[0]!;
    putByte(writer, gapTold | (first === 1 ? firstIsGap : 0));
    for (let i = 0; i < count; i++) marks[i]! ^= first;
    putWholes(writer, marks, count);
  }
  putNumbers(writer, present, kept, growing);
}

/** 1 where there is none; returns how many those are. */
function markGaps(values: Float64Array, count: number): number {
  let numbers = 0;
  while (numbers < count && !Number.isNaN(values[numbers]!)) numbers++;
  if (numbers === count) return 0;
  const high = new Int32Array(values.buffer, values.byteOffset, 2 * count);
  let gaps = 0;
  for (let i = 0; i < count; i++) {
    const gap = high[2 * i + 1] === nanHigh && high[2 * i] === 0 ? 1 : 0;
    marks[i] = gap;
    gaps += gap;
  }
  return gaps;
}

function areWhereBad(quality: Uint32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (marks[i] !== quality[i]! >>> 31) return false;
  return true;
}

export function takeWithGaps(
  reader: ByteReader,
  count: number,
  quality: Uint32Array | undefined,
  values: Float64Array,
  timeMs?: Float64Array,
): void {
  grow(count);
  const head = takeByte(reader);
  const form = head & 3;
  if (head > (gapTold | firstIsGap)) throw new DamagedBlock('an unknown kind of gaps');
  if (form === gapNone) takeNumbers(reader, count, values, timeMs);
  else if (form === gapAll) values.fill(Number.NaN, 0, count);
  else {
    if (form === gapTold) takeWholes(reader, count, marks);
    const turn = form === gapTold && head & firstIsGap ? 1 : 0;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const gap = form === gapTold ? marks[i]! ^ turn : isBad(quality?.[i] ?? 0) ? 1 : 0;
      marks[i] = gap;
      if (gap === 0) kept++;
    }
    takeNumbers(reader, kept, present);
    for (let i = 0, k = 0; i < count; i++) values[i] = marks[i] === 0 ? present[k++]! : Number.NaN;
  }
}
