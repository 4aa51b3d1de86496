// How often something was how large, by column: logarithmic bins, so that no magnitude has to be known beforehand.
// Bounded, forgets by halves, and a single absurd number cannot spoil it.

/** Four to an octave, sixteen octaves. */
const bins = 64;
/** Where the first number lands: more room below than above. */
const firstBin = 40;
/** So far a single number may move the bins up. */
const slideMax = 8;
/** With nearly all of so many below the bins, the bins lie too high. */
const sunkMin = 100;
const sunkShare = 0.98;
const steepMax = 0.02;
/** Absurd numbers are counted as the largest, and the others stay told apart, as long as so large a part are others. */
const fallenMin = 20;
const fallenShare = 0.3;

/** Of so many, every fourth that comes says as much as all. */
export const enough = 4096;

export interface Histogram {
  readonly counts: Float32Array;
  /** By column: of what is nothing at all, of everything, and which number the lowest bin begins with. */
  readonly nothing: Float64Array;
  readonly total: Float64Array;
  readonly lowest: Int32Array;
}

export function newHistogram(columns: number): Histogram {
  return {
    counts: new Float32Array(columns * bins),
    nothing: new Float64Array(columns),
    total: new Float64Array(columns),
    lowest: new Int32Array(columns),
  };
}

const scratch = new Float64Array(1);
const halves = new Int32Array(scratch.buffer);
/** Exponent and the first two digits of the mantissa: a quarter of an octave each. */
const keyShift = 18;

function keyOf(size: number): number {
  scratch[0] = size;
  return halves[1]! >> keyShift;
}

function edgeOf(key: number): number {
  halves[0] = 0;
  halves[1] = key << keyShift;
  return scratch[0]!;
}

/** `size` is finite and not negative; it counts as `times` of it. */
export function countSize(histogram: Histogram, column: number, size: number, times = 1): void {
  const { counts, nothing, total, lowest } = histogram;
  const first = total[column] === nothing[column];
  total[column] = total[column]! + times;
  if (!(size > 0)) {
    nothing[column] = nothing[column]! + times;
    return;
  }
  const key = keyOf(size);
  if (first) lowest[column] = key - firstBin;
  let bin = key - lowest[column]!;
  if (bin >= bins) {
    slide(histogram, column, Math.min(bin - bins + 1, slideMax));
    bin = Math.min(key - lowest[column]!, bins - 1);
  }
  const at = column * bins + Math.max(0, bin);
  counts[at] = counts[at]! + times;
}

/** Up: what falls off at the lower end is counted there. Not where that would be a good part of all. */
function slide({ counts, nothing, total, lowest }: Histogram, column: number, by: number): void {
  const at = column * bins;
  let fallen = 0;
  for (let i = 0; i <= by; i++) fallen += counts[at + i]!;
  const some = total[column]! - nothing[column]!;
  if (some >= fallenMin && fallen > some * fallenShare) return;
  counts.copyWithin(at, at + by, at + bins);
  counts[at] = fallen;
  counts.fill(0, at + bins - by, at + bins);
  lowest[column] = lowest[column]! + by;
}

/** The first number was absurdly large, and all others lie below the bins: they begin anew, where the next one lies. */
export function raiseSunken(histogram: Histogram, column: number): void {
  const { counts, nothing, total } = histogram;
  const some = total[column]! - nothing[column]!;
  if (some >= sunkMin && counts[column * bins]! > some * sunkShare) forgetSizes(histogram, column);
}

export function halveSizes({ counts, nothing, total }: Histogram, column: number): void {
  for (let i = column * bins; i < (column + 1) * bins; i++) counts[i] = counts[i]! / 2;
  nothing[column] = nothing[column]! / 2;
  total[column] = total[column]! / 2;
}

export function forgetSizes({ counts, nothing, total }: Histogram, column: number): void {
  counts.fill(0, column * bins, (column + 1) * bins);
  nothing[column] = 0;
  total[column] = 0;
}

/**
 * The size that the share `share` of all is larger than; 0 where fewer are anything at all. Within a bin the share
 * falls exponentially, as tails do.
 */
export function sizeAbove(
  { counts, nothing, total, lowest }: Histogram,
  column: number,
  share: number,
): number {
  const all = total[column]!;
  const wanted = share * all;
  if (!(all > 0) || wanted > all - nothing[column]!) return 0;
  let above = 0;
  for (let bin = bins - 1; bin >= 0; bin--) {
    const here = counts[column * bins + bin]!;
    if (above + here < wanted || here === 0) {
      above += here;
      continue;
    }
    const key = lowest[column]! + bin;
    const low = bin === 0 ? 0 : edgeOf(key);
    const high = edgeOf(key + 1);
    // Hardly anything is larger: here it ends, and does not fall off.
    const part =
      above > here * steepMax
        ? Math.log(wanted / (above + here)) / Math.log(above / (above + here))
        : 1 - Math.min(1, (wanted - above) / here);
    return low + (high - low) * part;
  }
  return 0;
}

/** Of a column, for a memory: where its bins begin and what is in them, small parts of a whole left out. */
export function sizesOf({ counts, nothing, total, lowest }: Histogram, column: number): number[] {
  const filled = counts.subarray(column * bins, (column + 1) * bins);
  let first = 0;
  let end = bins;
  while (end > 0 && Math.round(filled[end - 1]!) === 0) end--;
  while (first < end && Math.round(filled[first]!) === 0) first++;
  const listed = Array.from(filled.subarray(first, end), Math.round);
  return [lowest[column]!, Math.round(nothing[column]!), Math.round(total[column]!), first, ...listed];
}

/** False, and nothing is changed, where it is not what `sizesOf` gives. */
export function takeSizes(histogram: Histogram, column: number, list: readonly number[]): boolean {
  const [lowest, nothing, total, first, ...listed] = list;
  const end = (first ?? bins) + listed.length;
  if (list.length < 4 || !Number.isInteger(first) || first! < 0 || end > bins) return false;
  if (!Number.isInteger(lowest) || Math.abs(lowest!) > 1 << 14 || !list.every(Number.isFinite)) return false;
  if (listed.some((count) => count < 0) || nothing! < 0 || total! < 0) return false;
  forgetSizes(histogram, column);
  histogram.lowest[column] = lowest!;
  histogram.nothing[column] = nothing!;
  let sum = nothing!;
  listed.forEach((count, i) => {
    histogram.counts[column * bins + first! + i] = count;
    sum += count;
  });
  histogram.total[column] = sum;
  return true;
}
