// Samples that tell by their value which one they are: some are late, some by hours, several come in one millisecond.
import type { Sample } from './stored.ts';

export const tags = 3;
export const beginMs = 1_700_000_000_000;

/** The one with this number. Receipts never decrease. */
export function movingSample(i: number): Sample {
  const receiveMs = receivedMs(i);
  const lateMs = i % 97 === 0 ? 9 * 3_600_000 : i % 13 === 0 ? 700_000 : i % 5 === 0 ? 30 : 0;
  return {
    tag: i % tags,
    value: i,
    quality: 0,
    timeMs: receiveMs - 2 - lateMs,
    receiveMs,
    rawMs: Number.NaN,
  };
}

export function receivedMs(i: number): number {
  return beginMs + Math.floor(i / 7) * 3;
}
