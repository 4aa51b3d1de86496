// What a fit is given and what it answers: the nouns of `core/fit`. Times in seconds, values in SI units (°C for
// temperatures); a missing value is NaN. How a file becomes a record is not known here.

/** Columns over one time. Segments are what hangs together: across the edge of one nothing is differentiated. */
export interface FitRecord {
  /** Ascending within a segment. */
  readonly timeS: Float64Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly segments: readonly FitSegment[];
}

/** Rows `from` up to, without, `to`. */
export interface FitSegment {
  readonly from: number;
  readonly to: number;
  readonly use: 'fit' | 'validation';
  /** Another run than the segment before it, however close their times: nothing hidden goes on from there. */
  readonly apart?: boolean;
}

export interface FitParameter {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  /** Where the search starts, and between what. */
  readonly start: number;
  readonly min: number;
  readonly max: number;
  /** What is known before the data; absent: nothing but the bounds. */
  readonly prior?: { readonly mean: number; readonly sigma: number };
}

export interface FittedParameter {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  readonly value: number;
  /** NaN of a known one. */
  readonly sigma: number;
  readonly low95: number;
  readonly high95: number;
  /** It was given, not estimated. */
  readonly known: boolean;
  /** The data would have it beyond a bound. */
  readonly atBound: boolean;
}

export interface Goodness {
  readonly samples: number;
  readonly rmse: number;
  /** RMSE over the range of what was measured, and over its standard deviation. */
  readonly nrmseRange: number;
  readonly nrmseStd: number;
  readonly r2: number;
  /** ‖measured − predicted‖ / ‖measured‖. */
  readonly relativeError: number;
  readonly bias: number;
  readonly worst: number;
}

/** One output as it was measured and as the fitted model simulates it, row by row of the record. */
export interface FitTrace {
  readonly output: string;
  readonly unit: string;
  readonly measured: Float64Array;
  readonly predicted: Float64Array;
  readonly fit: Goodness;
  readonly validation: Goodness | undefined;
}

export interface FitAnswer {
  readonly model: string;
  readonly method: string;
  readonly parameters: readonly FittedParameter[];
  readonly traces: readonly FitTrace[];
  /** What a careful reader should know: a bound, two parameters that cannot be told apart, too little motion. */
  readonly warnings: readonly string[];
  /** What was chosen on the way, and how figures are meant: nothing to worry about. */
  readonly notes: readonly string[];
  readonly converged: boolean;
  /** Starts tried, and how many of them ended at the best optimum. */
  readonly starts: { readonly tried: number; readonly agreed: number };
}

/** Told now and then by what takes long, from 0 to 1. */
export type FitProgress = (share: number) => void;
