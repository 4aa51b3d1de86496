// Vibrations that the configuration derives (bands, envelopes, tones, the whole): do they grow? Each is compared with what
// it is in the same mode of the machine, as a ratio, for twice as much is as telling of a whisper as of a roar.
import type { View } from '../detector.ts';
import { newResidualWatch, type ResidualWatch, watchResidual } from './residual.ts';

/** Such a share more or less is one sigma. */
const sigmaShare = 0.15;
/** Less is nothing. */
const least = 1e-4;

export interface Shakes {
  /** By column: its row. */
  readonly rows: readonly number[];
  readonly watch: ResidualWatch;
  /** By column: as of the last second. */
  readonly value: Float64Array;
}

export function newShakes(rows: readonly number[], modes: number, sensitivity: number): Shakes {
  return {
    rows,
    watch: newResidualWatch(
      rows.map(() => true),
      modes,
      sensitivity,
    ),
    value: new Float64Array(rows.length).fill(Number.NaN),
  };
}

/** Once a second. */
export function watchShakes({ rows, watch, value }: Shakes, view: View): void {
  for (let i = 0; i < rows.length; i++) {
    const now = view.value[rows[i]!]!;
    value[i] = now;
    const sigmas = Number.isNaN(now) ? Number.NaN : Math.log(Math.max(least, Math.abs(now))) / sigmaShare;
    watchResidual(watch, i, sigmas, view.mode, view.dtS);
  }
}

/** Only more is a finding: a machine that has become quieter has been mended. */
export function shakesMore({ watch }: Shakes, i: number): boolean {
  return watch.level[i] === 1 && watch.up[i]! >= watch.down[i]!;
}

/** What it usually is, given how far it is off; NaN while that is not known. */
export function usualShake({ watch, value }: Shakes, i: number): number {
  return value[i]! / Math.exp(watch.off[i]! * sigmaShare);
}
