// A condition: something a detector can state of a machine, known when the machine is set up. A finding is that
// statement at one tick; it has no life of its own (alarm.ts has).
import type { DetectorKind } from './detect/detector.ts';

/** The least first; a closed set: a label of metrics. */
export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Whose fault it is. */
export const causes = ['machine', 'sensor', 'comms', 'unknown'] as const;
export type Cause = (typeof causes)[number];

/** How a condition becomes an alarm; from the defaults of its kind and the configuration. */
export interface AlarmPolicy {
  /** Of a warning, and of a trip. */
  readonly severity: Severity;
  readonly tripSeverity: Severity;
  /** It has to last so long before it is one, and to be gone so long before it is none. */
  readonly onDelayS: number;
  readonly offDelayS: number;
  /** Stays until somebody resets it, though its condition is gone. */
  readonly latched: boolean;
  /** While the machine does one of these (names of its behaviour), it is suppressed. */
  readonly suppressedIn: readonly string[];
}

export interface Condition {
  /** One level of a topic, unique in its machine and the same after a restart: `spindle.windingTemp.limit`. */
  readonly id: string;
  /** `link`: a source is away. `divergence`: of the twin. `ensemble`: several together. */
  readonly detector: DetectorKind | 'link' | 'divergence' | 'ensemble';
  /** Rows of the frame it is about; of a joint detector all it looks at. */
  readonly rows: readonly number[];
  /** Words for people: the template of its text. */
  readonly text: string;
  /** The template of what the operator does about it; absent: what its kind says. Of both `alarm/texts.ts` has the words. */
  readonly action?: string;
  /** Of its numbers, where that is not the unit of the signal: of a rise of a temperature. */
  readonly unit?: string;
  readonly policy: AlarmPolicy;
}

/** By condition, of one tick. Reused. */
export interface Standing {
  /** 0 nothing, 1 a warning, 2 a trip. */
  readonly level: Uint8Array;
  /** 0 to 1. */
  readonly score: Float64Array;
  /** What is passed, by what: NaN where there is no such thing. */
  readonly value: Float64Array;
  readonly bound: Float64Array;
  /** The row that contributes most, -1 for none: of a joint detector it changes. */
  readonly row: Int32Array;
}

export function newStanding(conditions: number): Standing {
  const nothing = () => new Float64Array(conditions).fill(Number.NaN);
  return {
    level: new Uint8Array(conditions),
    score: new Float64Array(conditions),
    value: nothing(),
    bound: nothing(),
    row: new Int32Array(conditions).fill(-1),
  };
}

/** Of a condition, for this tick. */
export function stand(
  { level, score, value, bound, row }: Standing,
  c: number,
  levelNow: number,
  scoreNow: number,
  valueNow: number,
  boundNow: number,
  rowNow: number,
): void {
  level[c] = levelNow;
  score[c] = scoreNow;
  value[c] = valueNow;
  bound[c] = boundNow;
  row[c] = rowNow;
}

/** Whose fault a finding is, and why: from evidence. */
export interface Attribution {
  readonly cause: Cause;
  /** 0 to 1. */
  readonly confidence: number;
  /** Short sentences, the weightiest first. */
  readonly reasons: readonly string[];
}
