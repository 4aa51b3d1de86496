// How far one clock of a source is from the gateway's, and whether its stamps mean anything. From the delay
// of samples, which only ever adds (the lower envelope of receive − source), or from questions answered.
// One call a sample: it allocates nothing, reads no clock, and the same samples give the same answer.
import { type Applied, appliedAt, apply, correct, newApplied } from './clock/applied.ts';
import { driftAfterMs, type Line, lineAt, newLine, steepest } from './clock/line.ts';
import { newStamps, noteDirection, noteGrid, type Stamps, standsStill } from './clock/stamps.ts';
import { accuse, acquit, newSuspect, type Suspect } from './clock/suspect.ts';
import { addTwoWay, clearTwoWay, isFresh, newTwoWay, type TwoWay, uncertaintyMs } from './clock/two-way.ts';
import {
  above,
  addToWindow,
  clearWindow,
  fitUnder,
  newWindow,
  type Window,
  windowSpanMs,
} from './clock/window.ts';

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

export interface ClockOptions {
  /** Its stamps stand as they are: the device keeps time by itself. It is watched all the same. */
  readonly trusted?: boolean;
}

export interface ClockModel {
  readonly trusted: boolean;
  /** The correction can be used. */
  settled: boolean;
  /** The line can: enough samples, over long enough, and no steeper than a clock. */
  ripe: boolean;
  readonly applied: Applied;
  readonly window: Window;
  /** Under the window's points; without a time before the first sample. */
  readonly line: Line;
  readonly suspect: Suspect;
  readonly stamps: Stamps;
  twoWay: TwoWay | undefined;
  /** Of the stamps that fitted since the line was begun. */
  count: number;
  sinceMs: number;
  newestMs: number;
  lastMs: number;
  /** Mean height above the line: how much the delays vary. */
  spreadMs: number;
  /** The slope of a line over a minute or more: a guess for the next one. */
  knownSlope: number;
  /** The line is no clock's: steeper than one can be. */
  steep: boolean;
  /** Since when it does not settle, and the difference then: tells a slope that no line could follow. */
  unsettledMs: number;
  unsettledFromMs: number;
  /** When the clock was last seen to be set; NaN: never. */
  steppedMs: number;
  /** Stamps in a row that were before 2020, or a day ahead, and the last difference of the latter. */
  unsyncedRun: number;
  aheadRun: number;
  aheadMs: number;
}

/** While nothing is heard, a drift that is known may change by so much (20 ppm), and at the very most (100 ppm). */
const driftUnknown = 2e-5;
const driftUnknownMax = 1e-4;
/** Less than this is a better estimate, and no clock that was set. */
const stepMs = 50;
const settleCount = 5;
const settleMs = 5000;

export function newClockModel(options: ClockOptions = {}): ClockModel {
  return {
    trusted: options.trusted ?? false,
    settled: false,
    ripe: false,
    applied: newApplied(),
    window: newWindow(),
    line: newLine(),
    suspect: newSuspect(),
    stamps: newStamps(),
    twoWay: undefined,
    count: 0,
    sinceMs: Number.NaN,
    newestMs: Number.NEGATIVE_INFINITY,
    lastMs: Number.NaN,
    spreadMs: 0,
    knownSlope: 0,
    steep: false,
    unsettledMs: Number.NaN,
    unsettledFromMs: Number.NaN,
    steppedMs: Number.NaN,
    unsyncedRun: 0,
    aheadRun: 0,
    aheadMs: Number.NaN,
  };
}

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
  model.spreadMs += (Math.max(0, aboveMs) - model.spreadMs) / Math.min(model.count + 1, 64);
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

/** Gateway time of a stamp; the stamp itself while nothing better is known. */
export function correctedMs(model: ClockModel, sourceMs: number): number {
  return model.settled ? correct(model.applied, sourceMs) : sourceMs;
}

/** Gateway minus source; NaN before anything was seen. Positive when the source's clock is behind. */
export function clockOffsetMs(model: ClockModel): number {
  if (model.aheadRun >= 3) return model.aheadMs;
  if (model.settled) return appliedAt(model.applied, Math.max(model.lastMs, model.applied.now.line.atMs));
  return model.line.offsetMs;
}

