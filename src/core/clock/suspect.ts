// Samples that do not fit the line: a few of one mind are a clock that was set, others are late or bogus.
// One-sided on purpose: delay explains any sample that is late, and none that is early.

export interface Suspect {
  /** Early (−1) or late (+1) samples in a row; 0: the last one fitted. */
  side: number;
  count: number;
  sinceMs: number;
  firstMs: number;
  lastMs: number;
  lowestMs: number;
  highestMs: number;
  /** Every one of them bore a time that had been before: delay alone does not do that. */
  repeatsTime: boolean;
}

export function newSuspect(): Suspect {
  return {
    side: 0,
    count: 0,
    sinceMs: Number.NaN,
    firstMs: Number.NaN,
    lastMs: Number.NaN,
    lowestMs: Number.NaN,
    highestMs: Number.NaN,
    repeatsTime: false,
  };
}

export function acquit(suspect: Suspect): void {
  suspect.side = 0;
  suspect.count = 0;
}

/** One more that does not fit. True when they are enough: the clock was set. */
export function accuse(
  suspect: Suspect,
  side: -1 | 1,
  receiveMs: number,
  differenceMs: number,
  repeatsTime: boolean,
): boolean {
  if (suspect.side !== side) {
    suspect.side = side;
    suspect.count = 0;
    suspect.sinceMs = receiveMs;
    suspect.firstMs = differenceMs;
    suspect.lowestMs = differenceMs;
    suspect.highestMs = differenceMs;
    suspect.repeatsTime = true;
  }
  suspect.count++;
  suspect.lastMs = differenceMs;
  if (differenceMs < suspect.lowestMs) suspect.lowestMs = differenceMs;
  if (differenceMs > suspect.highestMs) suspect.highestMs = differenceMs;
  suspect.repeatsTime &&= repeatsTime;
  const forMs = receiveMs - suspect.sinceMs;
  if (side < 0) return (suspect.count >= 5 && forMs >= 1000) || (suspect.count >= 3 && forMs >= 10_000);
  return wasSetBack(suspect, receiveMs, forMs);
}

/** Late samples are a clock that was set back when their time repeats, or when they stay as late as they are. */
function wasSetBack(suspect: Suspect, receiveMs: number, forMs: number): boolean {
  // Gaps of several streams that are filled one after the other repeat times too, but from all over the gap.
  const rangeMs = suspect.highestMs - suspect.lowestMs;
  const together = rangeMs <= Math.max(1000, 0.2 * forMs);
  if (suspect.repeatsTime && together && suspect.count >= 5 && forMs >= 2000) return true;
  if (suspect.count < 10 || forMs < 30_000) return false;
  if (Math.abs(suspect.lastMs - suspect.firstMs) <= 0.02 * forMs) return true;
  // A backlog that is worked off gets less late all the time: what it was like before says nothing.
  suspect.count = 0;
  suspect.sinceMs = receiveMs;
  suspect.firstMs = suspect.lastMs;
  suspect.lowestMs = suspect.lastMs;
  suspect.highestMs = suspect.lastMs;
  return false;
}
