// How far one clock of a source is from the gateway's: what is known of it, and what that makes of a stamp.
// It learns in clock/observe.ts; here nothing changes.
import { type Applied, appliedAt, correct, newApplied } from './clock/applied.ts';
import { type Line, newLine } from './clock/line.ts';
import type { Rival } from './clock/rival.ts';
import { newStamps, type Stamps } from './clock/stamps.ts';
import { newSuspect, type Suspect } from './clock/suspect.ts';
import { isFresh, type TwoWay } from './clock/two-way.ts';
import { newWindow, type Window, windowSpanMs } from './clock/window.ts';

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
  /** From the first stamp on that did not fit. */
  rival: Rival | undefined;
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

export function newClockModel(options: ClockOptions = {}): ClockModel {
  return {
    trusted: options.trusted ?? false,
    settled: false,
    ripe: false,
    applied: newApplied(),
    window: newWindow(),
    line: newLine(),
    suspect: newSuspect(),
    rival: undefined,
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

/** Gateway time of a stamp; the stamp itself while nothing better is known. */
export function correctedMs(model: ClockModel, sourceMs: number): number {
  return model.settled ? correct(model.applied, sourceMs) : sourceMs;
}

/** Gateway minus source; NaN before anything was seen. Positive when the source's clock is behind. */
export function clockOffsetMs(model: ClockModel): number {
  if (isAbsurd(model)) return model.aheadMs;
  if (!model.settled) return model.line.offsetMs;
  // By answers alone it may be known before a sample has come.
  const { atMs } = model.applied.now.line;
  return appliedAt(model.applied, model.lastMs > atMs ? model.lastMs : atMs);
}

/** Its last stamps were so far ahead that their values were not believed at all. */
export function isAbsurd(model: ClockModel): boolean {
  return model.aheadRun >= 3;
}

/** How much too fast the source's clock runs, in parts per million; NaN until that can be told. */
export function clockDriftPpm(model: ClockModel): number {
  if (!model.settled) return Number.NaN;
  const { twoWay } = model;
  const byAnswers = twoWay !== undefined && isFresh(twoWay, model.lastMs);
  const spanMs = byAnswers ? twoWay.lastMs - twoWay.firstMs : windowSpanMs(model.window);
  return spanMs < 30_000 ? Number.NaN : -model.applied.now.line.slope * 1e6;
}
