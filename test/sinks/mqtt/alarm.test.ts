// The operator's list at the broker: what stands is there, what does not is not, whatever the broker did meanwhile.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alarm, AlarmChangeKind } from '../../../src/core/alarm.ts';
import { sceneMs } from '../../suites/scene.ts';
import { alarmOf, changeOf } from '../alarm-scene.ts';
import { alarmStage, deskOf } from './alarm-stage.ts';

const topic = 'press-1/alarm/oil.temp.limit';
const stateIn = (text: string | undefined) => (JSON.parse(text ?? '{}') as { state?: string }).state;

describe('an alarm at the broker', () => {
  test('is one retained message at QoS 1 that says how it stands, and an empty one when it is over', async () => {
    const stage = alarmStage();
    await stage.start();
    stage.tell(changeOf('raised', alarmOf()));
    stage.tell(changeOf('acknowledged', alarmOf(undefined, { state: 'acknowledged', by: 'anna' })));
    stage.tell(changeOf('cleared', alarmOf(undefined, { state: 'normal', active: false })));
    const sent = stage.of(topic);
    expect(sent.map(({ qos, retain }) => [qos, retain])).toEqual(sent.map(() => [1, true]));
    expect(sent.map(({ payload }) => stateIn(payload || '{}'))).toEqual([
      'raised',
      'acknowledged',
      undefined,
    ]);
    expect(sent.at(-1)!.payload).toBe('');
    expect(stage.kept().size).toBe(0);
  });

  test.each<[string, AlarmChangeKind, Partial<Alarm>]>([
    ['shelved', 'shelved', { shelvedUntilMs: sceneMs + 60_000 }],
    ['suppressed', 'suppressed', { suppressedBy: 'off' }],
    ["another's consequence", 'grouped', { under: 'oil.pump.stuck' }],
    ['removed', 'removed', { state: 'normal', active: false }],
  ])('is not there while it is %s', async (_, kind, more) => {
    const stage = alarmStage();
    await stage.start();
    stage.tell(changeOf('raised', alarmOf()));
    expect(stage.kept().size).toBe(1);
    stage.tell(changeOf(kind, alarmOf(undefined, more)));
    expect(stage.kept().size).toBe(0);
  });

  test("stays when it trips, though it is another's consequence", async () => {
    const stage = alarmStage();
    await stage.start();
    stage.tell(changeOf('raised', alarmOf(undefined, { under: 'oil.pump.stuck' })));
    expect(stage.of(topic)).toEqual([]);
    stage.tell(changeOf('escalated', alarmOf(undefined, { under: 'oil.pump.stuck', trip: true })));
    expect(stage.kept().size).toBe(1);
  });
});

