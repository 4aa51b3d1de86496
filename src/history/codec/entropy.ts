// Folded differences (small numbers from 0 up) as bits: entropy coded by their frequency in the block, or packed in
// equal widths where that is shorter. Must give back every number.
import { newBitWords, packBits, putBits, sizeBits, takeBits, unpackBits } from './bit-words.ts';
import { type ByteReader, takeByte, takeCount } from './byte-reader.ts';
import { type ByteWriter, putByte, putCount } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import {
  gradesOf,
  putGrades,
  shareSlots,
  spread,
  tableBitsMax,
  tableBitsMin,
  takeGrades,
} from './entropy-table.ts';
import type { Residuals } from './residuals.ts';
import { extraBits, symbolBase, symbolMax } from './symbol.ts';

const symbols = symbolMax + 1;
/** The first byte: the width of packed ones, or this and the bits of the table. */
const coded = 64;

const bits = newBitWords();
const counts = new Uint32Array(symbols);
const grades = new Uint8Array(symbols);
const slots = new Uint16Array(symbols);
const symbolAt = new Uint8Array(1 << tableBitsMax);
const place = new Int32Array(symbols);
const bitsOut = new Int32Array(symbols);
const stateOf = new Uint16Array(1 << tableBitsMax);
const step = new Uint32Array(1 << tableBitsMax);
/** The largest symbol there is. */
let last = 0;

/** Those that are most likely to be small first; from 0 to 2^32 - 1. */
export function putResiduals(writer: ByteWriter, residuals: Residuals, count: number): void {
  const { folded } = residuals;
  countAll(residuals.counts);
  // Of the largest number, as its symbol tells.
  const width = 32 - Math.clz32(symbolBase[last]!);
  const codedBits = estimateBits(count);
  if (codedBits >= count * width) {
    putByte(writer, width);
    packBits(folded, count, width, bits);
    putBits(writer, bits, count * width);
    return;
  }
  const tableBits = tableBitsFor(count);
  putByte(writer, coded | tableBits);
  gradesOf(counts, grades);
  sizeBits(bits, count * 32 + 8192);
  const from = putGrades(bits, 0, grades);
  shareSlots(grades, tableBits, slots);
  prepareEncoding(tableBits);
  const end = encode(folded, residuals.symbols, count, from, tableBits);
  putCount(writer, (end + 7) >>> 3);
  putBits(writer, bits, end);
}

function tableBitsFor(count: number): number {
  const wanted = count < 128 ? 6 : count < 512 ? 8 : 9;
  let used = 0;
  for (let symbol = 0; symbol <= last; symbol++) if (counts[symbol] !== 0) used++;
  return Math.min(tableBitsMax, Math.max(wanted, tableBitsMin, 33 - Math.clz32(used)));
}

/** Of even and of odd places together. */
function countAll(halves: Uint32Array): void {
  last = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const found = halves[symbol]! + halves[symbol + symbols]!;
    counts[symbol] = found;
    if (found > 0) last = symbol;
  }
}

/** What entropy coding takes, with its table. */
function estimateBits(count: number): number {
  let sum = 40;
  const whole = Math.log2(count);
  for (let symbol = 0; symbol <= last; symbol++) {
    const found = counts[symbol]!;
    if (found > 0) sum += 3 + found * (whole - Math.log2(found) + extraBits[symbol]!);
  }
  return sum;
}

/** By symbol: what leads from a state and a symbol to how many bits go out, and to the next state. */
function prepareEncoding(tableBits: number): void {
  const size = 1 << tableBits;
  spread(slots, tableBits, symbolAt);
  let before = 0;
  for (let symbol = 0; symbol <= last; symbol++) {
    const share = slots[symbol]!;
    if (share === 0) continue;
    const most = tableBits - (share === 1 ? 0 : 31 - Math.clz32(share - 1));
    bitsOut[symbol] = (most << 16) - (share << most);
    place[symbol] = before;
    before += share;
  }
  for (let state = 0; state < size; state++) stateOf[place[symbolAt[state]!]!++] = size + state;
  // Now behind the last of each: by its share back, and a state counts from the share on. With it the bits that follow.
  for (let symbol = 0; symbol <= last; symbol++) {
    place[symbol] = ((place[symbol]! - 2 * slots[symbol]!) << 5) | extraBits[symbol]!;
  }
}

