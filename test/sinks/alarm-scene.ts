// Alarms as a book would tell of them, for the tests of those who deliver them.
import type { Alarm, AlarmChange, AlarmChangeKind, Evidence } from '../../src/core/alarm.ts';
import { sceneMs } from '../suites/scene.ts';

export function alarmOf(id = 'oil.temp.limit', more: Partial<Alarm> = {}): Alarm {
  return {
    ...{ machine: 'press-1', id, occurrence: 7, state: 'raised', active: true, latched: false },
    ...{ severity: 'high', trip: false, cause: 'machine', reasons: ['the twin says otherwise'] },
    ...{ text: 'oil.temp is 61.2 °C, above 60 °C', action: 'Look after the cooler.' },
    ...{
      signals: ['oil.temp'],
      detector: 'limits',
      score: 0.75,
      value: 61.234_567_8,
      bound: 60,
      unit: 'degC',
    },
    ...{ raisedMs: sceneMs, count: 1, consequences: [] },
    ...more,
  };
}

export function changeOf(kind: AlarmChangeKind, alarm: Alarm, timeMs = sceneMs): AlarmChange {
  return { kind, timeMs, alarm };
}

/** 40 s at 10 Hz of so many signals, with a spike in the first one, and a hole. */
export function evidenceOf(series = 4, steps = 400, spike = 99.5): Evidence {
  const column = (s: number) =>
    Array.from({ length: steps }, (_, i) => {
      if (i === 50) return null;
      if (s === 0 && i === 123) return spike;
      return 20 + s + Math.sin(i / 7) / 3;
    });
  const of = (name: string, unit: string, s: number) => ({ name, unit, values: column(s) });
  return {
    ...{ fromMs: sceneMs - 30_000, toMs: sceneMs + 10_000, stepMs: 40_000 / steps, complete: true },
    signals: Array.from({ length: series }, (_, s) => of(`signal.${s}`, 'A', s)),
    residuals: [of('signal.1', '', 1)],
    links: [{ timeMs: sceneMs - 500, source: 'shop', up: false, reason: 'the cable is cut' }],
  };
}
