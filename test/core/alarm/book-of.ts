// A book of alarms on conditions of a test's choice, with the frames of a real model and their evidence: a test says what
// stands and what is known, tick by tick.

import { type AlarmRequest, askBook } from '../../../src/core/alarm/ask.ts';
import { liveAlarms, newAlarmBook } from '../../../src/core/alarm/book.ts';
import type { AlarmOptions } from '../../../src/core/alarm/policy.ts';
import type { Alarm, AlarmChange, AlarmChangeKind } from '../../../src/core/alarm.ts';
import { newDetection, type SignalOrigin } from '../../../src/core/detect/detection.ts';
import { type AlarmPolicy, type Condition, newStanding } from '../../../src/core/finding.ts';
import { newFrame, Origins } from '../../../src/core/frame.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { Quality } from '../../../src/core/quality.ts';
import { parametersOf } from '../../../src/core/twin.ts';

export const startMs = 1_790_000_000_000;
export const periodMs = 100;

const signals = [...mill.inputs, ...mill.outputs];

export const policy: AlarmPolicy = {
  ...{ severity: 'medium', tripSeverity: 'critical', onDelayS: 1, offDelayS: 5 },
  ...{ latched: false, suppressedIn: [] },
};

export function condition(
  id: string,
  detector: Condition['detector'] = 'limits',
  more: Partial<AlarmPolicy> & { rows?: readonly number[] } = {},
): Condition {
  const { rows = [rowOf('spindle.windingTemp')], ...rest } = more;
  return { id, detector, rows, text: '', policy: { ...policy, ...rest } };
}

export function rowOf(signal: string): number {
  const row = signals.findIndex(({ name }) => name === signal);
  if (row < 0) throw new RangeError(`no signal ${signal}`);
  return row;
}

export interface BookOptions {
  readonly options?: AlarmOptions;
  readonly origins?: readonly SignalOrigin[];
}

export type TestBook = ReturnType<typeof bookOf>;

export function bookOf(conditions: readonly Condition[], { options, origins }: BookOptions = {}) {
  const layout = { id: 'mill-1', model: mill, signals, lagMs: 0, parameters: parametersOf(mill) };
  const frame = newFrame(layout);
  const book = newAlarmBook({ machine: 'mill-1', conditions, layout, origins, options });
  const detection = newDetection({ frame, periodS: periodMs / 1000 });
  const standing = newStanding(conditions.length);
  const changes: AlarmChange[] = [];
  let tick = -1;
  const index = (id: string) => {
    const c = conditions.findIndex((one) => one.id === id);
    if (c < 0) throw new RangeError(`no condition ${id}`);
    return c;
  };
  know(true);

  function know(isKnown: boolean, rows: readonly number[] = signals.map((_, row) => row)): void {
    for (const row of rows) {
      frame.origin[row] = isKnown ? Origins.measured : Origins.missing;
      frame.value[row] = isKnown ? 20 : Number.NaN;
      frame.quality[row] = isKnown ? Quality.good : Quality.badNoCommunication;
      frame.ageMs[row] = isKnown ? 50 : Number.POSITIVE_INFINITY;
    }
  }

  return {
    book,
    changes,
    frame,
    standing,
    know,
    get nowMs() {
      return startMs + Math.max(0, tick) * periodMs;
    },
    get tick() {
      return tick;
    },
    /** Goes on after this tick. */
    after(another: number) {
      tick = another;
    },
    set(id: string, level: 0 | 1 | 2) {
      standing.level[index(id)] = level;
    },
    /** So many ticks later, all of them but the last left out where `skip`. */
    run(s: number, skip = false) {
      const ticks = Math.round((s * 1000) / periodMs);
      if (skip) tick += ticks - 1;
      for (let k = skip ? ticks - 1 : 0; k < ticks; k++) {
        tick++;
        frame.tick = tick;
        frame.timeMs = startMs + tick * periodMs;
        liveAlarms(book, standing, frame, periodMs / 1000, changes, detection);
      }
    },
    ask(request: Omit<AlarmRequest, 'by'> & { by?: string }) {
      const reply = askBook(book, { by: 'Ann', ...request }, changes);
      return 'why' in reply ? reply.why : '';
    },
    alarm(id: string): Alarm | undefined {
      return book.live.get(index(id));
    },
    /** What has been told since it was asked the last time, of one condition or of all. */
    told(id?: string): string[] {
      const some = changes.splice(0).filter(({ alarm }) => id === undefined || alarm.id === id);
      return some.map(({ kind, alarm }) => (id === undefined ? `${alarm.id} ${kind}` : kind));
    },
  };
}

/** How often each kind of change was told. */
export function counts(changes: readonly AlarmChange[]): Partial<Record<AlarmChangeKind, number>> {
  const found: Partial<Record<AlarmChangeKind, number>> = {};
  for (const { kind } of changes) found[kind] = (found[kind] ?? 0) + 1;
  return found;
}
