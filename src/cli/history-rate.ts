// How often a tag has samples, while it has any. Must not count the time in which the gateway was off or nobody sent.
import type { HistoryReader, HistorySpan } from '../ports/history.ts';

/** So many of the last ones are looked at. */
const looked = 256;
/** A pause of more than so many usual ones is no part of it. */
const pauseFactor = 10;

/** Samples a second; NaN when there are too few. */
export async function usualRate(
  reader: HistoryReader,
  tag: number,
  { samples, firstMs, lastMs }: HistorySpan,
): Promise<number> {
  if (!(samples > 1 && lastMs > firstMs)) return Number.NaN;
  const meanMs = (lastMs - firstMs) / (samples - 1);
  const fromMs = lastMs - looked * meanMs;
  const { series } = await reader.raw({ tag, fromMs, toMs: lastMs, samplesMax: looked });
  const rate = rateOf(series.timeMs.subarray(0, series.length));
  // The last samples may stand alone.
  return Number.isNaN(rate) ? 1000 / meanMs : rate;
}

/** Of times in order. Several samples of one moment are common where a device sends arrays. */
export function rateOf(timeMs: Float64Array): number {
  const steps = timeMs.subarray(1).map((time, i) => time - timeMs[i]!);
  const apart = steps.filter((ms) => ms > 0).sort();
  const usualMs = apart[apart.length >> 1];
  if (usualMs === undefined) return Number.NaN;
  const counted = steps.filter((ms) => ms <= pauseFactor * usualMs);
  return (counted.length * 1000) / counted.reduce((sum, ms) => sum + ms, 0);
}