describe('whatever the broker does', () => {
  test('an outage costs no alarm: the last state of each is told on return, and nothing else', async () => {
    const stage = alarmStage();
    await stage.start();
    stage.tell(changeOf('raised', alarmOf('a')), changeOf('raised', alarmOf('b')));
    stage.bus.setLink('down', 'cable cut');
    stage.tell(changeOf('acknowledged', alarmOf('a', { state: 'acknowledged' })));
    stage.tell(changeOf('cleared', alarmOf('b', { state: 'normal' })));
    stage.tell(changeOf('raised', alarmOf('c')), changeOf('cleared', alarmOf('c', { state: 'normal' })));
    stage.tell(changeOf('raised', alarmOf('d')));
    const before = stage.bus.published.length;
    stage.bus.setLink('up');
    const told = stage.bus.published.slice(before).filter((message) => message.topic.includes('/alarm/'));
    expect(
      told.map((message) => [message.topic.split('/').at(-1), stateIn(message.payload || '{}')]),
    ).toEqual([
      ['a', 'acknowledged'],
      ['b', undefined],
      ['c', undefined],
      ['d', 'raised'],
    ]);
  });

  test('each new connection is told all that stand, for a broker forgets', async () => {
    const stage = alarmStage();
    await stage.start();
    stage.tell(changeOf('raised', alarmOf('a')), changeOf('raised', alarmOf('b')));
    stage.bus.published.length = 0;
    stage.bus.setLink('down');
    stage.bus.setLink('up');
    expect([...stage.kept().keys()]).toEqual(['press-1/alarm/a', 'press-1/alarm/b']);
  });

  test('what an earlier run left there is removed, of machines that are gone too; what stands is not', async () => {
    const stage = alarmStage();
    await stage.start();
    for (const left of ['press-1/alarm/old', 'press-9/alarm/x', 'press-1/alarm/stands'])
      stage.deliver(left, '{"state":"raised"}', true);
    stage.tell(changeOf('restored', alarmOf('stands')));
    expect(stage.of('press-1/alarm/old')).toEqual([]);
    stage.tick();
    expect(stage.of('press-1/alarm/old').map(({ payload }) => payload)).toEqual(['']);
    expect(stage.of('press-9/alarm/x').map(({ payload }) => payload)).toEqual(['']);
    expect([...stage.kept().keys()]).toEqual(['press-1/alarm/stands']);
    // Its own messages come by as well, and are not taken for old ones.
    stage.deliver('press-1/alarm/stands', '{}', false);
    stage.deliver('press-1/alarm/none', '', true);
    stage.tick(3);
    expect(stage.kept().size).toBe(1);
    expect(stage.of('press-1/alarm/none')).toEqual([]);
  });

  test('what stands and is still to be told after a restart is not taken away meanwhile', async () => {
    const stage = alarmStage();
    const desk = {
      ...deskOf(async () => ({ ok: false, why: '' })),
      list: () => [alarmOf('late'), alarmOf('put-away', { shelvedUntilMs: 1 })],
    };
    await stage.start({ alarms: desk });
    for (const left of ['press-1/alarm/late', 'press-1/alarm/put-away'])
      stage.deliver(left, '{"state":"raised"}', true);
    stage.tick(2);
    stage.tell(changeOf('restored', alarmOf('late')));
    stage.tick();
    const payloads = (id: string) => stage.of(`press-1/alarm/${id}`).map(({ payload }) => payload);
    expect(payloads('late')).toEqual([expect.stringContaining('"alarm":"late"')]);
    expect(payloads('put-away')).toEqual(['']);
  });

  test('a thousand at once are all told, a few under way at a time, and a refusal is tried again', async () => {
    const stage = alarmStage();
    await stage.start();
    stage.bus.answer = 'hold';
    for (let i = 0; i < 1000; i++) stage.tell(changeOf('raised', alarmOf(`alarm.${i}`)));
    expect(stage.bus.held).toBeLessThanOrEqual(10);
    expect(stage.sink.report().depth).toBeGreaterThanOrEqual(1000);
    while (stage.bus.release() > 0);
    expect(stage.kept().size).toBe(1000);
    stage.bus.answer = 'refuse';
    stage.tell(changeOf('raised', alarmOf('denied')));
    stage.tick(3);
    expect(stage.kept().has('press-1/alarm/denied')).toBe(false);
    stage.bus.answer = 'acknowledge';
    stage.tick();
    expect(stage.kept().has('press-1/alarm/denied')).toBe(true);
    expect(stage.sink.report()).toMatchObject({ depth: 0, dropped: { refused: 4 } });
  });

  test('any life of three alarms over any broker ends with the broker knowing what stands', async () => {
    const ids = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ do: fc.constant('tell'), id: ids, isOn: fc.boolean() }),
      fc.record({
        do: fc.constantFrom('lose', 'return', 'tick', 'hold', 'release', 'refuse', 'acknowledge'),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const stage = alarmStage();
        await stage.start();
        const stands = new Map<string, number>();
        let count = 0;
        for (const one of steps) {
          if ('id' in one) {
            count++;
            const state = one.isOn ? 'raised' : 'normal';
            if (one.isOn) stands.set(`press-1/alarm/${one.id}`, count);
            else stands.delete(`press-1/alarm/${one.id}`);
            stage.tell(changeOf(one.isOn ? 'raised' : 'cleared', alarmOf(one.id, { state, count })));
          } else if (one.do === 'lose') stage.bus.setLink('down');
          else if (one.do === 'return') stage.bus.setLink('up');
          else if (one.do === 'tick') stage.tick();
          else if (one.do === 'release') stage.bus.release(1);
          else stage.bus.answer = one.do as 'hold' | 'refuse' | 'acknowledge';
        }
        stage.bus.answer = 'acknowledge';
        if (stage.bus.link !== 'up') stage.bus.setLink('up');
        while (stage.bus.release() > 0);
        stage.tick(2);
        const counts = [...stage.kept()].map(
          ([at, text]) => [at, (JSON.parse(text) as { count: number }).count] as const,
        );
        expect(new Map(counts)).toEqual(stands);
        expect(stage.sink.report().depth).toBe(0);
      }),
    );
  });
});
