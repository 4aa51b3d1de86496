// Requests about alarms over MQTT: each is answered, and what is old, kept, wrong or too much is refused in words.
import { describe, expect, test } from 'vitest';
import type { AlarmAnswer } from '../../../src/ports.ts';
import { poll } from '../../poll.ts';
import { sceneMs } from '../../suites/scene.ts';
import { alarmOf } from '../alarm-scene.ts';
import { alarmStage, deskOf } from './alarm-stage.ts';

const done: AlarmAnswer = {
  ok: true,
  text: 'oil.temp.limit is acknowledged',
  alarm: alarmOf(undefined, { state: 'acknowledged' }),
};
const good = { id: 'r1', alarm: 'oil.temp.limit', action: 'acknowledge', by: 'anna' };

async function asked(answer: AlarmAnswer | Error = done) {
  const desk = deskOf(async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const stage = alarmStage();
  await stage.start({ alarms: desk });
  const one = async (body: unknown, machine?: string, isRetained?: boolean) => {
    const before = stage.answers(machine).length;
    stage.ask(machine ?? 'press-1', body, isRetained);
    await poll('an answer', () => stage.answers(machine).length > before);
    return stage.answers(machine).at(-1)!;
  };
  return { ...stage, desk, one };
}

describe('a request', () => {
  test('is done and answered with its id, at QoS 1 and not kept', async () => {
    const { one, desk, of } = await asked();
    expect(await one(good)).toEqual({
      ...{ v: 1, id: 'r1', ok: true, alarm: 'oil.temp.limit', action: 'acknowledge', state: 'acknowledged' },
      ...{ text: 'oil.temp.limit is acknowledged', time: '2026-11-20T23:46:00.100Z' },
    });
    expect(desk.wishes).toEqual([
      { machine: 'press-1', alarm: 'oil.temp.limit', action: 'acknowledge', by: 'anna' },
    ]);
    expect(of('press-1/response/alarm')[0]).toMatchObject({ qos: 1, retain: false });
  });

  test('to shelve says for how long, and a comment comes along', async () => {
    const { one, desk } = await asked();
    await one({ ...good, id: 7, action: 'shelve', minutes: 1.5, comment: 'sensor is at the shop' });
    expect(desk.wishes[0]).toMatchObject({ action: 'shelve', forS: 90, comment: 'sensor is at the shop' });
  });

  test('of now is taken, whichever way its time is written', async () => {
    const { one, desk } = await asked();
    for (const time of [sceneMs - 59_000, sceneMs + 59_000, '2026-11-20T23:45:30Z'])
      expect(await one({ ...good, time })).toMatchObject({ ok: true });
    expect(desk.wishes).toHaveLength(3);
  });

  test('that the desk refuses, or fails at, is answered with its words', async () => {
    const refused = await asked({ ok: false, why: 'there is no alarm oil.temp.limit' });
    expect(await refused.one(good)).toMatchObject({ ok: false, why: 'there is no alarm oil.temp.limit' });
    const failed = await asked(new Error('the disk is gone'));
    expect(await failed.one(good)).toMatchObject({ ok: false, why: 'the disk is gone' });
    const stage = alarmStage();
    await stage.start();
    stage.ask('press-1', good);
    await poll('an answer', () => stage.answers().length > 0);
    expect(stage.answers()[0]).toMatchObject({ ok: false, why: 'nothing here watches for alarms' });
  });
});

describe('is refused, answered and counted', () => {
  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{"id":', /expected an object/],
    ['no object', '[1]', /expected an object/],
    ['too long', { ...good, comment: 'x'.repeat(5000) }, /longer than 4096/],
    ['no alarm', { ...good, alarm: undefined }, /"alarm" is missing/],
    ['an action that is none', { ...good, action: 'delete' }, /none of acknowledge, shelve, unshelve, reset/],
    ['nobody', { ...good, by: ' ' }, /"by" is missing/],
    ['a comment that is none', { ...good, comment: 7 }, /"comment" is no text/],
    ['a shelf without an end', { ...good, action: 'shelve' }, /"minutes" is missing/],
    ['a shelf for ever', { ...good, action: 'shelve', minutes: 1e6 }, /at most 10080/],
    ['a time that is none', { ...good, time: 'soon' }, /"time" is no time/],
    ['an old one', { ...good, time: sceneMs - 61_000 }, /it is 61 s old, and here it is 2026-11-20T23:46/],
    ['one of a clock ahead', { ...good, time: sceneMs + 3_600_000 }, /3600 s ahead of ours/],
  ])('%s', async (_, body, why) => {
    const { one, desk, of, sink } = await asked();
    const answer = await one(body);
    expect(answer).toMatchObject({ ok: false });
    expect(answer['why']).toMatch(why);
    expect(desk.wishes).toEqual([]);
    expect(sink.report().dropped).toEqual({ request: 1 });
    expect(of('dlq/request')).toHaveLength(1);
  });

  test('one that the broker kept: it may be of last year', async () => {
    const { one, desk } = await asked();
    expect(await one(good, 'press-1', true)).toMatchObject({ ok: false, id: 'r1' });
    expect(desk.wishes).toEqual([]);
  });

  test('its removal asks nothing', async () => {
    const { ask, answers, desk, bus } = await asked();
    bus.published.length = 0;
    ask('press-1', '', true);
    expect([answers(), desk.wishes, bus.published]).toEqual([[], [], []]);
  });

  test('a flood: ten at once, ten a second after, the rest is counted and not answered', async () => {
    const { ask, answers, desk, pass, sink } = await asked();
    for (let i = 0; i < 500; i++) ask('press-1', { ...good, id: i });
    await poll('the answers', () => answers().length >= 10);
    expect(desk.wishes).toHaveLength(10);
    expect(sink.report().dropped['request']).toBe(490);
    pass(1000);
    for (let i = 0; i < 500; i++) ask('press-1', { ...good, id: i });
    expect(desk.wishes).toHaveLength(20);
  });
});
