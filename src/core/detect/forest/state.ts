// What the forest is made with and what it keeps, of all modes of a machine together. Numbers only.
import type { DetectorSetup } from '../detector.ts';
import type { ForestNormal, ForestScratch } from './normal.ts';

export interface ForestOptions {
  /** So long it looks at a mode, and at so many moments, before it speaks; longer where it keeps seeing new ones. */
  readonly learnS: number;
  readonly learnViews: number;
  /** It takes one view in so long, and spreads the work on it over those between. */
  readonly stepS: number;
  /** So long after a change of mode nothing is judged and nothing learnt. */
  readonly settleS: number;
  /** Points of this time in the mode are in its sample alike; older ones fade. */
  readonly forgetS: number;
  /** What it took for abnormal in a mode for so long is forgotten, and learnt anew as what is normal there. */
  readonly acceptS: number;
  /** How often normal running passes the bound. */
  readonly alpha: number;
  readonly seed: number;
  /** Looks at residuals of the twin instead of values. */
  readonly residuals: boolean;
}

export interface ForestState {
  readonly options: ForestOptions;
  readonly setup: DetectorSetup;
  readonly watched: Int32Array;
  readonly stepS: number;
  /** By mode; made when the mode is first seen. */
  readonly normals: (ForestNormal | null)[];
  /** The moment that is judged: as it is, and as whole numbers of either set. */
  readonly line: Float64Array;
  readonly sides: readonly Int16Array[];
  readonly blame: Float64Array;
  /** By watched column: the shares that are told until the next moment is judged. */
  readonly told: Float64Array;
  readonly scratch: ForestScratch;
  mode: number;
  inModeS: number;
  sinceStepS: number;
  /** The next tree to be heard; how many have been, and the sum of what they said. */
  tree: number;
  sum: number;
  heard: number;
  /** The score of the newest moment, followed over some of them, and which of the two is further out. */
  now: number;
  slow: number;
  isSlow: boolean;
  ratio: number;
  level: number;
}
