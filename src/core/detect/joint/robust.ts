// Where a few numbers lie and how wide they are spread, whatever some strangers among them say.

/** Middle and spread (one sigma, of normal numbers); both NaN without numbers, a spread of 0 where all are the same. */
export interface Place {
  middle: number;
  spread: number;
}

const perSigmaMad = 1.4826;
const perSigmaTenths = 1 / 2.5631;

/** Of the first `count` of `numbers`, which it puts in order; `spare` is as long and is overwritten. */
export function placeOf(numbers: Float64Array, count: number, spare: Float64Array, out: Place): void {
  if (count === 0) {
    out.middle = Number.NaN;
    out.spread = Number.NaN;
    return;
  }
  numbers.subarray(0, count).sort();
  const middle = quantileOf(numbers, count, 0.5);
  for (let i = 0; i < count; i++) spare[i] = Math.abs(numbers[i]! - middle);
  spare.subarray(0, count).sort();
  const mad = quantileOf(spare, count, 0.5) * perSigmaMad;
  // Where most numbers are one and the same, the outer ones have to say.
  const tenths = (quantileOf(numbers, count, 0.9) - quantileOf(numbers, count, 0.1)) * perSigmaTenths;
  out.middle = middle;
  out.spread = mad > 0 ? mad : tenths > 0 ? tenths : deviationOf(numbers, count);
}

/** Between the two that lie about it; they are in order. */
export function quantileOf(ordered: Float64Array, count: number, p: number): number {
  const at = p * (count - 1);
  const low = Math.floor(at);
  const high = Math.min(count - 1, low + 1);
  return ordered[low]! + (ordered[high]! - ordered[low]!) * (at - low);
}

/** Of all but the outermost in a hundred at either end. */
function deviationOf(ordered: Float64Array, count: number): number {
  const cut = Math.floor(count / 100);
  const kept = count - 2 * cut;
  let sum = 0;
  for (let i = cut; i < count - cut; i++) sum += ordered[i]!;
  const mean = sum / kept;
  let squares = 0;
  for (let i = cut; i < count - cut; i++) squares += (ordered[i]! - mean) ** 2;
  return Math.sqrt(squares / kept);
}
