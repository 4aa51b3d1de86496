// What the next whole number will be where it moves at a steady speed and is not sampled evenly: from the two before, by
// their times. Must compute alike for writer and reader: nothing of it depends on the machine.
import type { Residuals } from './residuals.ts';
import { smallMax, smallSymbol, symbolOf } from './symbol.ts';

const nearMax = 2 ** 31;

/** About the sum of the logarithms of the folded differences from index `from + skip` on. */
export function timedCost(
  whole: Int32Array,
  timeMs: Float64Array,
  from: number,
  to: number,
  skip: number,
): number {
  let cost = 0;
  let passedBefore = 0;
  for (let i = from + 1; i < to; i++) {
    const passed = timeMs[i]! - timeMs[i - 1]!;
    const before = whole[i - 1]!;
    const way = i > from + 1 ? before - whole[i - 2]! : 0;
    const off = (whole[i]! - expected(before, way, passed, passedBefore)) | 0;
    if (i >= from + skip) cost += Math.log2((((off << 1) ^ (off >> 31)) >>> 0) + 1);
    passedBefore = passed;
  }
  return cost;
}

/** As `difference` does it without times. */
export function differenceTimed(
  whole: Int32Array,
  timeMs: Float64Array,
  count: number,
  into: Residuals,
): void {
  const { folded: all, symbols, counts } = into;
  counts.fill(0);
  let [before, way, passedBefore] = [0, 0, 0];
  for (let i = 1; i < count; i++) {
    const found = whole[i]!;
    const passed = timeMs[i]! - timeMs[i - 1]!;
    const off = (found - expected(before, way, passed, passedBefore)) | 0;
    const folded = ((off << 1) ^ (off >> 31)) >>> 0;
    const symbol = folded <= smallMax ? smallSymbol[folded]! : symbolOf(folded);
    all[i - 1] = folded;
    symbols[i - 1] = symbol;
    counts[symbol]!++;
    way = found - before;
    before = found;
    passedBefore = passed;
  }
}

export function restoreTimed(
  folded: Uint32Array,
  timeMs: Float64Array,
  count: number,
  whole: Int32Array,
): void {
  let [before, way, passedBefore] = [0, 0, 0];
  whole[0] = 0;
  for (let i = 1; i < count; i++) {
    const passed = timeMs[i]! - timeMs[i - 1]!;
    const off = (folded[i - 1]! >>> 1) ^ -(folded[i - 1]! & 1);
    const found = (expected(before, way, passed, passedBefore) + off) | 0;
    whole[i] = found;
    way = found - before;
    before = found;
    passedBefore = passed;
  }
}

/**
 * As far on as the time allows, at the speed of the last way. Where no time had passed there is no speed, and what would
 * be out of reach is not gone to.
 */
function expected(before: number, way: number, passedMs: number, passedBeforeMs: number): number {
  const share = passedBeforeMs > 0 ? passedMs / passedBeforeMs : 0;
  const next = Math.floor(before + way * share + 0.5);
  return next > -nearMax && next < nearMax ? next : before;
}
