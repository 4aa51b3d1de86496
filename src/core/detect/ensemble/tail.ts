// How surprising a number is, by what has come before it: −log10 of how often something at least as large comes. Learns
// as it goes, from numbers alone, and never says more than what it has seen allows.

/** Eight bins to an octave, from 2^-12 to 2^20. */
const perOctave = 8;
const lowestOctave = -12;
const binCount = 32 * perOctave;

export interface Tail {
  /** Rows by size, forgotten slowly. */
  readonly rows: Float64Array;
  /** Of stretches that were surprising, their peaks by size. */
  readonly episodes: Float64Array;
  total: number;
  /** How often it went from small to large and back: so much of what was seen was new. */
  crossings: number;
  above: boolean;
  /** Small is less, large is more. */
  smallBin: number;
  largeBin: number;
  /** The law of its tail: `anchorSurprise · (x / anchor) ^ power`. */
  anchor: number;
  anchorSurprise: number;
  power: number;
  /** Hardly anything was larger. */
  edge: number;
  fitIn: number;
  /** Of the surprising stretch that goes on; 0: there is none. */
  peak: number;
  quiet: number;
}

/** So many rows count at most; then all counts are halved. */
const memoryRows = 40_000;
/** In orders of magnitude: from here on a stretch is worth remembering as one thing. */
const episodeSurprise = 2.5;
const episodeEndsAfter = 12;
const surpriseMax = 12;

export function newTail(): Tail {
  return {
    rows: new Float64Array(binCount),
    episodes: new Float64Array(binCount),
    ...{ total: 0, crossings: 0, above: false, smallBin: 0, largeBin: 0 },
    ...{ anchor: 0, anchorSurprise: 1, power: 1, edge: 0, fitIn: 16, peak: 0, quiet: 0 },
  };
}

function binOf(size: number): number {
  if (!(size > 0)) return 0;
  const bin = Math.floor((Math.log2(size) - lowestOctave) * perOctave);
  return bin < 0 ? 0 : bin >= binCount ? binCount - 1 : bin;
}

function upperEdge(bin: number): number {
  return 2 ** ((bin + 1) / perOctave + lowestOctave);
}

/** Of a size that has not been learnt from yet. 0 while it knows nothing. */
export function surpriseOf(tail: Tail, size: number): number {
  if (tail.total < 8 || !(size > 0)) return 0;
  const most = mostSurprise(tail, size);
  const extended = tail.anchor > 0 ? tail.anchorSurprise * (size / tail.anchor) ** tail.power : surpriseMax;
  const bounded = extended < most ? extended : most;
  if (bounded < episodeSurprise) return bounded;
  const alike = episodesAbove(tail, 0.75 * size);
  if (alike === 0) return bounded;
  const counted = Math.log10((tail.total + 1) / (alike + 1));
  if (counted >= bounded) return bounded;
  const trust = 1 / (1 + (alike * alike) / 6);
  return counted + (bounded - counted) * trust;
}

/** Who has seen little may not say much, unless it is far beyond all that was there. */
function mostSurprise({ crossings, edge }: Tail, size: number): number {
  const beyond = edge > 0 && size > 1.3 * edge ? 1.6 * Math.log2(size / (1.3 * edge)) : 0;
  const trusted = (1.2 + 1.3 * Math.log10(1 + 5 * crossings)) * (crossings / (crossings + 6));
  const most = trusted + (beyond * crossings) / (crossings + 30);
  return most < surpriseMax ? most : surpriseMax;
}

function episodesAbove({ episodes }: Tail, size: number): number {
  let count = 0;
  for (let bin = binOf(size); bin < binCount; bin++) count += episodes[bin]!;
  return count;
}

/** `surprise`: what `surpriseOf` said of it. `weight`: less where it may not be normal. */
export function learnSize(tail: Tail, size: number, surprise: number, weight: number): void {
  const bin = binOf(size);
  tail.rows[bin] = tail.rows[bin]! + weight;
  tail.total += weight;
  if (tail.above ? bin <= tail.smallBin : bin >= tail.largeBin) {
    tail.above = !tail.above;
    if (tail.above) tail.crossings += weight;
  }
  followEpisode(tail, size, surprise);
  if (tail.total > memoryRows) forgetHalf(tail);
  if (--tail.fitIn <= 0) fitTail(tail);
}