/** How much too fast the source's clock runs, in parts per million; NaN until that can be told. */
export function clockDriftPpm(model: ClockModel): number {
  if (!model.settled) return Number.NaN;
  const { twoWay } = model;
  const byAnswers = twoWay !== undefined && isFresh(twoWay, model.lastMs);
  const spanMs = byAnswers ? twoWay.lastMs - twoWay.firstMs : windowSpanMs(model.window);
  return spanMs < 30_000 ? Number.NaN : -model.applied.now.line.slope * 1e6;
}

/** A new line through this difference; what was known of the drift stays. */
function begin(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): void {
  const { line, window } = model;
  line.atMs = receiveMs;
  line.offsetMs = differenceMs;
  line.slope = model.knownSlope;
  line.laterSlope = model.knownSlope;
  model.ripe = false;
  model.steep = false;
  model.sinceMs = receiveMs;
  model.count = 1;
  model.newestMs = sourceMs;
  clearWindow(window);
  addToWindow(window, receiveMs, differenceMs, 0);
  acquit(model.suspect);
  decide(model, receiveMs);
}

/** After a silence the clock is a little ahead of what its drift said: the line goes on from there. */
function resume(model: ClockModel, receiveMs: number, aboveMs: number): void {
  model.line.offsetMs += aboveMs;
  clearWindow(model.window);
  decide(model, receiveMs);
}

function early(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): Verdict {
  if (!model.ripe) {
    begin(model, sourceMs, receiveMs, differenceMs);
    return Verdict.fits;
  }
  if (!accuse(model.suspect, -1, receiveMs, differenceMs, false)) return Verdict.early;
  set(model, sourceMs, receiveMs, differenceMs);
  return Verdict.early;
}

function late(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): Verdict {
  const repeatsTime = sourceMs < model.newestMs;
  if (sourceMs > model.newestMs) model.newestMs = sourceMs;
  if (accuse(model.suspect, 1, receiveMs, differenceMs, repeatsTime)) {
    set(model, sourceMs, receiveMs, differenceMs);
  }
  return Verdict.late;
}

/** The clock was set: what was known before holds no longer. */
function set(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): void {
  if (model.ripe && Math.abs(above(model.line, receiveMs, differenceMs)) > stepMs) {
    model.steppedMs = receiveMs;
    if (model.twoWay !== undefined) clearTwoWay(model.twoWay);
  }
  model.unsettledMs = receiveMs;
  model.unsettledFromMs = differenceMs;
  begin(model, sourceMs, receiveMs, differenceMs);
}

function isLongEnough(model: ClockModel, nowMs: number): boolean {
  return model.count >= settleCount && nowMs - model.sinceMs >= settleMs && !model.steep;
}

function refit(model: ClockModel, nowMs: number): void {
  const { window, line } = model;
  if (window.length > 1) {
    fitUnder(window, line, model.knownSlope);
    const spanMs = windowSpanMs(window);
    // A few points with some ms of noise are steep as well, but do not rise far.
    const rate = Math.abs(line.slope);
    model.steep = rate > steepest && rate * spanMs > 10 + 3 * model.spreadMs;
    if (spanMs >= driftAfterMs && !model.steep) model.knownSlope = line.slope;
  }
  model.ripe = isLongEnough(model, nowMs);
  decide(model, nowMs);
}

/** Which of the two is the better witness, and whether either is good enough to act on. */
function decide(model: ClockModel, nowMs: number): void {
  const { twoWay, line, ripe } = model;
  if (twoWay !== undefined && isFresh(twoWay, nowMs) && !(ripe && isAnother(twoWay, line, nowMs))) {
    settle(model, twoWay.line, nowMs);
  } else if (ripe || (model.settled && !model.steep)) {
    // Once corrected, always: a line through few samples is as good as their times of receipt, and their stamps
    // alone may be hours off.
    settle(model, line, nowMs);
  } else if (model.settled) {
    model.settled = false;
    model.unsettledMs = nowMs;
    model.unsettledFromMs = lineAt(line, nowMs);
  }
}

/**
 * The samples are stamped by another clock than the one that answers: they come before it could be, or
 * (with some seconds for sampling and publishing) much later than they ever should.
 */
function isAnother(twoWay: TwoWay, line: Line, nowMs: number): boolean {
  const delayMs = lineAt(line, nowMs) - lineAt(twoWay.line, nowMs);
  return delayMs < -(50 + uncertaintyMs(twoWay)) || delayMs > 5000;
}

function settle(model: ClockModel, to: Line, nowMs: number): void {
  model.settled = true;
  apply(model.applied, to, nowMs);
}
