// How often each symbol is, in few bytes, and the tables of a tabled asymmetric numeral system made from it. Must make
// the same table for the reader as for the writer.
import { type BitWords, sizeBits } from './bit-words.ts';
import { DamagedBlock } from './damage.ts';
import { extraBits, symbolMax } from './symbol.ts';

export const tableBitsMin = 5;
export const tableBitsMax = 11;
const symbols = symbolMax + 1;
const gradeMax = 40;

/** Frequencies are told in half octaves: 0 never, then 1, 1.4, 2, 2.8 and so on, as sixteenths. */
const weight = Float64Array.from({ length: gradeMax + 1 }, (_, grade) =>
  grade === 0 ? 0 : Math.round(16 * 2 ** ((grade - 1) / 2)),
);

/** By symbol. */
export type Grades = Uint8Array;

export function gradesOf(counts: Uint32Array, grades: Grades): void {
  for (let symbol = 0; symbol < symbols; symbol++) {
    const count = counts[symbol]!;
    grades[symbol] = count <= 1 ? count : Math.min(gradeMax, 1 + Math.round(2 * Math.log2(count)));
  }
}

/**
 * Writes grades from bit `at` on, and returns where they end. Neighbours are alike, but for the width of their class: a
 * grade is told as the difference to the one two before (the other sign has its own), in a Rice code.
 */
export function putGrades(into: BitWords, at: number, grades: Grades): number {
  let last = symbolMax;
  while (last > 0 && grades[last] === 0) last--;
  sizeBits(into, at + 7 + symbols * 64);
  let end = putFew(into, at, last, 7);
  const seen: [number, number] = [gradeStart, gradeStart];
  for (let symbol = 0; symbol <= last; symbol++) {
    const width = 2 * extraBits[symbol]!;
    const token = tokenOf(grades[symbol]!, seen[symbol & 1]! + width);
    if (grades[symbol] !== 0) seen[symbol & 1] = grades[symbol]! - width;
    if (symbol === 0) seen[1] = seen[0];
    let zeros = token >>> 1;
    for (; zeros > 24; zeros -= 24) end = putFew(into, end, 0, 24);
    end = putFew(into, end, (1 | ((token & 1) << 1)) << zeros, zeros + 2);
  }
  return end;
}

const gradeStart = 12;
/** The token of a symbol that never is; those of differences go round it. */
const never = 3;

function tokenOf(grade: number, expected: number): number {
  if (grade === 0) return never;
  const difference = grade - expected;
  const folded = difference > 0 ? 2 * difference - 1 : -2 * difference;
  return folded < never ? folded : folded + 1;
}

function gradeOf(token: number, expected: number): number {
  if (token === never) return 0;
  const folded = token < never ? token : token - 1;
  return expected + (folded & 1 ? (folded + 1) >> 1 : -(folded >> 1));
}

/** Up to 31 bits; what was behind them is gone. */
function putFew(into: BitWords, at: number, bits: number, width: number): number {
  const { words } = into;
  const [word, shift] = [at >>> 5, at & 31];
  words[word] = (words[word]! & ~(-1 << shift)) | (bits << shift);
  if (shift + width > 32) words[word + 1] = bits >>> (32 - shift);
  return at + width;
}

/** Reads what `putGrades` wrote, and returns where it ends. */
export function takeGrades(from: BitWords, at: number, endBit: number, grades: Grades): number {
  let place = at;
  const bit = (): number => {
    if (place >= endBit) throw new DamagedBlock('a table that has no end');
    const found = (from.words[place >>> 5]! >>> (place & 31)) & 1;
    place++;
    return found;
  };
  let last = 0;
  for (let k = 0; k < 7; k++) last |= bit() << k;
  grades.fill(0);
  const seen: [number, number] = [gradeStart, gradeStart];
  for (let symbol = 0; symbol <= last; symbol++) {
    const width = 2 * extraBits[symbol]!;
    let token = 0;
    while (bit() === 0) token += 2;
    token |= bit();
    const grade = gradeOf(token, seen[symbol & 1]! + width);
    if (grade < 0 || grade > gradeMax) throw new DamagedBlock('a frequency that cannot be');
    grades[symbol] = grade;
    if (grade !== 0) seen[symbol & 1] = grade - width;
    if (symbol === 0) seen[1] = seen[0];
  }
  return place;
}

/** Slots of each symbol, `2^bits` in all, at least one for each that is. Returns how many symbols there are. */
export function shareSlots(grades: Grades, bits: number, slots: Uint16Array): number {
  const size = 1 << bits;
  let [sum, present, most] = [0, 0, 0];
  for (let symbol = 0; symbol < symbols; symbol++) {
    sum += weight[grades[symbol]!]!;
    if (grades[symbol] !== 0) present++;
    if (grades[symbol]! > grades[most]!) most = symbol;
  }
  if (present === 0 || present > size) throw new DamagedBlock('a table that has no room');
  let left = size;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const share = grades[symbol] === 0 ? 0 : Math.max(1, Math.floor((weight[grades[symbol]!]! * size) / sum));
    slots[symbol] = share;
    left -= share;
  }
  // What is left goes to the most frequent; what is too much is taken from those that have most.
  if (left >= 0) slots[most]! += left;
  for (; left < 0; left++) {
    let largest = 0;
    for (let symbol = 1; symbol < symbols; symbol++) if (slots[symbol]! > slots[largest]!) largest = symbol;
    slots[largest]!--;
  }
  return present;
}

/** Which symbol each state stands for: those of one symbol far apart. */
export function spread(slots: Uint16Array, bits: number, symbolAt: Uint8Array): void {
  const size = 1 << bits;
  // Odd, so that every state is met once.
  const stride = (size >>> 1) + (size >>> 3) + 3;
  let state = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (let k = slots[symbol]!; k > 0; k--) {
      symbolAt[state] = symbol;
      state = (state + stride) & (size - 1);
    }
  }
}
