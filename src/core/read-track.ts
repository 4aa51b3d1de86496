// What a signal is worth at an instant, by its policy: between two samples, or one of them carried there.
// Never across a Bad sample, never across a gap in which the sensor counted as missing.
import { Origins, type SignalColumns } from './frame.ts';
import { isBad, Quality, worse } from './quality.ts';
import { seekTrack, type Track } from './track.ts';

/** Writes what the signal is worth at `atMs` to row `row` of `out`. */
export function readTrack(track: Track, atMs: number, out: SignalColumns, row: number): void {
  seekTrack(track, atMs);
  const left = track.head;
  if (track.count === 0 || track.timeMs[left]! > atMs) {
    writeMissing(out, row, Quality.badWaitingForInitialData, Number.POSITIVE_INFINITY);
    return;
  }
  const ageMs = atMs - track.timeMs[left]!;
  const quality = track.quality[left]!;
  if (isBad(quality)) {
    writeMissing(out, row, quality, ageMs);
    return;
  }
  const { align } = track.policy;
  if (ageMs === 0) {
    writeSignal(out, row, turned(track, track.value[left]!), quality, Origins.measured, 0);
  } else if (align === 'linear' && !track.stepped) {
    if (!interpolate(track, atMs, ageMs, out, row)) hold(track, left, ageMs, out, row);
  } else if (align === 'nearest') {
    holdNearest(track, atMs, ageMs, out, row);
  } else {
    hold(track, left, ageMs, out, row);
  }
}

/** Between two samples close enough to trust the line between them; for angles the short way round. */
function interpolate(track: Track, atMs: number, ageMs: number, out: SignalColumns, row: number): boolean {
  if (track.count < 2) return false;
  const left = track.head;
  const right = (track.head + 1) & (track.timeMs.length - 1);
  const spanMs = track.timeMs[right]! - track.timeMs[left]!;
  if (spanMs > track.policy.missingMs || isBad(track.quality[right]!)) return false;
  const share = (atMs - track.timeMs[left]!) / spanMs;
  const { period } = track;
  let change = track.value[right]! - track.value[left]!;
  if (period !== 0) change -= period * Math.round(change / period);
  const value = turned(track, track.value[left]! + change * share);
  // Between the largest numbers of either sign there is no line.
  if (!Number.isFinite(value)) return false;
  const quality = worse(track.quality[left]!, track.quality[right]!);
  writeSignal(out, row, value, quality, Origins.interpolated, ageMs);
  return true;
}

/** The later of two neighbours may be the nearer one; the age is the distance then. */
function holdNearest(track: Track, atMs: number, ageMs: number, out: SignalColumns, row: number): void {
  const left = track.head;
  const right = (track.head + 1) & (track.timeMs.length - 1);
  const aheadMs = track.count < 2 ? Number.POSITIVE_INFINITY : track.timeMs[right]! - atMs;
  if (aheadMs < ageMs && !isBad(track.quality[right]!)) hold(track, right, aheadMs, out, row);
  else hold(track, left, ageMs, out, row);
}

function hold(track: Track, slot: number, ageMs: number, out: SignalColumns, row: number): void {
  const { align, staleMs, missingMs } = track.policy;
  const value = turned(track, track.value[slot]!);
  const quality = track.quality[slot]!;
  if (align === 'previous' || ageMs <= staleMs) {
    writeSignal(out, row, value, quality, Origins.held, ageMs);
  } else if (ageMs <= missingMs) {
    writeSignal(out, row, value, worse(quality, Quality.uncertainLastUsableValue), Origins.held, ageMs);
  } else {
    writeMissing(out, row, Quality.badNoCommunication, ageMs);
  }
}

/** An angle within its one turn; any other value as it is. */
function turned(track: Track, value: number): number {
  return track.period === 0 ? value : turnedBack(track, value);
}

function turnedBack({ period, from }: Track, value: number): number {
  const turn = value - period * Math.floor((value - from) / period);
  // Rounding may end exactly a turn further.
  return turn >= from && turn < from + period ? turn : from;
}

export function writeSignal(
  out: SignalColumns,
  row: number,
  value: number,
  quality: number,
  origin: number,
  ageMs: number,
): void {
  out.value[row] = value;
  out.quality[row] = quality;
  out.origin[row] = origin;
  out.ageMs[row] = ageMs;
}

export function writeMissing(out: SignalColumns, row: number, quality: number, ageMs: number): void {
  writeSignal(out, row, Number.NaN, quality, Origins.missing, ageMs);
}
