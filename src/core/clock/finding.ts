// What is wrong with a clock, in one word out of a closed set; the worst first.
import { type ClockModel, clockDriftPpm, clockOffsetMs, isAbsurd } from '../clock-model.ts';
import type { ClockFinding } from '../sample.ts';
import { lineAt, steepest } from './line.ts';
import { isShared } from './rival.ts';
import { isBackward, isQuantised, standsStill } from './stamps.ts';
import { windowSpanMs } from './window.ts';

/** So many stamps of one kind in a row are no accident. */
const run = 3;
const farMs = 2000;
const steppedForMs = 60_000;
/** Twice what a plain quartz does over all temperatures. */
const driftPpmMax = 200;
/** Steeper than this nothing that keeps time goes: a backlog is worked off, or filled. */
const clockSlopeMax = 2e-2;
const driftAfterMs = 20_000;

/** `slewPpm`: how much too fast the gateway's own clock runs, on purpose; that is no fault of the source's. */
export function clockFinding(model: ClockModel, nowMs: number, slewPpm = 0): ClockFinding {
  const { stamps } = model;
  if (model.unsyncedRun >= run) return 'unsynced';
  if (isQuantised(stamps, model.lastMs) || standsStill(stamps, model.lastMs)) return 'quantised';
  if (isBackward(stamps, model.lastMs)) return 'backward';
  if (model.rival !== undefined && isShared(model.rival, nowMs)) return 'shared';
  if (nowMs - model.steppedMs < steppedForMs) return 'stepped';
  const driftPpm = clockDriftPpm(model);
  const own = Math.min(Math.abs(driftPpm), Math.abs(driftPpm + slewPpm));
  if ((own > driftPpmMax && isPlain(model, own)) || runsAway(model)) return 'drifting';
  const known = model.settled || isAbsurd(model);
  return known && Math.abs(clockOffsetMs(model)) > farMs ? 'offset' : 'none';
}

/** What it has drifted since it is watched is more than delays of uneven length make of a steady clock. */
function isPlain(model: ClockModel, driftPpm: number): boolean {
  return driftPpm * 1e-6 * windowSpanMs(model.window) > 20 + 8 * model.spreadMs;
}

/** It never settles, because its offset changes by more than a correction may follow. */
function runsAway(model: ClockModel): boolean {
  if (model.settled || Number.isNaN(model.line.atMs)) return false;
  const elapsedMs = model.lastMs - model.unsettledMs;
  if (elapsedMs < driftAfterMs) return false;
  const slope = Math.abs(lineAt(model.line, model.lastMs) - model.unsettledFromMs) / elapsedMs;
  return slope > steepest && slope < clockSlopeMax;
}
