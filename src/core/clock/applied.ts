// The correction in use. It follows the line that was found without a jump, so that a better estimate never
// puts two samples out of order; only a clock that was set makes it jump.
import { type Line, lineAt, newLine, steepest } from './line.ts';

/** Farther than this is no better estimate but another clock. */
const jumpMs = 50;
/** A difference is worked off at 2 %: less than any two samples in order could notice. */
const slewRatio = 0.02;
const slewMsMin = 1000;

/** A line from `line.atMs` on, and what is left there of the one before, which vanishes in a while. */
interface Stretch {
  readonly line: Line;
  restMs: number;
  restForMs: number;
}

export interface Applied {
  now: Stretch;
  /** For stamps from before `now`, which may still come. */
  before: Stretch;
}

export function newApplied(): Applied {
  return { now: newStretch(), before: newStretch() };
}

function newStretch(): Stretch {
  return { line: newLine(), restMs: 0, restForMs: slewMsMin };
}

export function appliedAt({ now, before }: Applied, timeMs: number): number {
  return timeMs < now.line.atMs ? stretchAt(before, timeMs) : stretchAt(now, timeMs);
}

function stretchAt({ line, restMs, restForMs }: Stretch, timeMs: number): number {
  const elapsedMs = timeMs - line.atMs;
  const offsetMs = lineAt(line, timeMs);
  if (elapsedMs >= restForMs) return offsetMs;
  return offsetMs + (elapsedMs <= 0 ? restMs : restMs * (1 - elapsedMs / restForMs));
}

/** From `nowMs` on another line holds. */
export function apply(applied: Applied, to: Line, nowMs: number): void {
  const restMs = stretchAt(applied.now, nowMs) - lineAt(to, nowMs);
  const next = applied.before;
  // Also when there was no line before: NaN is never below.
  const slews = Math.abs(restMs) < jumpMs;
  next.restMs = slews ? restMs : 0;
  next.restForMs = slews ? Math.max(slewMsMin, Math.abs(restMs) / slewRatio) : slewMsMin;
  next.line.offsetMs = lineAt(to, nowMs);
  next.line.atMs = nowMs;
  // A slope out of few samples may be any; the next samples would be out of order by it.
  next.line.slope = Math.max(-steepest, Math.min(steepest, to.slope));
  next.line.trustMs = to.trustMs;
  next.line.laterSlope = to.laterSlope;
  applied.before = applied.now;
  applied.now = next;
  // What held before is of another clock: the new line holds for older stamps too.
  if (!slews) copy(next, applied.before);
}

function copy(from: Stretch, to: Stretch): void {
  Object.assign(to.line, from.line);
  to.restMs = from.restMs;
  to.restForMs = from.restForMs;
}

/** Gateway time of a stamp. */
export function correct(applied: Applied, sourceMs: number): number {
  const roughMs = sourceMs + applied.now.line.offsetMs;
  return sourceMs + appliedAt(applied, roughMs);
}
