// What a peer answers when it is asked for its time: the middle of question and answer is when it said it,
// give or take half the way. Delays on the way of data do not touch it.
import { type Line, lineAt, newLine, steepest, trust } from './line.ts';

const size = 32;
const sizeAtFirst = 4;
/** Of an answer: its time, its offset, how long it took. */
const width = 3;
/** Below this a slope is rather the noise of the answers. */
const slopeAfterMs = 60_000;
const freshMs = 60_000;
const freshMsMax = 600_000;
/** An answer that took longer says too little. */
const roundMsMax = 1000;
const slackMs = 20;

export interface TwoWay {
  readonly line: Line;
  /** A ring of the newest; grows to `size` of them. */
  answers: Float64Array;
  /** Samples taken since the clock was last set; the newest `size` are kept. */
  count: number;
  firstMs: number;
  lastMs: number;
  /** An answer that did not fit, waiting for a second one like it. */
  oddMs: number;
}

export function newTwoWay(): TwoWay {
  return {
    line: newLine(),
    answers: new Float64Array(sizeAtFirst * width),
    count: 0,
    firstMs: Number.NaN,
    lastMs: Number.NaN,
    oddMs: Number.NaN,
  };
}

export function clearTwoWay(two: TwoWay): void {
  two.count = 0;
  two.oddMs = Number.NaN;
}

/** False when the answer was none, or is not believed yet. */
export function addTwoWay(two: TwoWay, sentMs: number, peerMs: number, receivedMs: number): boolean {
  const roundMs = receivedMs - sentMs;
  if (!(roundMs >= 0 && roundMs <= roundMsMax) || !Number.isFinite(peerMs)) return false;
  const timeMs = sentMs + roundMs / 2;
  const offsetMs = timeMs - peerMs;
  const unsureMs = roundMs / 2 + slackMs;
  if (two.count > 0 && Math.abs(offsetMs - lineAt(two.line, timeMs)) > unsureMs) {
    const again = Math.abs(offsetMs - two.oddMs) <= unsureMs;
    two.oddMs = offsetMs;
    if (!again) return false;
    two.count = 0;
  }
  if (two.count === 0) two.firstMs = timeMs;
  two.oddMs = Number.NaN;
  keep(two, timeMs, offsetMs, roundMs);
  two.lastMs = timeMs;
  refit(two);
  return true;
}

function keep(two: TwoWay, timeMs: number, offsetMs: number, roundMs: number): void {
  const at = (two.count % size) * width;
  if (at === two.answers.length) {
    const larger = new Float64Array(2 * at);
    larger.set(two.answers);
    two.answers = larger;
  }
  two.answers[at] = timeMs;
  two.answers[at + 1] = offsetMs;
  two.answers[at + 2] = roundMs;
  two.count++;
}

/** Whether the answers still tell what the clock is now. */
export function isFresh(two: TwoWay, nowMs: number): boolean {
  if (two.count === 0) return false;
  const meanMs = (two.lastMs - two.firstMs) / Math.max(1, two.count - 1);
  // Not "at most": before the first sample there is no now.
  return !(nowMs - two.lastMs > Math.min(freshMsMax, Math.max(freshMs, 4 * meanMs)));
}

/** Half the shortest way there and back: how far off the line may be. */
export function uncertaintyMs({ count, answers }: TwoWay): number {
  const end = Math.min(count, size) * width;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < end; at += width) least = Math.min(least, answers[at + 2]!);
  return least / 2;
}

/** Least squares over the answers that were quick; a slow one has been waiting on one of its two ways. */
function refit(two: TwoWay): void {
  const { answers } = two;
  const end = Math.min(two.count, size) * width;
  const roundMs = 3 * uncertaintyMs(two) + 1;
  let count = 0;
  let sumTime = 0;
  let sumOffset = 0;
  let [earliest, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < end; at += width) {
    if (answers[at + 2]! > roundMs) continue;
    const timeMs = answers[at]!;
    count++;
    // Relative to the newest: squares of epoch times would lose what counts.
    sumTime += timeMs - two.lastMs;
    sumOffset += answers[at + 1]!;
    earliest = Math.min(earliest, timeMs);
    latest = Math.max(latest, timeMs);
  }
  const meanTime = sumTime / count;
  const meanOffset = sumOffset / count;
  let [square, product] = [0, 0];
  for (let at = 0; at < end; at += width) {
    if (answers[at + 2]! > roundMs) continue;
    const timeMs = answers[at]! - two.lastMs - meanTime;
    square += timeMs * timeMs;
    product += timeMs * (answers[at + 1]! - meanOffset);
  }
  const spanSquare = (latest - earliest) ** 2;
  const weight = spanSquare / (spanSquare + slopeAfterMs ** 2);
  const slope = square === 0 ? 0 : (product / square) * weight;
  two.line.slope = Math.max(-steepest, Math.min(steepest, slope));
  two.line.atMs = two.lastMs + meanTime;
  two.line.offsetMs = meanOffset;
  trust(two.line, latest - earliest, 0);
}
