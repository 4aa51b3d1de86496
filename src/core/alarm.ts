// An alarm: a finding with a life, after ISA-18.2. What sinks publish and the journal keeps; `alarm/` makes it.
import type { Cause, Severity } from './finding.ts';

/**
 * raised: its condition holds (or is latched) and nobody has said that he knows. acknowledged: holds, and somebody has.
 * cleared: is gone, and nobody has said that he knows. normal: is gone and known; it is not told any more.
 */
export const alarmStates = ['normal', 'raised', 'acknowledged', 'cleared'] as const;
export type AlarmState = (typeof alarmStates)[number];

export interface Alarm {
  readonly machine: string;
  /** The id of its condition. */
  readonly id: string;
  /** Counts up with each raise in this machine, over restarts: an occurrence of the journal. */
  readonly occurrence: number;
  readonly state: AlarmState;
  /** The condition holds now. */
  readonly active: boolean;
  readonly latched: boolean;
  /** Gateway time until which nobody is to be told; undefined: it is not shelved. */
  readonly shelvedUntilMs?: number | undefined;
  /** What the machine does, for which it is suppressed; undefined: it is not. */
  readonly suppressedBy?: string | undefined;
  readonly severity: Severity;
  readonly trip: boolean;
  readonly cause: Cause;
  /** Why that cause, the weightiest first. */
  readonly reasons: readonly string[];
  /** One line: what is wrong, with numbers. */
  readonly text: string;
  /** What the operator does about it. */
  readonly action: string;
  /** Names of signals, the one that contributes most first. */
  readonly signals: readonly string[];
  readonly detector: string;
  readonly score: number;
  readonly value?: number | undefined;
  readonly bound?: number | undefined;
  readonly unit?: string | undefined;
  readonly raisedMs: number;
  readonly clearedMs?: number | undefined;
  readonly acknowledgedMs?: number | undefined;
  readonly by?: string | undefined;
  readonly comment?: string | undefined;
  /** How often its condition has come since it was raised: a flapping signal is one alarm. */
  readonly count: number;
  /** The alarm whose consequence it is; it is then not told by itself, unless it trips. */
  readonly under?: string | undefined;
  /** Alarms that are its consequences. */
  readonly consequences: readonly string[];
  readonly evidence?: Evidence | undefined;
}

/** What was seen around the raise. */
export interface Evidence {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** False until the time after the raise has passed. */
  readonly complete: boolean;
  readonly signals: readonly EvidenceSeries[];
  /** In sigmas. */
  readonly residuals: readonly EvidenceSeries[];
  readonly links: readonly LinkChange[];
}

export interface EvidenceSeries {
  readonly name: string;
  readonly unit: string;
  /** One a step; null where nothing good was known. */
  readonly values: readonly (number | null)[];
}

export interface LinkChange {
  readonly timeMs: number;
  readonly source: string;
  readonly up: boolean;
  readonly reason: string;
}

/**
 * What may be said of an alarm. Of an occurrence the first is `raised` and the last is `removed`, which follows at once
 * whatever left it normal and not shelved. `returned`: it was cleared, and its condition is back. `escalated`, `eased`:
 * a warning became a trip, and the other way round. `grouped`: what it is under, or what is under it, is not as it was.
 * `promoted`: its first cause is gone, and it stands by itself.
 */
export const alarmChanges = [
  'raised',
  'escalated',
  'eased',
  'acknowledged',
  'cleared',
  'returned',
  'latched',
  'reset',
  'shelved',
  'unshelved',
  'suppressed',
  'unsuppressed',
  'grouped',
  'promoted',
  'chattering',
  'evidence',
  'restored',
  'removed',
] as const;
export type AlarmChangeKind = (typeof alarmChanges)[number];

/** `alarm` is as it is after the change, and belongs to whoever hears of it. */
export interface AlarmChange {
  readonly kind: AlarmChangeKind;
  readonly timeMs: number;
  readonly alarm: Alarm;
}

/** What an operator does with one. `reset`: of a latched one whose condition is gone. */
export const alarmActions = ['acknowledge', 'shelve', 'unshelve', 'reset'] as const;
export type AlarmAction = (typeof alarmActions)[number];

/** Whether an operator's list has it: not shelved, not suppressed, not another's consequence. */
export function isTold({ state, shelvedUntilMs, suppressedBy, under, trip }: Alarm): boolean {
  if (state === 'normal' || shelvedUntilMs !== undefined || suppressedBy !== undefined) return false;
  return under === undefined || trip;
}
