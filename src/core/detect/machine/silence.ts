// Who has fallen silent: a signal, a device with all its signals, or a whole source. The widest that explains it speaks,
// and it alone: one broken cable is one finding. How long a pause is usual is learnt of each signal.
import type { TrackPolicy } from '../../track.ts';
import type { View } from '../detector.ts';
import type { DeviceRows } from './plan.ts';

/** A pause has to be so many times the longest of those that are usual, and at least so long. */
const usualTimes = 4;
const pauseMinS = 2;
/** Learnt over so many samples before it counts. */
export const samplesMin = 20;
const oftenTimes = 10;
/** The longest usual pause is forgotten by this share with each sample. */
const forget = 0.0005;
/** What has not come for so long since the start, though the rest of its device has, does not come. */
const neverS = 120;

export interface Silence {
  /** By row: how long its longest usual pause is, and of how many samples that is known. */
  readonly pauseS: Float64Array;
  readonly samples: Uint32Array;
  /** By row: stamp of the newest sample as of the tick before. */
  readonly newestMs: Float64Array;
  /** By row: what the configuration calls stale and missing, in seconds. */
  readonly staleS: Float64Array;
  readonly missingS: Float64Array;
  /** By row: 1 while nothing comes. */
  readonly silent: Uint8Array;
  /** By device: 1 while all of it is silent. */
  readonly deviceSilent: Uint8Array;
  /** By source: 1 up, 0 away, 2 nobody has said. */
  readonly up: Uint8Array;
  /** By device: 1 once anything of it has come. */
  readonly spoke: Uint8Array;
  elapsedS: number;
}

export function newSilence(
  policies: readonly (TrackPolicy | undefined)[],
  rows: number,
  devices: number,
  sources: number,
): Silence {
  const seconds = (of: 'staleMs' | 'missingMs') =>
    Float64Array.from({ length: rows }, (_, row) => (policies[row]?.[of] ?? Number.POSITIVE_INFINITY) / 1000);
  return {
    pauseS: new Float64Array(rows),
    samples: new Uint32Array(rows),
    newestMs: new Float64Array(rows).fill(Number.NEGATIVE_INFINITY),
    ...{ staleS: seconds('staleMs'), missingS: seconds('missingMs') },
    silent: new Uint8Array(rows),
    deviceSilent: new Uint8Array(devices),
    up: new Uint8Array(sources).fill(2),
    spoke: new Uint8Array(devices),
    elapsedS: 0,
  };
}

export function watchSilence(
  silence: Silence,
  view: View,
  seenMs: Float64Array,
  fed: Uint8Array,
  devices: readonly DeviceRows[],
): void {
  const { silent, deviceSilent, spoke } = silence;
  silence.elapsedS += view.dtS;
  for (let row = 0; row < silent.length; row++) {
    if (fed[row] === 1) listen(silence, row, view, seenMs[row]!);
  }
  for (let d = 0; d < devices.length; d++) {
    const { rows } = devices[d]!;
    let all = rows.length > 1;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (seenMs[row]! > Number.NEGATIVE_INFINITY) spoke[d] = 1;
      // Once the first of them has been too long in coming, the others need only be late.
      if (silent[row] === 0 && !isLate(silence, row, view)) all = false;
    }
    if (all) {
      all = false;
      for (let i = 0; i < rows.length; i++) if (silent[rows[i]!] === 1) all = true;
    }
    deviceSilent[d] = all ? 1 : 0;
  }
  for (let d = 0; d < devices.length; d++) {
    const { rows, isOne } = devices[d]!;
    if (!isOne || spoke[d] === 0 || silence.elapsedS < neverS) continue;
    for (let i = 0; i < rows.length; i++) {
      if (seenMs[rows[i]!] === Number.NEGATIVE_INFINITY) silent[rows[i]!] = 1;
    }
  }
}

function listen(silence: Silence, row: number, view: View, seenMs: number): void {
  const { pauseS, samples, newestMs, silent } = silence;
  const before = newestMs[row]!;
  if (seenMs > before) {
    newestMs[row] = seenMs;
    if (silent[row] === 0 && before > Number.NEGATIVE_INFINITY) {
      const pause = (seenMs - before) / 1000;
      // Several in one message are one arrival.
      samples[row] = Math.min(1e6, samples[row]! + 1);
      pauseS[row] = Math.max(pauseS[row]! * (1 - forget), Math.min(pause, silence.missingS[row]!));
    }
    silent[row] = 0;
    return;
  }
  if (before > Number.NEGATIVE_INFINITY) silent[row] = view.ageS[row]! > pauseMaxS(silence, row) ? 1 : 0;
}

function isLate({ pauseS, samples, newestMs }: Silence, row: number, view: View): boolean {
  if (newestMs[row] === Number.NEGATIVE_INFINITY) return true;
  return samples[row]! >= samplesMin && view.ageS[row]! > Math.max(1, 1.5 * pauseS[row]!);
}

/** How long the pause of a signal may be. */
export function pauseMaxS({ pauseS, samples, staleS, missingS }: Silence, row: number): number {
  if (samples[row]! < samplesMin) {
    // Little is known: only what came many times as often as it has to is missed. A gauge that is read by hand is not.
    const often = samples[row]! >= 3 && missingS[row]! > oftenTimes * pauseS[row]!;
    return often ? Math.max(missingS[row]!, pauseMinS) : Number.POSITIVE_INFINITY;
  }
  const usual = Math.max(pauseMinS, Math.min(staleS[row]!, 10), usualTimes * pauseS[row]!);
  return Math.min(usual, Math.max(missingS[row]!, usualTimes * pauseS[row]!));
}
