// What people and restarts do to a twin from outside, and what a twin has to say. Both pass through the core between
// two ticks, so that a recording of them replays to the same bits.
import type { Alarm, AlarmAction } from './alarm.ts';

/** What a twin remembers across a restart, by name, so that a newer model can take what it knows. */
export interface TwinMemory {
  readonly model: string;
  readonly modelVersion: string;
  readonly state: Readonly<Record<string, number>>;
  /** Inputs that hold until they are told otherwise: which tool is in the spindle. */
  readonly input?: Readonly<Record<string, number>> | undefined;
  readonly parameters: Readonly<Record<string, number>>;
  /** One standard deviation of each parameter that was learnt. */
  readonly sigma: Readonly<Record<string, number>>;
  /** Of `wear/watch.ts`: rates lately, and what inspections have told. */
  readonly wear: Readonly<Record<string, readonly number[]>>;
  /** Of `calibrate/filters.ts`: what the learners know. Absent: they begin anew. */
  readonly filters?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Of `alarm/`: the alarms that were not normal, and how many there have been. Absent: none. */
  readonly alarms?: AlarmMemory | undefined;
  /** Of `detect/`: what its detectors know to be normal. Absent: they learn anew. */
  readonly normals?: Readonly<Record<string, readonly number[]>> | undefined;
}

export interface AlarmMemory {
  readonly occurrences: number;
  /** So long one may be shelved, by the configuration then; absent: as usual. */
  readonly shelveMaxS?: number | undefined;
  /** Without what was seen around them. */
  readonly alarms: readonly Alarm[];
  /** Of `alarm/contact.ts`, by condition: what comes and goes. */
  readonly rhythms?: Readonly<Record<string, readonly number[]>> | undefined;
}

export type TwinCommand =
  /**
   * At the start: `gapS` is how long nobody watched, negative when nobody knows; wear is integrated over it where it is
   * known to go on.
   */
  | {
      readonly kind: 'restore';
      readonly machine: string;
      readonly memory: TwinMemory;
      readonly gapS: number;
      /** Whether work is believed to have gone on over the gap, so that its wear counts. */
      readonly integrate: boolean;
      /** By component: the wear that has been told, below which none may restart. */
      readonly told: Readonly<Record<string, number>>;
    }
  /** A rollback, or a set fitted elsewhere: the parameters that are named become these. */
  | {
      readonly kind: 'parameters';
      readonly machine: string;
      readonly values: Readonly<Record<string, number>>;
      readonly sigma: Readonly<Record<string, number>>;
    }
  /** Somebody has looked: wear as a share, and one standard deviation of the look. */
  | {
      readonly kind: 'inspected';
      readonly machine: string;
      readonly component: string;
      readonly wear: number;
      readonly sigma: number;
    }
  | { readonly kind: 'replaced'; readonly machine: string; readonly component: string }
  /** What an operator does with an alarm. Of a shelving: for how long. */
  | {
      readonly kind: 'alarm';
      readonly machine: string;
      readonly alarm: string;
      readonly action: AlarmAction;
      readonly by: string;
      readonly forS?: number | undefined;
      readonly comment?: string | undefined;
    }
  /** A source that feeds this machine is there or away: for whose fault it is that nothing comes. */
  | {
      readonly kind: 'link';
      readonly machine: string;
      readonly source: string;
      readonly up: boolean;
      readonly reason: string;
    };

export type TwinNews =
  | {
      readonly kind: 'diverged';
      readonly machine: number;
      readonly output: string;
      readonly divergence: number;
    }
  /** A new set has stood its trial; it is the twin's now. */
  | {
      readonly kind: 'recalibrated';
      readonly machine: number;
      readonly group: string;
      readonly reason: 'divergence' | 'drift';
      readonly values: Readonly<Record<string, number>>;
      readonly sigma: Readonly<Record<string, number>>;
      /** Where it learnt and where it stood trial, in gateway time. */
      readonly learnt: { readonly fromMs: number; readonly toMs: number };
      readonly trial: { readonly fromMs: number; readonly toMs: number };
      /** RMS of the residuals over the trial, in sigmas: of the old set and of the new one. */
      readonly errorBefore: number;
      readonly errorAfter: number;
    }
  /** A set was tried and was no better, or could not be tried. */
  | {
      readonly kind: 'not-recalibrated';
      readonly machine: number;
      readonly group: string;
      readonly why: string;
      readonly errorBefore: number;
      readonly errorAfter: number;
    }
  /** A replacement seen in the signals, or told. */
  | { readonly kind: 'replaced'; readonly machine: number; readonly component: string; readonly wear: number }
  | {
      readonly kind: 'inspected';
      readonly machine: number;
      readonly component: string;
      readonly wearBefore: number;
      readonly wear: number;
      readonly factorBefore: number;
      readonly factor: number;
    }
  /** Back from a restart: over `gapS` this much wear was put on each component. */
  | {
      readonly kind: 'restored';
      readonly machine: number;
      readonly gapS: number;
      readonly integrated: boolean;
      readonly wear: Readonly<Record<string, number>>;
    }
  /** Back from a time in which nothing told what the machine did; `gap` says how its wear was counted. */
  | {
      readonly kind: 'returned';
      readonly machine: number;
      readonly gapS: number;
      readonly gap: 'integrated' | 'at rest' | 'too long';
      readonly wear: Readonly<Record<string, number>>;
    }
  /** Told from outside: these are the parameters' values now. What it has not was left out, what was beyond is at its bound. */
  | {
      readonly kind: 'parameters';
      readonly machine: number;
      readonly values: Readonly<Record<string, number>>;
      readonly unknown: readonly string[];
      readonly clamped: readonly string[];
    }
  /** What an operator did with an alarm has been done; the change of it is among the core's. */
  | {
      readonly kind: 'alarm';
      readonly machine: number;
      readonly alarm: string;
      readonly action: AlarmAction;
      readonly text: string;
      /** As it is after it, normal or not. */
      readonly now: Alarm;
    }
  /** A source came or went: nothing that people need be told again. */
  | { readonly kind: 'link'; readonly machine: number; readonly source: string; readonly up: boolean }
  /** A command that changed nothing. */
  | {
      readonly kind: 'refused';
      readonly machine: number;
      readonly command: TwinCommand['kind'];
      readonly why: string;
    };
