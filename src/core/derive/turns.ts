// What happens so often a turn of a shaft: samples even in time become even in angle, by the speed the shaft had, so
// that what turns with it is a sharp line though the speed moves.
import { type Fft, newFft, powerSpectrum } from './fft.ts';
import { Grade, type Series, slotOf } from './series.ts';

export interface Turns {
  readonly fft: Fft;
  readonly input: Float64Array;
  readonly power: Float64Array;
  /** By sample: turns of the shaft since the first. */
  readonly angle: Float64Array;
  /** Turns in the whole stretch. */
  total: number;
}

export interface Comb {
  /** So often a turn, and that many multiples of it. */
  readonly order: number;
  readonly harmonics: number;
  /** It may be off by this share: balls slide. */
  readonly slip: number;
}

export function newTurns(length: number): Turns {
  return {
    fft: newFft(length),
    input: new Float64Array(length),
    power: new Float64Array(length / 2 + 1),
    angle: new Float64Array(length),
    total: 0,
  };
}

/**
 * How far the shaft has turned at each of `length` samples from `firstMs` on, by its speed in turns a second between
 * the moments it was told; false when nobody told it.
 */
export function followShaft(
  turns: Turns,
  length: number,
  firstMs: number,
  rateHz: number,
  speeds: Series,
): boolean {
  const { angle } = turns;
  const stepS = 1 / rateHz;
  let next = nextTold(speeds, 0);
  if (next >= speeds.count) return false;
  let before = next;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const atMs = firstMs + (1000 * i) / rateHz;
    while (next < speeds.count && speeds.timeMs[slotOf(speeds, next)]! <= atMs) {
      before = next;
      next = nextTold(speeds, next + 1);
    }
    angle[i] = sum;
    sum += Math.abs(speedAt(speeds, before, next, atMs)) * stepS;
  }
  turns.total = sum;
  return true;
}

function nextTold(speeds: Series, from: number): number {
  let at = from;
  while (at < speeds.count && speeds.grade[slotOf(speeds, at)] === Grade.bad) at++;
  return at;
}

function speedAt(speeds: Series, before: number, next: number, atMs: number): number {
  const left = slotOf(speeds, before);
  if (next >= speeds.count || next === before) return speeds.value[left]!;
  const right = slotOf(speeds, next);
  const fromMs = speeds.timeMs[left]!;
  const spanMs = speeds.timeMs[right]! - fromMs;
  const share = spanMs > 0 ? Math.max(0, Math.min(1, (atMs - fromMs) / spanMs)) : 1;
  return speeds.value[left]! + share * (speeds.value[right]! - speeds.value[left]!);
}

/** RMS of what `samples` have at the comb's orders; `angle` and `total` are those of them. */
export function combRms(turns: Turns, samples: Float64Array, length: number, comb: Comb): number {
  const { fft, input, power, total } = turns;
  spread(turns, samples, length);
  let squares = 0;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += input[i]!;
  const mean = sum / length;
  for (let i = 0; i < length; i++) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
    input[i] = (input[i]! - mean) * weight;
    squares += weight * weight;
  }
  input.fill(0, length);
  powerSpectrum(fft, input, power);
  // Order 1 comes `total` times in the stretch, and the stretch is `length` of the transform's samples.
  const binsPerOrder = (total * fft.length) / length;
  const narrow = (2 * fft.length) / length;
  let sum1 = 0;
  let inside = 0;
  let counted = 0;
  for (let h = 1; h <= comb.harmonics; h++) {
    const middle = h * comb.order * binsPerOrder;
    const half = Math.max(narrow, middle * comb.slip);
    const first = Math.max(counted + 1, Math.ceil(middle - half));
    const last = Math.min(fft.length / 2 - 1, Math.floor(middle + half));
    let here = 0;
    for (let k = first; k <= last; k++) here += power[k]!;
    if (h === 1) sum1 = here;
    // A multiple counts for no more than the first: near it may lie one of another part, which has a pit where this has none.
    inside += Math.min(here, sum1);
    counted = Math.max(counted, last);
  }
  return Math.sqrt((2 * inside) / (fft.length * squares));
}

/** The samples at even angles, on lines between neighbours. */
function spread({ input, angle, total }: Turns, samples: Float64Array, length: number): void {
  let left = 0;
  for (let i = 0; i < length; i++) {
    const wanted = (total * i) / length;
    while (left < length - 2 && angle[left + 1]! <= wanted) left++;
    const span = angle[left + 1]! - angle[left]!;
    const share = span > 0 ? Math.max(0, Math.min(1, (wanted - angle[left]!) / span)) : 0;
    input[i] = samples[left]! + share * (samples[left + 1]! - samples[left]!);
  }
}
