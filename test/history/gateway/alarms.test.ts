// Alarms from the gateway's side of the history: lines at once, evidence a little at each tick, nothing lost at a stop.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AlarmRow } from '../../../src/history/commit.ts';
import { createAlarmFeed } from '../../../src/history/thread/alarm-feed.ts';
import { poll } from '../../poll.ts';
import { alarmOf, changeOf, evidenceOf } from '../../sinks/alarm-scene.ts';
import { type House, openHouse } from './house.ts';

const all = { fromMs: 0, toMs: 1e15, limit: 10_000 };
let house: House & { dir: string };

beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

async function stored() {
  const reader = house.reader();
  try {
    return await reader.alarms(all);
  } finally {
    reader.close();
  }
}

test('a thousand changes at once are lines of the journal with the next commit', async () => {
  for (let i = 0; i < 1000; i++)
    house.history.alarm(changeOf('raised', alarmOf(`a.${i}`, { occurrence: i })));
  await poll('the journal', async () => (await stored()).length === 1000);
  expect((await stored()).map(({ alarm }) => alarm.occurrence)).toEqual(
    Array.from({ length: 1000 }, (_, i) => i),
  );
});

test('while the disk is full they wait, and are there in order when there is room', async () => {
  house.faults.full = true;
  for (let i = 0; i < 10; i++) house.history.alarm(changeOf('raised', alarmOf(`a.${i}`)));
  await poll('it is known', () => house.history.report().state === 'full');
  expect(await stored()).toEqual([]);
  house.faults.full = false;
  await poll('the journal', async () => (await stored()).length === 10);
});

test('evidence goes a little at a tick, and all of it at a stop', () => {
  const rows: AlarmRow[] = [];
  const feed = createAlarmFeed((row) => rows.push(row));
  const evidence = evidenceOf(2, 40);
  for (let i = 0; i < 100; i++) feed.add(changeOf('evidence', alarmOf('a', { occurrence: i, evidence })));
  feed.add(changeOf('cleared', alarmOf('a', { evidence })));
  expect(rows.map(({ kind }) => kind)).toEqual(['cleared']);
  expect(rows[0]!.evidence).toBeUndefined();
  feed.tick();
  expect(rows.length).toBeLessThan(10);
  const before = rows.length;
  for (let i = 0; i < 5; i++) feed.tick();
  expect(rows.length).toBe(before + 5 * (before - 1));
  feed.flush();
  expect(rows.filter((row) => row.evidence !== undefined)).toHaveLength(100);
});

test('what was seen and waits is on the disk when the history has stopped', async () => {
  const evidence = evidenceOf(2, 40);
  for (let i = 0; i < 50; i++)
    house.history.alarm(changeOf('evidence', alarmOf('a', { occurrence: i, evidence })));
  await house.history.stop();
  const reader = house.reader();
  const found = await reader.evidence({ machine: 'press-1', occurrence: 49 });
  reader.close();
  expect(found?.signals).toHaveLength(2);
});