function followEpisode(tail: Tail, size: number, surprise: number): void {
  if (surprise >= episodeSurprise) {
    if (size > tail.peak) tail.peak = size;
    tail.quiet = 0;
  } else if (tail.peak > 0 && ++tail.quiet > episodeEndsAfter) {
    const bin = binOf(tail.peak);
    tail.episodes[bin] = tail.episodes[bin]! + 1;
    tail.peak = 0;
  }
}

function forgetHalf(tail: Tail): void {
  const { rows, episodes } = tail;
  for (let bin = 0; bin < binCount; bin++) {
    rows[bin] = rows[bin]! / 2;
    episodes[bin] = episodes[bin]! / 2;
  }
  tail.total /= 2;
  tail.crossings /= 2;
}

/** Shares of the rows that are larger: the near and the far point of the law. */
const nearShare = 0.2;
const farShares = [0.04, 0.015, 0.005, 0.001] as const;

/** Through two points of what was seen; a few anomalies among the rows do not move them. */
function fitTail(tail: Tail): void {
  const { rows, total } = tail;
  tail.fitIn = Math.max(16, Math.floor(total / 16));
  let rest = 0;
  let median = 0;
  let near = 0;
  const far = [0, 0, 0, 0];
  const few = Math.max(2, 0.002 * total);
  tail.edge = 0;
  for (let bin = binCount - 1; bin >= 0; bin--) {
    if (rows[bin] === 0) continue;
    const before = rest;
    rest += rows[bin]!;
    if (tail.edge === 0 && rest >= few) tail.edge = upperEdge(bin);
    for (let k = 0; k < far.length; k++) {
      if (far[k] === 0 && rest > farShares[k]! * total)
        far[k] = within(bin, before, rest, farShares[k]! * total);
    }
    if (near === 0 && rest > nearShare * total) near = within(bin, before, rest, nearShare * total);
    if (rest > 0.5 * total) {
      median = bin;
      break;
    }
  }
  tail.largeBin = Math.max(binOf(near), median + 1);
  tail.smallBin = Math.max(0, median - Math.floor(perOctave / 2));
  const k = far.findIndex((size) => size > 2 ** lowestOctave * 1.2);
  if (k < 0) {
    tail.anchor = 0;
    return;
  }
  const share = farShares[k]!;
  tail.anchor = far[k]!;
  tail.anchorSurprise = -Math.log10(share);
  tail.power = powerOf(near, far[k]!, share, nearShare, total);
  // Where it is heavier further out, as of what comes in bursts, the law goes through there.
  const [, , further = 0] = far;
  const furthest = farShares[2];
  if (k > 1 || !(further > far[k]!) || furthest * total < 6) return;
  const heavier = powerOf(far[k]!, further, furthest, share, total);
  if (heavier >= tail.power) return;
  tail.anchor = further;
  tail.anchorSurprise = -Math.log10(furthest);
  tail.power = heavier;
}

/** Between the edges of a bin, by how much of it is beyond. */
function within(bin: number, before: number, rest: number, wanted: number): number {
  const part = rest > before ? (wanted - before) / (rest - before) : 0;
  return upperEdge(bin) * 2 ** (-part / perOctave);
}

/** Of a bell curve about 1.45, of an exponential 1, less the heavier it is. Who has seen little assumes a little heavy. */
function powerOf(near: number, far: number, share: number, than: number, total: number): number {
  const usual = 1.1;
  if (!(near > 0) || far <= near * 1.01) return usual;
  const found = Math.log(Math.log(share) / Math.log(than)) / Math.log(far / near);
  const trust = total / (total + 150);
  return Math.min(1.5, Math.max(0.3, usual + (found - usual) * trust));
}
