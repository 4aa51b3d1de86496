// What PCA is made with and what it keeps, of all modes of a machine together. Numbers only.
import type { DetectorSetup } from '../detector.ts';
import type { PcaJob } from './fit.ts';
import type { PcaSight } from './judge.ts';
import type { PcaNormal } from './normal.ts';

export interface PcaOptions {
  /** So long it looks at a mode, and at so many moments, before it speaks; longer where the mode does not hold still. */
  readonly learnS: number;
  readonly learnViews: number;
  /** It learns from one view in so long, for neighbours in time say the same. */
  readonly stepS: number;
  /** So long after a change of mode nothing is judged and nothing learnt. */
  readonly settleS: number;
  /** What is longer ago than this, of time in the mode, fades. */
  readonly forgetS: number;
  /** What it took for abnormal in a mode for so long is forgotten, and learnt anew as what is normal there. */
  readonly acceptS: number;
  /** Statistics are followed with this time constant before they are judged. */
  readonly smoothS: number;
  /** So much of the variance are components; the rest is beside the plane. */
  readonly explained: number;
  /** How often normal running passes a limit. */
  readonly alpha: number;
  /** Looks at residuals of the twin instead of values. */
  readonly residuals: boolean;
}

export interface PcaState {
  readonly options: PcaOptions;
  readonly setup: DetectorSetup;
  /** Columns it looks at. */
  readonly watched: Int32Array;
  readonly rowsMax: number;
  readonly stepS: number;
  /** So many steps say as much as one of what is followed quickly, and slowly. */
  readonly alike: readonly [number, number];
  /** By mode; made when the mode is first seen. */
  readonly normals: (PcaNormal | null)[];
  readonly job: PcaJob;
  readonly line: Float64Array;
  readonly sight: PcaSight;
  readonly ratios: Float64Array;
  mode: number;
  inModeS: number;
  sinceStepS: number;
  level: number;
}
