// Stamps beside the line that keep coming, all equally far off, while others stay on it: two clocks under one name.
// One clock does not do that. Its delays differ, its steps and restarts do not alternate, and its drift is slow.
import { type Line, lineAt } from './line.ts';

/** So often the two must have taken turns, over so long. */
const swapsMin = 10;
const forMs = 20_000;
/** Stamps of one tag in order of receipt that went back: what waits in a queue stays in order. */
const returnsMin = 10;
/**
 * Without such, a stream that is late for a reason looks the same: means with the stamp of the first of their
 * values. These come once in the time they are late, or twice where they overlap.
 */
const farMs = 5000;
const oftenInThat = 4;
/** Two clocks drift apart by no more than this. */
const driftApart = 2e-4;
/** A stretch is looked at for so long at least, or at most; then the next begins. */
const stretchMs = 60_000;
const stretchMsMax = 600_000;
const rememberMs = 300_000;
/** As many, over as long, are no accident. */
const steadyHits = 10;
const steadyMs = 10_000;

export interface Rival {
  /** Receive − source of the first of its stamps. */
  offsetMs: number;
  sinceMs: number;
  /** Stamps that did not fit the line and are as far off as the first, and those that are not. */
  hits: number;
  misses: number;
  /** How often it came up after one that fitted, or took the place of the line. */
  swaps: number;
  returns: number;
  /** Of the stamps that fitted, when it last came up. */
  fits: number;
  /** When there were two clocks last, and how far apart; NaN: never. */
  seenMs: number;
  apartMs: number;
}

export function newRival(): Rival {
  return {
    offsetMs: Number.NaN,
    sinceMs: Number.NaN,
    hits: 0,
    misses: 0,
    swaps: 0,
    returns: 0,
    fits: 0,
    seenMs: Number.NaN,
    apartMs: Number.NaN,
  };
}

/** One stamp that does not fit the line; `fits` counts those that did. True when it is the rival's. */
export function noteRival(
  rival: Rival,
  line: Line,
  spreadMs: number,
  receiveMs: number,
  differenceMs: number,
  fits: number,
): boolean {
  const apartMs = Math.abs(differenceMs - lineAt(line, receiveMs));
  // The way of the other device may be the worse one.
  const nearMs = Math.max(50 + 4 * spreadMs, Math.min(300, apartMs / 16));
  if (apartMs < 4 * nearMs) return false;
  const elapsedMs = receiveMs - rival.sinceMs;
  const isHit = Math.abs(differenceMs - rival.offsetMs) <= nearMs + driftApart * elapsedMs;
  const isOver = elapsedMs >= (rival.swaps >= 2 * swapsMin ? stretchMs : stretchMsMax);
  if (!isHit && rival.hits > 0 && ++rival.misses <= 4 + rival.hits / 4) return false;
  if (!isHit || isOver) {
    restart(rival, receiveMs, differenceMs, fits);
    return true;
  }
  rival.hits++;
  if (rival.fits !== fits) rival.swaps++;
  rival.fits = fits;
  const isOften = apartMs >= farMs && elapsedMs * oftenInThat <= rival.hits * apartMs;
  const isClear = isOften || rival.returns >= returnsMin;
  if (isClear && rival.swaps >= swapsMin && elapsedMs >= forMs && isSteady(rival, receiveMs)) {
    rival.seenMs = receiveMs;
    rival.apartMs = apartMs;
  }
  return true;
}

function restart(rival: Rival, receiveMs: number, differenceMs: number, fits: number): void {
  rival.offsetMs = differenceMs;
  rival.sinceMs = receiveMs;
  rival.hits = 1;
  rival.misses = 0;
  rival.swaps = 0;
  rival.returns = 0;
  rival.fits = fits;
}

/** The line went over to the rival's stamps: where it was, the rival is now. */
export function changePlaces(rival: Rival, offsetMs: number, fits: number): void {
  rival.offsetMs = offsetMs;
  rival.swaps++;
  rival.fits = fits;
}

/** It has come for a while, and always as far off. */
export function isSteady(rival: Rival, nowMs: number): boolean {
  return rival.hits >= steadyHits && nowMs - rival.sinceMs >= steadyMs && rival.misses * 4 <= rival.hits;
}

/** A stamp of a tag that is before the one before it. */
export function noteReturn(rival: Rival): void {
  rival.returns++;
}

export function isShared(rival: Rival, nowMs: number): boolean {
  return nowMs - rival.seenMs < rememberMs;
}
