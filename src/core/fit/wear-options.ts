// What a fit of wear can be told, and what it tells.
import type { FitAnswer } from './fit.ts';
import type { WearFamily } from './wear-family.ts';
import type { WearLife, WeighedWear } from './wear-life.ts';
import type { WearColumns, WearPoint } from './wear-points.ts';
import type { PooledWear, WearSetting } from './wear-pool.ts';

export interface WearOptions extends WearColumns {
  /** Of the wear. µm when absent. */
  readonly unit?: string;
  /** Worn so far, it has to be exchanged; without one there is no life to tell, only the curve. */
  readonly limit?: number;
  /** Wear of what is new: 0 when absent. */
  readonly fresh?: number | 'estimate';
  readonly families?: readonly WearFamily[];
  readonly criterion?: 'aicc' | 'bic';
  /** What a fleet says beforehand of the mean rate until the limit, in units of wear by unit of use. */
  readonly rate?: { readonly mean: number; readonly sigma: number };
  /** By name of a parameter: between what it is sought. */
  readonly bounds?: WearSetting['bounds'];
  readonly seed?: number;
  /** The last share of each run, predicted from what comes before; 0.3 when absent, 0: nothing is tried. */
  readonly validationShare?: number;
}

export interface WearAnswer extends FitAnswer {
  readonly useUnit: string;
  readonly family: WearFamily;
  /** Every shape tried, with its weight in the prediction of life. */
  readonly families: readonly {
    readonly family: WearFamily;
    readonly criterion: number;
    readonly weight: number;
  }[];
  /** relative: the noise grows with the wear. As a share of it, or in its unit. */
  readonly noise: { readonly kind: 'absolute' | 'relative'; readonly size: number };
  /** With a limit: of a part not seen yet, and of each run. */
  readonly life: WearLife | undefined;
  readonly runs: readonly WearRun[];
}

export interface WearRun {
  readonly run: string;
  readonly rate: number;
  readonly life: WearLife | undefined;
  /** Life as its first part alone foretold it. */
  readonly foretold: WearLife | undefined;
}

/** Before it is put into words. */
export interface FittedWear {
  readonly points: readonly WearPoint[];
  readonly kind: 'absolute' | 'relative';
  readonly best: PooledWear;
  readonly shapes: readonly (WeighedWear & { readonly criterion: number })[];
  readonly setting: WearSetting;
}
