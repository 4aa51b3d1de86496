// What a clock model learns, one call a sample or an answer. From the delay of samples, which only ever adds (the
// lower envelope of receive − source), or from questions answered. It allocates nothing for a sample, reads no
// clock, and the same samples give the same model.
import type { ClockModel } from '../clock-model.ts';
import { begin, decide, isLongEnough, refit, resume } from './estimate.ts';
import { lineAt } from './line.ts';
import { changePlaces, isSteady, newRival, noteRival } from './rival.ts';
import { noteDirection, noteGrid, standsStill } from './stamps.ts';
import { accuse, acquit } from './suspect.ts';
import { addTwoWay, clearTwoWay, newTwoWay } from './two-way.ts';
import { above, addToWindow } from './window.ts';

/** What a stamp is to the clock it came from. */
export const Verdict = {
  fits: 0,
  /** Later than it can be, too often for chance to be excluded: delayed, or the clock was set back. */
  late: 1,
  /** Earlier than any delay allows: bogus, or the clock was set forward. */
  early: 2,
  /** From here on the stamp says nothing. */
  quantised: 3,
  backward: 4,
  still: 5,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** While nothing is heard, a drift that is known may change by so much (20 ppm), and at the very most (100 ppm). */
const driftUnknown = 2e-5;
const driftUnknownMax = 1e-4;
/** Less than this is a better estimate, and no clock that was set. */
const stepMs = 50;

/** One stamp that could be a time, and when it arrived; receive times never decrease. */
export function observeClock(model: ClockModel, sourceMs: number, receiveMs: number): Verdict {
  const silentMs = receiveMs - model.lastMs;
  model.lastMs = receiveMs;
  model.unsyncedRun = 0;
  model.aheadRun = 0;
  const { stamps, line } = model;
  if (noteGrid(stamps, sourceMs, receiveMs)) return Verdict.quantised;
  if (noteDirection(stamps, sourceMs, receiveMs)) return Verdict.backward;
  if (standsStill(stamps, receiveMs)) return Verdict.still;
  const differenceMs = receiveMs - sourceMs;
  if (Number.isNaN(line.atMs)) {
    model.unsettledMs = receiveMs;
    model.unsettledFromMs = differenceMs;
    begin(model, sourceMs, receiveMs, differenceMs);
    return Verdict.fits;
  }
  const aboveMs = above(line, receiveMs, differenceMs);
  if (aboveMs < -(10 + 2 * model.spreadMs)) {
    if (aboveMs < -silentMs * driftUnknown) return early(model, sourceMs, receiveMs, differenceMs);
    resume(model, receiveMs, aboveMs);
  } else if (aboveMs > 200 + 8 * model.spreadMs) {
    if (!(aboveMs < silentMs * driftUnknownMax)) return late(model, sourceMs, receiveMs, differenceMs);
    // After hours of silence it may have drifted so far. If it was only delayed, the next one says so.
    begin(model, sourceMs, receiveMs, differenceMs);
    return Verdict.fits;
  }
  acquit(model.suspect);
  if (sourceMs > model.newestMs) model.newestMs = sourceMs;
  model.count++;
  // A running mean at first, a slow average later.
  const share = model.count < 64 ? 1 / (model.count + 1) : 1 / 64;
  model.spreadMs += (Math.max(0, aboveMs) - model.spreadMs) * share;
  if (aboveMs < 0 && !model.ripe) line.offsetMs += aboveMs;
  if (addToWindow(model.window, receiveMs, differenceMs, aboveMs)) refit(model, receiveMs);
  else if (!model.ripe && isLongEnough(model, receiveMs)) refit(model, receiveMs);
  return Verdict.fits;
}

/** A stamp from before any clock of the field was right. */
export function observeUnsynced(model: ClockModel, receiveMs: number): void {
  model.lastMs = receiveMs;
  model.unsyncedRun++;
}

/** A stamp more than a day ahead: nothing is learnt from it but that, and nothing at all from one without end. */
export function observeAbsurd(model: ClockModel, sourceMs: number, receiveMs: number): void {
  model.lastMs = receiveMs;
  if (sourceMs === Number.POSITIVE_INFINITY) return;
  model.aheadRun++;
  model.aheadMs = receiveMs - sourceMs;
}

/** The peer said `peerMs` between `sentMs` and `receivedMs`. While such answers come they decide. */
export function observeTwoWay(model: ClockModel, sentMs: number, peerMs: number, receivedMs: number): void {
  model.twoWay ??= newTwoWay();
  const before = model.twoWay.count;
  if (!addTwoWay(model.twoWay, sentMs, peerMs, receivedMs)) return;
  if (before > 1 && model.twoWay.count === 1) model.steppedMs = receivedMs;
  decide(model, receivedMs);
}

/** The last stamp was that of a sample that has been here: its second copy is late, and the clock as it was. */
export function observeRepetition(model: ClockModel): void {
  acquit(model.suspect);
  if (model.rival !== undefined) model.rival.swaps = 0;
}

function early(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): Verdict {
  const isRivals = noteOdd(model, receiveMs, differenceMs);
  if (!model.ripe) {
    goOver(model, sourceMs, receiveMs, differenceMs, isRivals);
    return Verdict.fits;
  }
  const isSet = accuse(model.suspect, -1, receiveMs, differenceMs, false);
  // Also among others that fit: nothing comes before it was sent, so these are the ones that were delayed.
  if (isSet || (isRivals && isSteady(model.rival!, receiveMs))) {
    set(model, sourceMs, receiveMs, differenceMs, isRivals);
  }
  return Verdict.early;
}

function late(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): Verdict {
  const repeatsTime = sourceMs < model.newestMs;
  if (sourceMs > model.newestMs) model.newestMs = sourceMs;
  // In order of time it is late by its way, and says nothing of a second clock.
  const isRivals = repeatsTime && noteOdd(model, receiveMs, differenceMs);
  if (accuse(model.suspect, 1, receiveMs, differenceMs, repeatsTime)) {
    set(model, sourceMs, receiveMs, differenceMs, isRivals);
  }
  return Verdict.late;
}

function noteOdd(model: ClockModel, receiveMs: number, differenceMs: number): boolean {
  const { line, spreadMs, count } = model;
  model.rival ??= newRival();
  return noteRival(model.rival, line, spreadMs, receiveMs, differenceMs, count);
}

/** The clock was set: what was known before holds no longer. */
function set(
  model: ClockModel,
  sourceMs: number,
  receiveMs: number,
  differenceMs: number,
  isRivals: boolean,
): void {
  if (model.ripe && Math.abs(above(model.line, receiveMs, differenceMs)) > stepMs) {
    model.steppedMs = receiveMs;
    if (model.twoWay !== undefined) clearTwoWay(model.twoWay);
  }
  model.unsettledMs = receiveMs;
  model.unsettledFromMs = differenceMs;
  goOver(model, sourceMs, receiveMs, differenceMs, isRivals);
}

/** Begins a new line; where it is the rival's, the old one is the rival now. */
function goOver(
  model: ClockModel,
  sourceMs: number,
  receiveMs: number,
  differenceMs: number,
  isRivals: boolean,
): void {
  const wasMs = lineAt(model.line, receiveMs);
  begin(model, sourceMs, receiveMs, differenceMs);
  if (isRivals) changePlaces(model.rival!, wasMs, model.count);
}
