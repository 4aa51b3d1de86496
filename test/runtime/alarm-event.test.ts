// What becomes of an alarm as an event: what operators would call news, and of alarms on their list only.
import { expect, test } from 'vitest';
import { type Alarm, alarmChanges } from '../../src/core/alarm.ts';
import { alarmEvent, isGraveAlarm } from '../../src/runtime/alarm-event.ts';
import { createTeller } from '../../src/runtime/teller.ts';
import { keptLog } from '../silent-log.ts';
import { alarmOf, changeOf } from '../sinks/alarm-scene.ts';
import { sceneMs } from '../suites/scene.ts';

const kindsOf = (more: Partial<Alarm> = {}) =>
  alarmChanges.filter((kind) => alarmEvent(changeOf(kind, alarmOf('a', more))) !== undefined);

test('news is what begins, ends, or somebody did; not evidence, groups and what only a book needs', () => {
  expect(kindsOf()).toEqual([
    ...['raised', 'escalated', 'acknowledged', 'cleared', 'returned', 'latched', 'reset', 'shelved'],
    ...['unshelved', 'promoted', 'chattering'],
  ]);
  expect(kindsOf({ shelvedUntilMs: 1 })).toEqual(['shelved']);
  expect(kindsOf({ suppressedBy: 'off' })).toEqual([]);
  expect(kindsOf({ under: 'b' })).toEqual([]);
  expect(kindsOf({ under: 'b', trip: true })).toContain('escalated');
});

test('says what, by whom and how much, and belongs to its machine', () => {
  const alarm = alarmOf('oil.temp.limit', { state: 'acknowledged', by: 'anna', comment: 'seen' });
  expect(alarmEvent(changeOf('acknowledged', alarm, sceneMs + 5))).toEqual({
    ...{ kind: 'alarm', timeMs: sceneMs + 5, machine: 'press-1' },
    text: 'oil.temp.limit acknowledged by anna: oil.temp is 61.2 °C, above 60 °C',
    details: {
      ...{ alarm: 'oil.temp.limit', change: 'acknowledged', occurrence: 7, state: 'acknowledged' },
      ...{ severity: 'high', cause: 'machine', count: 1, value: 61.2346, bound: 60 },
      ...{ by: 'anna', comment: 'seen' },
    },
  });
  const event = alarmEvent(changeOf('cleared', { ...alarm, value: Number.NaN }))!;
  expect(event.text).toBe('oil.temp.limit is over: oil.temp is 61.2 °C, above 60 °C');
  expect(event.details).not.toHaveProperty('value');
});

test('every sink hears the change first and the event after it; a beginning is a warning in the log', () => {
  const log = keptLog();
  const heard: string[] = [];
  const nothing = { tick() {}, health() {}, forecast() {}, deadLetter() {} };
  const sink = {
    ...{ ...nothing, name: 'sink' },
    event: ({ kind }: { kind: string }) => void heard.push(kind),
    alarm: ({ kind }: { kind: string }) => void heard.push(kind),
  };
  const teller = createTeller([sink], log);
  for (const kind of ['raised', 'evidence', 'cleared'] as const) teller.alarm(changeOf(kind, alarmOf()));
  expect(heard).toEqual(['raised', 'alarm', 'evidence', 'cleared', 'alarm']);
  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  expect(isGraveAlarm({ kind: 'source-down', timeMs: 0, text: '' })).toBe(false);
});
