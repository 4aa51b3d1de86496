// The Model contract: equations and specifications, constant. State is numbers and belongs to the caller.

export interface SignalSpec {
  readonly name: string;
  readonly unit: string;
  /** One line for people. */
  readonly about: string;
  readonly align: AlignPolicy;
  /** Value assumed while nothing has ever been measured (inputs) or before the first step (outputs). */
  readonly initial: number;
  /** One standard deviation of the sensor that can contradict this output; residuals are in this unit. */
  readonly sigma?: number;
  /** Normal span of an output, the denominator of the divergence: defined also where the value is zero. */
  readonly span?: number;
  /** Physical limits, for those who draw it. */
  readonly min?: number;
  readonly max?: number;
  /** Smallest change worth publishing, in `unit`; from the configuration of the machine. */
  readonly deadband?: number;
  /** What its values are; numbers unless said otherwise. */
  readonly kind?: SignalKind;
  /** Of an angle: a full turn in `unit`, and the least value it is told with (0 when absent). */
  readonly period?: number;
  readonly from?: number;
  /** Of a signal that is computed: from what, in words. */
  readonly derived?: string;
  /** The state this output observes directly, and how fast a correction pulls it (time constant, s). */
  readonly observes?: { readonly state: string; readonly gainTauS: number };
}

export interface StateSpec {
  readonly name: string;
  readonly unit: string;
  readonly initial: number;
  /** The input this state remembers: a twin that joins a running machine starts from it, not from rest. */
  readonly follows?: string;
  /** Wear: kept across restarts, never decreasing. */
  readonly persistent?: boolean;
}

export interface ParameterSpec {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly priorSigma: number;
}

/** A component that wears: which persistent state says how far, and how a measurement of it reads. */
export interface WearSpec {
  /** `bearing`, `spindle`, `tool.3`. */
  readonly component: string;
  /** The state, 0 new to 1 worn out. */
  readonly state: string;
  /** Worn so far, it has to be exchanged. */
  readonly limit: number;
  /** The parameter that multiplies its rate: 1 is as expected. What an inspection learns. */
  readonly factor: string;
  /** One standard deviation of the wear it may have when a twin first sees it; 0: it is known to be new. */
  readonly startSigma?: number;
  /** How an inspection may be told besides the share: `full` in `unit` is a wear of 1. */
  readonly gauge?: {
    readonly unit: string;
    readonly full: number;
    /** The output that says it of the one in use: limits of that output hold for each, as the twin reckons it. */
    readonly output?: string;
  };
}

/** Parameters that can be learnt together from what some sensors say while the machine works. */
export interface CalibrationSpec {
  /** `axis.x`, `spindle`, `heat`. */
  readonly name: string;
  /** rls: outputs that follow from the inputs of the moment. ekf: with states that have to be estimated too. */
  readonly method: 'rls' | 'ekf';
  readonly outputs: readonly string[];
  readonly parameters: readonly string[];
  /** Of an ekf. */
  readonly states?: readonly string[];
  /** What teaches: moments in which the size of each of these inputs is in its range. */
  readonly when?: readonly CalibrationRange[];
  /** Of an ekf whose states all come to the value of one input, in their unit, when these inputs are in their range. */
  readonly rest?: { readonly input: string; readonly when: readonly CalibrationRange[] };
}

export interface CalibrationRange {
  readonly input: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A state that says what the machine is doing, as an index into `names`. */
export interface BehaviourSpec {
  readonly state: string;
  readonly names: readonly string[];
}

/** A state that counts for people: hours, cycles. */
export interface CounterSpec {
  readonly name: string;
  readonly state: string;
  readonly unit: string;
  readonly about: string;
}

/**
 * linear: between neighbours. hold: the last one, ageing. previous: the last one, for events, never ageing.
 * nearest: whichever neighbour is nearer in time, ageing.
 */
export const alignPolicies = ['linear', 'hold', 'previous', 'nearest'] as const;
export type AlignPolicy = (typeof alignPolicies)[number];

/** angle: turns, so that 359 and 1 are neighbours. enum: a state, and nothing lies between two of them. */
export const signalKinds = ['number', 'angle', 'enum'] as const;
export type SignalKind = (typeof signalKinds)[number];

/**
 * Where a machine of this kind is not to go. Of a signal the machine has not (or that nothing measures) it says nothing;
 * a configuration may have others.
 */
export interface LimitSpec {
  /** An output, an input, or a signal that configurations are used to add. */
  readonly signal: string;
  /** How far above this signal, where it is not about the value itself: the rise over ambient. */
  readonly above?: string;
  readonly side: 'high' | 'low';
  readonly warning: number;
  readonly trip: number;
  /** So far back before it is over. */
  readonly hysteresis: number;
  readonly onDelayS: number;
  readonly offDelayS: number;
  /** What an operator does about it, in one sentence. */
  readonly action: string;
}

/** A way in which a machine of this kind fails, of which a forecast gives the probability. */
export interface FailureSpec {
  /** One word of metrics and topics: `winding-hot`, `bearing-worn`. */
  readonly name: string;
  readonly about: string;
  /** A component that is worn to its limit (or `threshold`), or an output that passes a threshold. */
  readonly of: { readonly component: string } | { readonly output: string };
  readonly threshold: number;
}

export interface Model {
  readonly id: string;
  readonly version: string;
  readonly inputs: readonly SignalSpec[];
  readonly outputs: readonly SignalSpec[];
  readonly states: readonly StateSpec[];
  readonly parameters: readonly ParameterSpec[];
  readonly wear?: readonly WearSpec[];
  readonly calibration?: readonly CalibrationSpec[];
  readonly behaviour?: BehaviourSpec;
  readonly counters?: readonly CounterSpec[];
  readonly limits?: readonly LimitSpec[];
  readonly failures?: readonly FailureSpec[];
  /**
   * Advances `x` by `dtS` under inputs `u` and writes the outputs `y`, by index of the specs above.
   * Allocates nothing, keeps nothing, and is stable for any `dtS` > 0.
   */
  step(p: Float64Array, x: Float64Array, u: Float64Array, dtS: number, y: Float64Array): void;
}
