// Where blocks and rollups of a tag lie in their tables: beside one another in order of time, so that a stretch of time
// of a tag is a stretch of rows. Keys are whole numbers below 2^53.
import { type RollupStep, rollupSteps } from '../ports/history.ts';

/** A block does not span more, so that a look for a time knows how far back it has to begin. */
export const blockSpanMaxMs = 4 * 3_600_000;

const slotMs = 125;
const slots = 2 ** 35;
export const tagMax = 2 ** 18 - 1;

/** Of a block that starts at `startMs`. Where that is taken, the next free one is used, at most `keyStepsMax` further. */
export function blockKey(tag: number, startMs: number): number {
  return tag * slots + Math.min(slots - 1, Math.max(0, Math.floor(startMs / slotMs)));
}

export const keyStepsMax = 4096;

export function tagOfBlock(key: number): number {
  return Math.floor(key / slots);
}

/** First and last key under which a block with a sample in the range can lie; `start_ms` and `end_ms` decide. */
export function blockKeys(tag: number, fromMs: number, toMs: number): { first: number; last: number } {
  const last = Math.min((tag + 1) * slots - 1, blockKey(tag, toMs) + keyStepsMax);
  return { first: blockKey(tag, fromMs - blockSpanMaxMs), last };
}

/** So many stretches are in one row: an hour, a day, thirty days. */
export const rollupChunk: Readonly<Record<RollupStep, number>> = {
  1000: 3600,
  60000: 1440,
  3600000: 720,
};

const chunks = 2 ** 24;

/** Of the chunk that has the stretch in which `timeMs` lies. */
export function rollupKey(tag: number, stepMs: RollupStep, timeMs: number): number {
  const chunk = Math.max(0, Math.floor(timeMs / (stepMs * rollupChunk[stepMs])));
  return (tag * rollupSteps.length + rollupSteps.indexOf(stepMs)) * chunks + Math.min(chunks - 1, chunk);
}

/** Where the first stretch of a chunk begins. */
export function rollupChunkStartMs(key: number, stepMs: RollupStep): number {
  return (key % chunks) * stepMs * rollupChunk[stepMs];
}
