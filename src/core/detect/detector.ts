// The contract of a detector: a pure, streaming judge of columns. It looks at one moment after another, never ahead,
// keeps a bounded state of its own, and is silent until it knows what is normal in what the machine is doing.

export const detectorKinds = [
  'limits',
  'rate',
  'cusum',
  'robust-z',
  'ewma',
  'change-point',
  'stuck',
  'silent',
  'pca',
  'forest',
  'spectrum',
] as const;
export type DetectorKind = (typeof detectorKinds)[number];

/** What there is to see at one moment: signals of a machine at a tick, or a row of a file. Reused: copy what is kept. */
export interface View {
  /** Never decreasing. */
  timeMs: number;
  /** Since the view before; 0 in the first. */
  dtS: number;
  /** By column: what it is worth now (aligned); NaN where nothing good is known. */
  readonly value: Float64Array;
  /** By column: measured minus predicted, in sigmas; NaN where there is no twin or no sensor. */
  readonly residual: Float64Array;
  /** By column: of the samples that have come since the view before: least, greatest, newest; NaN where none has. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly last: Float64Array;
  /** By column: since the newest sample, good or bad; Infinity before the first. */
  readonly ageS: Float64Array;
  /** By column: OPC UA status code of `value`. */
  readonly quality: Uint32Array;
  /** What the machine is doing, 0 to the number of modes less one; -1: nobody knows. Each has a normal of its own. */
  mode: number;
}

/** What a detector says of a view. Reused: it belongs to the caller, who made it with `newVerdict`. */
export interface Verdict {
  /** 0 is as ever, 1 as never before; 0 as long as the detector does not know. At 0.5 it would speak (`level` 1). */
  score: number;
  /** By column: the same, of a detector that judges each by itself; of a joint one, how much of `score` is its doing. */
  readonly scores: Float64Array;
  /** By column (of a joint detector: all in [0]): 0 nothing, 1 a warning, 2 a trip. With hysteresis, without delays. */
  readonly levels: Uint8Array;
  /** By column: the number it is about and the bound it passed, for a text. */
  readonly values: Float64Array;
  readonly bounds: Float64Array;
  /** By column ([0] of a joint one): 0 to 1, how much of what it has to learn in this mode it has learnt; 1: it speaks. */
  readonly readiness: Float64Array;
}

export function newVerdict(columns: number): Verdict {
  const of = () => new Float64Array(Math.max(1, columns));
  return {
    score: 0,
    scores: of(),
    levels: new Uint8Array(Math.max(1, columns)),
    values: of().fill(Number.NaN),
    bounds: of().fill(Number.NaN),
    readiness: of(),
  };
}

export function newView(columns: number): View {
  const nothing = () => new Float64Array(columns).fill(Number.NaN);
  return {
    timeMs: 0,
    dtS: 0,
    value: nothing(),
    residual: nothing(),
    low: nothing(),
    high: nothing(),
    last: nothing(),
    ageS: new Float64Array(columns).fill(Number.POSITIVE_INFINITY),
    quality: new Uint32Array(columns),
    mode: 0,
  };
}

/** What every detector is made with, beside options of its own. */
export interface DetectorSetup {
  readonly columns: number;
  readonly modes: number;
  /** Usual time between two views. */
  readonly periodS: number;
  /** By column: 1 for one that it is to watch; absent: all. */
  readonly watched?: Uint8Array;
}

/**
 * A detector is a constant and its state is data, so that a snapshot and a hash of the core reach it: no closures, no
 * classes, typed arrays where there are many numbers. `observe` allocates nothing in the long run.
 */
export interface Detector<State, Options> {
  readonly kind: DetectorKind;
  /** True: one judgement over all columns together; false: each column by itself. */
  readonly joint: boolean;
  /** For people: one line on what it sees. */
  readonly about: string;
  /** The options it has when nobody says anything. */
  readonly usual: Options;
  /** In seconds of a mode, until it speaks of it; 0: at once. */
  needsS(setup: DetectorSetup, options: Options): number;
  create(setup: DetectorSetup, options: Options): State;
  /** Looks and learns; fills `verdict` whole. What it takes for abnormal it learns from slowly or not at all. */
  observe(state: State, view: View, verdict: Verdict): void;
  /** What it has learnt, as plain finite numbers by name, to go on from after a restart. Absent: it begins anew. */
  remember?(state: State): Record<string, readonly number[]>;
  /** What does not fit is left out. */
  recall?(state: State, memory: Readonly<Record<string, readonly number[]>>): void;
}
