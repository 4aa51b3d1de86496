// The line under the samples of a clock, begun anew and refined as they come, and the choice between it and what
// the peer answers. Everything that changes the correction in use goes through `decide`.
import type { ClockModel } from '../clock-model.ts';
import { apply } from './applied.ts';
import { driftAfterMs, type Line, lineAt, steepest } from './line.ts';
import { acquit } from './suspect.ts';
import { isFresh, type TwoWay, uncertaintyMs } from './two-way.ts';
import { addToWindow, clearWindow, fitUnder, windowSpanMs } from './window.ts';

const settleCount = 5;
const settleMs = 5000;

/** A new line through this difference; what was known of the drift stays. */
export function begin(model: ClockModel, sourceMs: number, receiveMs: number, differenceMs: number): void {
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
export function resume(model: ClockModel, receiveMs: number, aboveMs: number): void {
  model.line.offsetMs += aboveMs;
  clearWindow(model.window);
  decide(model, receiveMs);
}

export function refit(model: ClockModel, nowMs: number): void {
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

export function isLongEnough(model: ClockModel, nowMs: number): boolean {
  return model.count >= settleCount && nowMs - model.sinceMs >= settleMs && !model.steep;
}

/** Which of the two is the better witness, and whether either is good enough to act on. */
export function decide(model: ClockModel, nowMs: number): void {
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
