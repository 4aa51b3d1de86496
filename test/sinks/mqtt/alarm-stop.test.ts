// Advice to stop: at a trip and at nothing else, once each time, and never for a trip that is over.
import { describe, expect, test } from 'vitest';
import { stopRequestSchema } from '../../../src/config/stop-request.ts';
import { matches } from '../../../src/sinks/mqtt/stop-request.ts';
import { alarmOf, changeOf } from '../alarm-scene.ts';
import { alarmStage } from './alarm-stage.ts';

async function stageWith(settings: object = {}) {
  const stopRequests = { 'press-1': stopRequestSchema.parse({ topic: 'press-1/stop', ...settings }) };
  const stage = alarmStage({ stopRequests });
  await stage.start();
  return { ...stage, stops: () => stage.bus.published.filter(({ topic }) => topic === 'press-1/stop') };
}

const trip = alarmOf(undefined, { trip: true, severity: 'critical' });

describe('a request to stop', () => {
  test('goes out at a trip, acknowledged and not kept, with what is wrong', async () => {
    const { tell, stops } = await stageWith();
    tell(changeOf('raised', alarmOf()));
    expect(stops()).toEqual([]);
    tell(changeOf('escalated', trip));
    expect(stops()).toHaveLength(1);
    expect(stops()[0]).toMatchObject({ qos: 1, retain: false });
    expect(JSON.parse(stops()[0]!.payload)).toMatchObject({
      ...{ v: 1, request: 'stop', machine: 'press-1', alarm: 'oil.temp.limit', occurrence: 7 },
      ...{
        severity: 'critical',
        cause: 'machine',
        bound: 60,
        unit: 'degC',
        since: '2026-11-20T23:46:00.100Z',
      },
    });
  });

  test('once for each time it comes, whatever becomes of the alarm', async () => {
    const { tell, stops, tick } = await stageWith();
    tell(changeOf('raised', trip));
    tell(changeOf('acknowledged', { ...trip, state: 'acknowledged' }), changeOf('evidence', trip));
    tell(changeOf('shelved', { ...trip, shelvedUntilMs: 1 }), changeOf('unshelved', trip));
    tick(5);
    expect(stops()).toHaveLength(1);
    tell(changeOf('removed', { ...trip, state: 'normal', active: false }));
    tell(changeOf('raised', { ...trip, occurrence: 8 }));
    expect(stops()).toHaveLength(2);
  });

  test('and again when it is back, also where nobody has acknowledged the first', async () => {
    const { tell, stops } = await stageWith();
    tell(changeOf('raised', trip));
    tell(changeOf('cleared', { ...trip, state: 'cleared', active: false }), changeOf('returned', trip));
    expect(stops()).toHaveLength(2);
    const warning = { ...trip, trip: false, severity: 'medium' } as const;
    tell(changeOf('eased', warning), changeOf('escalated', trip));
    expect(stops()).toHaveLength(3);
  });

  test('none of a trip that was put away while the broker was; one when it is told again', async () => {
    const { tell, stops, bus, tick, sink } = await stageWith();
    bus.setLink('down');
    tell(changeOf('raised', trip), changeOf('suppressed', { ...trip, suppressedBy: 'off' }));
    bus.setLink('up');
    tick(3);
    expect(stops()).toEqual([]);
    expect(sink.report()).toMatchObject({ depth: 0 });
    tell(changeOf('unsuppressed', trip));
    expect(stops()).toHaveLength(1);
  });

  test('not after a restart, for it was sent before', async () => {
    const { tell, stops } = await stageWith();
    tell(changeOf('restored', trip));
    expect(stops()).toEqual([]);
  });

  test('as the receiver wants it: its text, its topic, its alarms', async () => {
    const { tell, stops } = await stageWith({
      payload: 'STOP',
      retain: true,
      alarms: ['spindle.*', 'oil.?'],
    });
    tell(changeOf('raised', trip));
    expect(stops()).toEqual([]);
    tell(changeOf('raised', { ...trip, id: 'spindle.windingTemp.limit' }));
    expect(stops()).toMatchObject([{ payload: 'STOP', retain: true }]);
  });

  test('only of the severities that are meant, and not of what nobody is told', async () => {
    const { tell, stops } = await stageWith({ severities: ['critical'] });
    tell(changeOf('raised', { ...trip, severity: 'high' }));
    tell(changeOf('raised', { ...trip, id: 'b', shelvedUntilMs: 1 }));
    tell(changeOf('raised', { ...trip, id: 'c', suppressedBy: 'off' }));
    expect(stops()).toEqual([]);
    tell(changeOf('unsuppressed', { ...trip, id: 'c' }));
    expect(stops()).toHaveLength(1);
  });

  test('waits for the broker while the trip lasts, and for no longer', async () => {
    const { tell, stops, bus, tick, sink } = await stageWith();
    bus.setLink('down');
    tell(changeOf('raised', trip), changeOf('raised', { ...trip, id: 'b', occurrence: 8 }));
    tell(changeOf('cleared', { ...trip, state: 'cleared', active: false }));
    tick();
    bus.setLink('up');
    tick();
    expect(stops().map(({ payload }) => (JSON.parse(payload) as { alarm: string }).alarm)).toEqual(['b']);
    expect(sink.report()).toMatchObject({ depth: 0, dropped: { stop_late: 1 } });
  });

  test('is tried again when the broker refuses it', async () => {
    const { tell, stops, bus, tick } = await stageWith();
    bus.answer = 'refuse';
    tell(changeOf('raised', trip));
    tick();
    bus.answer = 'acknowledge';
    tick(3);
    expect(stops()).toHaveLength(1);
  });
});

test.each([
  ['spindle.*', 'spindle.windingTemp.limit', true],
  ['*', '', true],
  ['*.limit', 'a.limit', true],
  ['*.limit', 'a.limits', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['abc', 'abc', true],
  ['', 'a', false],
  [`${'*a'.repeat(60)}b`, 'a'.repeat(200), false],
])('the pattern %s and the id %s: %s', (pattern, id, answer) => {
  expect(matches(pattern, id)).toBe(answer);
});

test.each(['$share/x', 'a/+/b', '#', 'a/', ''])('no topic for it: %s', (topic) => {
  expect(stopRequestSchema.safeParse({ topic }).success).toBe(false);
});
