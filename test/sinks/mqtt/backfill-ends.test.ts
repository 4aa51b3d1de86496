// Where the back-fill begins and ends: gaps of the history, ages, first starts, clocks, marks, and off.
import { describe, expect, test } from 'vitest';
import { createHall, type Hall, root } from './hall.ts';

async function running(settings: object = {}): Promise<Hall> {
  const hall = createHall(settings);
  await hall.bus.start();
  await hall.start();
  await hall.run(3);
  return hall;
}

const fast = { backfill: { samplesPerS: 100_000 } };
const cursor = (hall: Hall) => hall.archive.cursors.get('mqtt/samples')!;

describe('gaps and ends', () => {
  test('what history does not have is told as a gap, with its reason', async () => {
    const hall = await running(fast);
    await hall.kill(30);
    await hall.run(10);
    const gaps = hall.told().flatMap(({ gap }) => gap ?? []);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: 'stopped' });
    expect(Date.parse(gaps[0]!.to) - Date.parse(gaps[0]!.from)).toBeGreaterThanOrEqual(30_000);
    expect(hall.missing(cursor(hall))).toEqual([]);
  });

  test('beyond the age that is caught up with there is a gap', async () => {
    const hall = await running({ backfill: { samplesPerS: 100_000, maxAgeH: 0.01 } });
    hall.bus.setLink('down');
    const from = hall.nowMs;
    await hall.run(100);
    hall.bus.setLink('up');
    await hall.run(20);
    const [{ gap } = { gap: undefined }] = hall.told();
    expect(gap).toMatchObject({ reason: 'too_old' });
    expect(Math.abs(Date.parse(gap!.from) - from)).toBeLessThan(5000);
    const missing = hall.missing(hall.nowMs - 8000);
    expect(missing.length).toBeGreaterThan(60 * 50);
    const times = new Map(hall.archive.samples.map(({ value, receiveMs }) => [value, receiveMs]));
    expect(missing.every((value) => times.get(value)! <= Date.parse(gap!.to))).toBe(true);
  });

  test('at its first start it begins at now, also when no broker is there yet', async () => {
    const hall = createHall(fast);
    await hall.run(20);
    await hall.start();
    const began = hall.nowMs;
    await hall.run(10);
    expect(cursor(hall)).toBe(began);
    hall.bus.setLink('up');
    await hall.run(5);
    expect(hall.backfilled()[0]).toBeGreaterThan(20 * 50 - 51);
    expect(hall.backfilled().length).toBeGreaterThan(9 * 50);
  });

  test('a place ahead of the clock is no place to wait for', async () => {
    const hall = createHall(fast);
    hall.archive.cursors.set('mqtt/samples', hall.nowMs + 1e9);
    await hall.bus.start();
    await hall.start();
    await hall.run(3);
    hall.bus.setLink('down');
    await hall.run(5);
    const away = hall.nowMs;
    hall.bus.setLink('up');
    await hall.run(5);
    expect(hall.missing(away)).toEqual([]);
  });

  test('a clock that was set back: what an earlier run got by the later time is told when it comes to it', async () => {
    const hall = createHall(fast);
    const storedMs = hall.nowMs + 20_000;
    hall.archive.samples.push({ tag: 7, value: -1, quality: 0, timeMs: storedMs, receiveMs: storedMs });
    hall.archive.lastReceivedMs = storedMs;
    hall.archive.cursors.set('mqtt/samples', storedMs - 5000);
    await hall.bus.start();
    await hall.start();
    await hall.run(10);
    hall.archive.samples.sort((a, b) => a.receiveMs - b.receiveMs);
    await hall.run(30);
    expect(hall.backfilled()).toContain(-1);
    expect(hall.missing(cursor(hall))).toEqual([]);
  });

  test('the mark says what has arrived: all of it, and live', async () => {
    const hall = await running({ backfill: { samplesPerS: 100 } });
    hall.bus.setLink('down');
    await hall.run(20);
    hall.bus.setLink('up');
    await hall.run(5);
    const marks = () =>
      hall.bus.arrived
        .filter(({ topic }) => topic === `${root}/history/mark`)
        .map(({ payload }) => JSON.parse(payload) as { upTo: string; live: string });
    const last = () => marks().at(-1)!;
    expect(hall.nowMs - Date.parse(last().live)).toBeLessThan(1500);
    expect(hall.nowMs - Date.parse(last().upTo)).toBeGreaterThan(15_000);
    expect(hall.missing(Date.parse(last().upTo))).toEqual([]);
    await hall.run(30);
    expect(hall.nowMs - Date.parse(last().upTo)).toBeLessThan(8000);
    expect(hall.missing(Date.parse(last().upTo))).toEqual([]);
  });

  test('switched off, nothing is marked, told or kept', async () => {
    const hall = await running({ backfill: { enabled: false } });
    hall.bus.setLink('down');
    await hall.run(5);
    hall.bus.setLink('up');
    await hall.run(5);
    expect(hall.told()).toEqual([]);
    expect(hall.archive.asked).toEqual([]);
    expect(hall.archive.cursors.size).toBe(0);
  });
});
