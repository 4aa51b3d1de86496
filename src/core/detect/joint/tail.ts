// How large a number usually gets: a histogram of its logarithm that forgets slowly, and where its tail ends. It knows
// nothing of distributions, so it holds also for numbers that depend on the ones before them.

const perOctave = 8;
const octaves = 16;
const bins = octaves * perOctave;

/** What is known from few is widened: by this over the root of how many. */
const doubt = 2;

/** Ratios from 2^-10 to 2^6; what lies outside counts as the nearest of them. */
const lowest = -10;

/** Of what is normal so much lies below; the tail is drawn on from these two. */
export interface TailForm {
  readonly shoulder: number;
  readonly neck: number;
  /** It never ends below the quantile that nearly all stayed under, but for as much as this. */
  readonly crownMax: number;
  /** So many neighbours in time say as much as one. */
  readonly alike: number;
  /** The tail is so many times flatter than an exponential one through the two. */
  readonly flatter: number;
}

/** The tail never ends below this quantile of what was seen. */
const crown = 0.995;

export interface Tail {
  readonly counts: Float64Array;
  total: number;
}

export function newTail(): Tail {
  return { counts: new Float64Array(bins), total: 0 };
}

export function clearTail(tail: Tail): void {
  tail.counts.fill(0);
  tail.total = 0;
}

/** Counts a ratio; of more than `most` the oldest half is worth half. */
export function addTail(tail: Tail, ratio: number, weight: number, most: number): void {
  if (!(weight > 0) || Number.isNaN(ratio)) return;
  const { counts } = tail;
  const at = Math.floor((Math.log2(Math.max(ratio, 1e-12)) - lowest) * perOctave);
  const bin = Math.max(0, Math.min(bins - 1, at));
  counts[bin] = counts[bin]! + weight;
  tail.total += weight;
  if (tail.total <= most) return;
  for (let i = 0; i < bins; i++) counts[i] = counts[i]! / 2;
  tail.total /= 2;
}

/** The ratio below which a share `p` lies; 0 when nothing was counted. */
export function tailQuantile({ counts, total }: Tail, p: number): number {
  if (total <= 0) return 0;
  const wanted = p * total;
  let below = 0;
  for (let i = 0; i < bins; i++) {
    const here = counts[i]!;
    if (here > 0 && below + here >= wanted) {
      const share = Math.max(0, Math.min(1, (wanted - below) / here));
      return 2 ** (lowest + (i + share) / perOctave);
    }
    below += here;
  }
  return 2 ** (lowest + octaves);
}

/**
 * The ratio that normal running passes with probability `alpha`: an exponential tail through two quantiles that a few
 * strangers among what was seen do not move, and not below what nearly all of it stayed under. That last one is cut at
 * `crownMax`, for the strangers' sake.
 */
export function tailBound(tail: Tail, alpha: number, form: TailForm): number {
  const { shoulder, neck, crownMax, alike, flatter } = form;
  const low = tailQuantile(tail, shoulder);
  const high = tailQuantile(tail, neck);
  const steps = Math.log((1 - neck) / alpha) / Math.log((1 - shoulder) / (1 - neck));
  const drawn =
    (high + Math.max(0, high - low) * flatter * steps) *
    (1 + doubt / Math.sqrt(Math.max(1, tail.total / alike)));
  return Math.max(drawn, Math.min(crownMax, tailQuantile(tail, crown)));
}
