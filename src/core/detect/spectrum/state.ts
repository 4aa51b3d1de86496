// What the spectrum detector is made with and what it keeps. Numbers only.
import type { BearingPart } from '../../derive/bearing.ts';
import type { Demodulation } from '../../derive/demodulate.ts';
import type { Fft } from '../../derive/fft.ts';
import type { Turns } from '../../derive/turns.ts';
import type { DetectorSetup } from '../detector.ts';
import type { Tail } from '../joint/tail.ts';

/** A bearing whose orders are looked for beside the plain bands, in every watched column but that of the speed. */
export interface SpectrumBearing {
  /** How often a turn of the shaft each part is met. */
  readonly orders: Readonly<Record<BearingPart, number>>;
  /** The column of the shaft's speed, and how it becomes turns a second; -1: it always turns `turnsHz`. */
  readonly speedColumn: number;
  readonly turnsHz: number;
  /** In which a pit makes something ring; 0 and 0: an eighth of the rate up to nearly half of it. */
  readonly fromHz: number;
  readonly toHz: number;
}

export interface SpectrumOptions {
  /** A power of two; a spectrum is of so many views, and made anew each quarter of them. */
  readonly windowViews: number;
  /** So long it looks at a mode, and at so many spectra of it, before it speaks. */
  readonly learnS: number;
  readonly learnWindows: number;
  readonly forgetS: number;
  /** How often a spectrum of normal running passes its bound, in any band. */
  readonly alpha: number;
  /** A band has to rise to so many times its usual energy at least: what is less is sure, and nothing. */
  readonly riseMin: number;
  readonly bearing?: SpectrumBearing;
}

export type BandKind = 'band' | 'tone' | 'envelope';

/** What is learnt of and judged: a stretch of frequencies, or a part of the bearing in the samples or their envelope. */
export interface BandSpec {
  readonly kind: BandKind;
  /** Bins of a plain band, both included. */
  readonly firstBin: number;
  readonly lastBin: number;
  readonly part: BearingPart | null;
}

/** By column and band, one after another. */
export interface SpectrumNormal {
  /** Spectra seen, by column. */
  readonly seen: Float64Array;
  /** Of the logarithm of the energy. */
  readonly weight: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Of the same, followed over some spectra: what lasts stands out of it sooner. */
  readonly slowVariance: Float64Array;
  /** Of the furthest band of each spectrum, all columns together, by what theory allows. */
  readonly tail: Tail;
  seenBound: number;
}

export interface SpectrumState {
  readonly options: SpectrumOptions;
  readonly setup: DetectorSetup;
  readonly watched: Int32Array;
  readonly bands: readonly BandSpec[];
  readonly hop: number;
  readonly normals: (SpectrumNormal | null)[];
  /** The newest views, by watched column, and of the shaft's speed; `head` is the oldest of all of them. */
  readonly ring: Float64Array;
  readonly speed: Float64Array;
  /** Columns whose value was missing are bridged: so many views of the ring are. */
  readonly bridged: Int32Array;
  readonly isBridged: Uint8Array;
  head: number;
  views: number;
  mode: number;
  viewsInMode: number;
  readonly fft: Fft;
  readonly input: Float64Array;
  readonly hann: Float64Array;
  readonly power: Float64Array;
  readonly turns: Turns | null;
  readonly demodulation: Demodulation | null;
  readonly energies: Float64Array;
  /** By watched column and band, of the mode it is in: how far the logarithm has been from its mean of late. */
  readonly slow: Float64Array;
  /** By watched column, until its next spectrum: how far its furthest band is, which that is, and what it was. */
  readonly ratio: Float64Array;
  readonly band: Int32Array;
  readonly rms: Float64Array;
  readonly bound: Float64Array;
  readonly level: Uint8Array;
}
