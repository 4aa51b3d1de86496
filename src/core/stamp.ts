// When was a sample true? Its own stamp, corrected by what is known of the clock behind it, or the time of
// receipt where the stamp cannot be believed. A time is never later than the receipt, unless it is trusted.
import { observeAbsurd, observeClock, observeUnsynced, Verdict } from './clock/observe.ts';
import { type ClockModel, correctedMs } from './clock-model.ts';
import { Quality, worse } from './quality.ts';

/** Before this a device had no time yet: no gateway of this kind is older (2020-01-01). */
export const earliestMs = 1_577_836_800_000;
/** A stamp that is ahead by more is not used as it is. */
export const futureMs = 5_000;
export const absurdFutureMs = 86_400_000;
/** A correction of more is counted. */
const noticeableMs = 50;
/** After the correction nothing should be ahead; by more than this it is doubtful. */
const doubtfulMs = 1_000;

/** What stamping found, as bits; they have their place among those of the intake. */
export const StampFound = { unsynced: 4, future: 8, corrected: 256 } as const;

/** The sample at hand, as far as its time goes. */
export interface Stamping {
  timeMs: number;
  quality: number;
  /** The time is the sample's own: its stamp, corrected or not. */
  own: boolean;
  /** Stamps farther ahead than this are absurd. */
  absurdMs: number;
}

/** Sets time and quality; returns `StampFound` bits. Without a clock model the stamps are trusted. */
export function stamp(
  to: Stamping,
  clock: ClockModel | undefined,
  quality: number,
  sourceMs: number,
  receiveMs: number,
): number {
  to.quality = quality;
  to.timeMs = receiveMs;
  to.own = false;
  if (Number.isNaN(sourceMs)) return 0;
  if (sourceMs < earliestMs) {
    if (clock !== undefined) observeUnsynced(clock, receiveMs);
    to.quality = worse(quality, Quality.uncertain);
    return StampFound.unsynced;
  }
  if (sourceMs > receiveMs + to.absurdMs) {
    if (clock !== undefined) observeAbsurd(clock, sourceMs, receiveMs);
    to.quality = worse(quality, Quality.badInvalidTimestamp);
    return StampFound.future;
  }
  const verdict = clock === undefined ? Verdict.fits : observeClock(clock, sourceMs, receiveMs);
  if (verdict >= Verdict.quantised) {
    to.quality = worse(quality, Quality.uncertain);
    return StampFound.unsynced;
  }
  if (clock === undefined || clock.trusted) return take(to, sourceMs, receiveMs, futureMs, sourceMs);
  if (!clock.settled) return take(to, sourceMs, receiveMs, futureMs, Math.min(sourceMs, receiveMs));
  const timeMs = correctedMs(clock, sourceMs);
  const found = take(to, timeMs, receiveMs, doubtfulMs, Math.min(timeMs, receiveMs));
  const noticeable = to.own && Math.abs(timeMs - sourceMs) > noticeableMs;
  return noticeable ? found | StampFound.corrected : found;
}

/** The time of receipt, doubtful, when it would be too far ahead; else the time as it may be. */
function take(to: Stamping, claimMs: number, receiveMs: number, limitMs: number, timeMs: number): number {
  if (claimMs > receiveMs + limitMs) {
    to.quality = worse(to.quality, Quality.uncertain);
    return StampFound.future;
  }
  to.timeMs = timeMs;
  to.own = true;
  return 0;
}

/**
 * A time as finely as it is known: to the millisecond, or to the microsecond where the device's own stamp has a
 * fraction. More digits would be noise that has to be kept for ever.
 */
export function asKnown(timeMs: number, sourceMs: number): number {
  const known = Number.isFinite(sourceMs) && !Number.isInteger(sourceMs);
  return known ? Math.round(timeMs * 1000) / 1000 : Math.round(timeMs);
}
