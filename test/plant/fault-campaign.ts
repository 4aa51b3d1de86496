// What the alarms of a machine are worth, in figures: seeded runs of it with one fault each or none, met as the shipped
// configuration meets them. For the bench, which prints the table, and for a test, which holds a few runs to it.
import { type Alarm, type AlarmChange, isTold } from '../../src/core/alarm.ts';
import type { Cause } from '../../src/core/finding.ts';
import type { Fault } from '../../src/plant/fault.ts';
import { playRun } from './fault-play.ts';
import { campaignStartMs, type RunRecord, type RunSpec } from './fault-record.ts';

/** What a fault is to be found within twice of, who is to be blamed, and which signals it is in. */
interface Expected {
  readonly tauS: number;
  readonly why: string;
  readonly cause: Cause;
  readonly signals: RegExp;
}

export const expected: Readonly<Record<Fault, Expected>> = {
  bearing: {
    ...{ tauS: 15, cause: 'machine', signals: /^(spindle\.|machine\.power)/ },
    why: 'its friction grows with 15 s; counted while the spindle turns',
  },
  cooling: {
    ...{ tauS: 150, cause: 'machine', signals: /^spindle\.\w+Temp/ },
    why: '600 J/K of the bearing over what is left of its ways out, 0.26 K/W',
  },
  'dull-tool': {
    ...{ tauS: 15, cause: 'machine', signals: /^(spindle\.|machine\.power|axis\.)/ },
    why: 'half of what one part is cut for, 30 s with four tools; counted in the cut',
  },
  'stuck-sensor': {
    ...{ tauS: 195, cause: 'sensor', signals: /^spindle\.windingTemp/ },
    why: '250 J/K of the winding over 0.78 K/W to the housing',
  },
  silent: {
    ...{ tauS: 10, cause: 'comms', signals: /^(spindle\.\w+Temp|ambient)/ },
    why: 'what the configuration calls missing',
  },
  spike: {
    ...{ tauS: 5, cause: 'sensor', signals: /^spindle\.current/ },
    why: 'one reading in twenty, twenty a second: five of them',
  },
};

export interface ToldAlarm {
  readonly atS: number;
  readonly id: string;
  readonly signals: readonly string[];
  readonly cause: Cause;
  readonly reasons: readonly string[];
}

export interface Outcome {
  readonly spec: RunSpec;
  /** Machine time without a fault, in hours, and the alarms told in it. */
  readonly healthyH: number;
  readonly falseAlarms: readonly ToldAlarm[];
  /** The first alarm about it: since the onset, and of that the time in which it could show; undefined: none came. */
  readonly found?: ToldAlarm & { readonly afterS: number; readonly shownS: number };
  /** Whose fault it is, when the ten seconds after the raise are in. */
  readonly settled?: Cause;
}

export function meetRun(record: RunRecord): Outcome {
  const { spec, shownS } = record;
  const onsetS = spec.fault === undefined ? spec.seconds : spec.atS;
  const falseAlarms: ToldAlarm[] = [];
  let found: Outcome['found'];
  let occurrence = -1;
  let settled: Cause | undefined;
  const take = ({ kind, alarm, timeMs }: AlarmChange, nowS: number) => {
    if (alarm.occurrence === occurrence && kind === 'evidence') settled = alarm.cause;
    if (!isNewlyTold(kind, alarm)) return;
    const told = toldOf(alarm, (timeMs - campaignStartMs) / 1000);
    if (nowS <= onsetS) falseAlarms.push(told);
    else if (found === undefined && spec.fault !== undefined && isAbout(alarm, spec.fault)) {
      found = { ...told, afterS: nowS - onsetS, shownS: shownS[Math.round(nowS * 10) - 1]! };
      ({ occurrence } = alarm);
      settled = alarm.cause;
    }
  };
  playRun(record, (core, nowS) => {
    for (const change of core.alarmChanges) take(change, nowS);
  });
  return {
    ...{ spec, falseAlarms, healthyH: onsetS / 3600 },
    ...(found !== undefined && { found }),
    ...(settled !== undefined && { settled }),
  };
}

/** An operator's list has one more. */
function isNewlyTold(kind: AlarmChange['kind'], alarm: Alarm): boolean {
  return ['raised', 'returned', 'promoted', 'unsuppressed', 'escalated'].includes(kind) && isTold(alarm);
}

function isAbout({ signals }: Alarm, fault: Fault): boolean {
  return signals.slice(0, 1).some((name) => expected[fault].signals.test(name));
}

function toldOf({ id, signals, cause, reasons }: Alarm, atS: number): ToldAlarm {
  return { atS, id, signals, cause, reasons };
}

export interface Line {
  readonly fault: Fault;
  readonly runs: number;
  readonly found: number;
  readonly inTime: number;
  readonly attributed: number;
  readonly atOnce: number;
  readonly p50S: number;
  readonly p95S: number;
}

export interface Summary {
  readonly lines: readonly Line[];
  readonly faultRuns: number;
  readonly healthyRuns: number;
  /** Of all runs with a fault. */
  readonly detection: number;
  readonly attribution: number;
  readonly healthyH: number;
  readonly falseAlarms: number;
  readonly falsePer100H: number;
}

export function summarise(outcomes: readonly Outcome[]): Summary {
  const faulty = outcomes.filter(({ spec }) => spec.fault !== undefined);
  const lines = (Object.keys(expected) as Fault[]).flatMap((fault) => {
    const runs = faulty.filter(({ spec }) => spec.fault === fault);
    return runs.length === 0 ? [] : [lineOf(fault, runs)];
  });
  const sum = (of: (line: Line) => number) => lines.reduce((total, line) => total + of(line), 0);
  const healthyH = outcomes.reduce((total, one) => total + one.healthyH, 0);
  const falseAlarms = outcomes.reduce((total, one) => total + one.falseAlarms.length, 0);
  return {
    ...{ lines, healthyH, falseAlarms, faultRuns: faulty.length },
    healthyRuns: outcomes.length - faulty.length,
    detection: sum((line) => line.inTime) / faulty.length,
    attribution: sum((line) => line.attributed) / faulty.length,
    falsePer100H: (falseAlarms / healthyH) * 100,
  };
}

function lineOf(fault: Fault, runs: readonly Outcome[]): Line {
  const { tauS, cause } = expected[fault];
  const delays = runs
    .flatMap(({ found }) => (found === undefined ? [] : [found.shownS]))
    .sort((a, b) => a - b);
  const count = (is: (run: Outcome) => boolean) => runs.filter(is).length;
  return {
    ...{ fault, runs: runs.length, found: delays.length },
    inTime: delays.filter((delay) => delay <= 2 * tauS).length,
    attributed: count(({ settled }) => settled === cause),
    atOnce: count(({ found }) => found?.cause === cause),
    p50S: quantile(delays, 0.5),
    p95S: quantile(delays, 0.95),
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
