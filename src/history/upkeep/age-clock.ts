// The time that ages are counted by: gateway time, but one that does not believe a leap before it has stood for a
// while. Pure. Must never run ahead of gateway time: what is younger than it seems would be deleted.

/** A step of more between two looks is not time that passed. */
const stepMaxMs = 60_000;
/** And one of more makes the new time wait again before it is believed. */
const leapMs = 600_000;
/** A new time is believed once it has stood for so long. */
export const settleMs = 3_600_000;
/** Nothing of this kind is older (2020-01-01): a clock that says so was never set. */
export const earliestMs = 1_577_836_800_000;
/** What was received later than this from now was received under a wrong clock. */
export const aheadMs = 86_400_000;

export interface AgeClock {
  /** Gateway time at the last look. */
  readonly seenMs: number;
  /** Ages count from here; never after `seenMs`. */
  readonly trustedMs: number;
  /** For so long the difference of the two has stood; 0 when there is none. */
  readonly stoodMs: number;
}

/** `lastReceivedMs` is the latest receipt in the file, NaN in a new one: it was at least that late once. */
export function startAgeClock(nowMs: number, lastReceivedMs: number): AgeClock {
  const known = lastReceivedMs >= earliestMs && lastReceivedMs < nowMs;
  const trustedMs = known && nowMs - lastReceivedMs > stepMaxMs ? lastReceivedMs : nowMs;
  return { seenMs: nowMs, trustedMs, stoodMs: 0 };
}

export function lookAtClock(clock: AgeClock, nowMs: number): AgeClock {
  const step = nowMs - clock.seenMs;
  if (step < 0) return { seenMs: nowMs, trustedMs: Math.min(clock.trustedMs, nowMs), stoodMs: 0 };
  const passedMs = Math.min(step, stepMaxMs);
  const trustedMs = Math.min(nowMs, clock.trustedMs + passedMs);
  if (trustedMs === nowMs) return { seenMs: nowMs, trustedMs, stoodMs: 0 };
  const stoodMs = step > leapMs ? 0 : clock.stoodMs + passedMs;
  return stoodMs >= settleMs
    ? { seenMs: nowMs, trustedMs: nowMs, stoodMs: 0 }
    : { seenMs: nowMs, trustedMs, stoodMs };
}

/** Whether ages can be told at all. */
export function isSet(clock: AgeClock): boolean {
  return clock.trustedMs >= earliestMs;
}

/** A receipt that says how old something is; others were given by a clock that was wrong. */
export function isBelievable(clock: AgeClock, receivedMs: number): boolean {
  return receivedMs >= earliestMs && receivedMs <= clock.trustedMs + aheadMs;
}