/** From bit `from` on; returns the end. The reader goes backwards, so that the numbers are written forwards. */
function encode(
  folded: Uint32Array,
  ids: Uint8Array,
  count: number,
  from: number,
  tableBits: number,
): number {
  const { words } = bits;
  let at = from >>> 5;
  let held = from & 31;
  let word = held === 0 ? 0 : words[at]! & ~(-1 << held);
  let state = 1 << tableBits;
  for (let i = 0; i < count; i++) {
    const symbol = ids[i]!;
    const out = (state + bitsOut[symbol]!) >>> 16;
    const way = place[symbol]!;
    const extra = way & 31;
    // The lowest number of a symbol has zeros in the bits that follow.
    const rest = folded[i]! & ((1 << extra) - 1);
    let put = state & ((1 << out) - 1);
    let width = out + extra;
    state = stateOf[(state >>> out) + (way >> 5)]!;
    if (extra <= 18) put |= rest << out;
    else {
      word |= put << held;
      words[at] = word;
      held += out;
      if (held >= 32) {
        at++;
        held -= 32;
        word = held === 0 ? 0 : put >>> (out - held);
      }
      put = rest;
      width = extra;
    }
    // Without asking whether the word is full: the answer would be a guess each time.
    word |= put << held;
    words[at] = word;
    const over = (put >>> 1) >>> (31 - held);
    held += width;
    const full = held >>> 5;
    at += full;
    held &= 31;
    word = (over & -full) | (word & (full - 1));
  }
  // The state, and a bit that says where all ends.
  const tail = (state & ((1 << tableBits) - 1)) | (1 << tableBits);
  words[at] = word | (tail << held);
  words[at + 1] = held === 0 ? 0 : tail >>> (32 - held);
  return at * 32 + held + tableBits + 1;
}

/** Reads what `putResiduals` wrote. */
export function takeResiduals(reader: ByteReader, residuals: Uint32Array, count: number): void {
  const head = takeByte(reader);
  if (head <= 32) {
    takeBits(reader, bits, (count * head + 7) >>> 3);
    unpackBits(bits, count, head, residuals);
    return;
  }
  const tableBits = head - coded;
  if (tableBits < tableBitsMin || tableBits > tableBitsMax) throw new DamagedBlock('an unknown packing');
  const bytes = takeCount(reader, 2 ** 24);
  takeBits(reader, bits, bytes);
  const tail = bytes === 0 ? 0 : bits.bytes[bytes - 1]!;
  const end = 8 * bytes - 1 - (Math.clz32(tail) - 24);
  const from = takeGrades(bits, 0, Math.max(0, end), grades);
  shareSlots(grades, tableBits, slots);
  prepareDecoding(tableBits);
  decode(residuals, count, from, end, tableBits);
}

/** By state: its symbol, how many bits come in, and from where on the next state counts. */
function prepareDecoding(tableBits: number): void {
  const size = 1 << tableBits;
  spread(slots, tableBits, symbolAt);
  for (let symbol = 0; symbol < symbols; symbol++) place[symbol] = slots[symbol]!;
  for (let state = 0; state < size; state++) {
    const symbol = symbolAt[state]!;
    const next = place[symbol]!++;
    const width = tableBits - (31 - Math.clz32(next));
    step[state] = symbol | (width << 7) | (((next << width) - size) << 11);
  }
}

function decode(residuals: Uint32Array, count: number, from: number, end: number, tableBits: number): void {
  const { words } = bits;
  let at = end - tableBits;
  if (at < from) throw new DamagedBlock('a column ends too soon');
  let state = field(words, at, tableBits);
  for (let i = count - 1; i >= 0; i--) {
    const move = step[state]!;
    const symbol = move & 127;
    const width = (move >>> 7) & 15;
    const extra = extraBits[symbol]!;
    if (extra <= 18) {
      at -= extra + width;
      const found = field(words, at, extra + width);
      residuals[i] = symbolBase[symbol]! + (found >>> width);
      state = (move >>> 11) + (found & ((1 << width) - 1));
    } else {
      at -= extra;
      const high = field(words, at, extra);
      at -= width;
      residuals[i] = symbolBase[symbol]! + high;
      state = (move >>> 11) + field(words, at, width);
    }
    if (at < from) throw new DamagedBlock('a column ends too soon');
  }
  if (at !== from || state !== 0) throw new DamagedBlock('a column ends too late');
}

/** At most 31 bits from bit `at` on. */
function field(words: Uint32Array, at: number, width: number): number {
  const shift = at & 31;
  const low = words[at >>> 5]! >>> shift;
  return (low | ((words[(at >>> 5) + 1]! << 1) << (31 - shift))) & ((1 << width) - 1);
}
