// The outbox on disk under virtual time: what the broker did not get live comes out of history, at least once, in order,
// at a limited rate; and the place in history moves only with acknowledgements.
import { describe, expect, test } from 'vitest';
import { createHall, type Hall, root } from './hall.ts';

async function running(settings: object = {}, options = {}): Promise<Hall> {
  const hall = createHall(settings, options);
  await hall.bus.start();
  await hall.start();
  await hall.run(3);
  return hall;
}

const fast = { backfill: { samplesPerS: 100_000 } };
const cursor = (hall: Hall) => hall.archive.cursors.get('mqtt/samples')!;

describe('what was missed', () => {
  test('nothing is told again while all goes well, and the place in history follows', async () => {
    const hall = await running(fast);
    await hall.run(60);
    expect(hall.told()).toEqual([]);
    expect(hall.nowMs - cursor(hall)).toBeLessThan(8000);
    expect(hall.missing(cursor(hall))).toEqual([]);
    expect(hall.sink.report()).toMatchObject({ depth: 0, backfill: { samples: 0 } });
    expect(hall.sink.report().backfill!.backlogS).toBeLessThan(3);
  });

  test('after an outage all of it, in order of receipt, once', async () => {
    const hall = await running(fast);
    hall.bus.setLink('down');
    await hall.run(60);
    expect(hall.sink.report().backfill!.backlogS).toBeGreaterThan(59);
    const away = hall.nowMs;
    hall.bus.setLink('up');
    await hall.run(20);
    expect(hall.missing(away)).toEqual([]);
    const values = hall.backfilled();
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(new Set(values).size).toBe(values.length);
    // A second of duplicates at either end, since seconds are told whole.
    expect(values.length).toBeLessThan(64 * 50);
    expect(hall.sink.report().backfill).toEqual({ backlogS: 0, samples: values.length });
  });

  test('a message: whole seconds of receipt, named by their number, with the times of the samples', async () => {
    const hall = await running(fast);
    hall.bus.setLink('down');
    await hall.run(5);
    hall.bus.setLink('up');
    await hall.run(2);
    const [message] = hall.told().filter(({ signals }) => (signals?.['oil.temp']?.value.length ?? 0) === 50);
    const { seq, from, to, signals } = message!;
    expect(Date.parse(from)).toBe(seq * 1000);
    expect(Date.parse(to)).toBe((seq + 1) * 1000);
    const { time, value, quality } = signals!['oil.temp']!;
    expect(quality).toBeUndefined();
    const stored = hall.archive.samples.filter(({ tag, receiveMs }) => {
      return tag === 7 && receiveMs > seq * 1000 && receiveMs <= (seq + 1) * 1000;
    });
    expect(time).toEqual(stored.map(({ timeMs }) => timeMs));
    expect(value).toEqual(stored.map((sample) => sample.value));
    const published = hall.bus.arrived.find(({ topic }) => topic === `${root}/press-1/backfill`);
    expect(published).toMatchObject({ qos: 1, retain: false });
  });

  test('the unit is the one of the signal, whatever the tag had', async () => {
    const hall = await running(fast, { unit: 'K' });
    hall.bus.setLink('down');
    await hall.run(3);
    hall.bus.setLink('up');
    await hall.run(2);
    const first = hall.backfilled()[0]!;
    expect(first + 273.15).toBeCloseTo(Math.round(first + 273.15), 3);
  });

  test('what came too late for its frame, and only that', async () => {
    const hall = await running(fast);
    hall.weather.delayMs = 5000;
    await hall.run(1);
    hall.weather.delayMs = 0;
    await hall.run(12);
    expect(hall.backfilled()).toHaveLength(50);
    expect(hall.told().every(({ late }) => late === true)).toBe(true);
    expect(hall.missing(cursor(hall))).toEqual([]);
  });

  // Each offset puts the end of the outage elsewhere in a second: back-fill tells whole ones.
  test.each([0.1, 0.5, 1])('what came just before the first frame after an outage, +%d s', async (s) => {
    const hall = await running(fast);
    hall.weather.delayMs = 290;
    await hall.run(3);
    hall.bus.setLink('down');
    await hall.run(5 + s);
    hall.bus.setLink('up');
    await hall.run(12);
    expect(hall.missing(cursor(hall))).toEqual([]);
  });

  test('what came before an outage with a stamp ahead, whose frame fell into it', async () => {
    const hall = await running(fast);
    hall.weather.delayMs = -4000;
    await hall.run(20);
    hall.bus.setLink('down');
    await hall.run(5);
    hall.bus.setLink('up');
    await hall.run(20);
    expect(hall.missing(cursor(hall))).toEqual([]);
  });

  test('a clock that is a little ahead has next to nothing told twice', async () => {
    const hall = await running(fast);
    hall.weather.delayMs = -40;
    await hall.run(60);
    expect(hall.backfilled().length).toBeLessThan(0.02 * 60 * 50);
    expect(hall.nowMs - cursor(hall)).toBeLessThan(8000);
  });

  test('ticks that were missed had no frames', async () => {
    const hall = await running(fast);
    hall.skipTicks(30);
    await hall.run(10);
    expect(hall.missing(cursor(hall))).toEqual([]);
    expect(hall.backfilled().length).toBeGreaterThanOrEqual(145);
  });

  test('frames that a slow peer never got', async () => {
    const hall = await running({ ...fast, outbox: { inflight: 1 }, signals: { enabled: false, qos: 1 } });
    hall.bus.open = false;
    await hall.run(10);
    hall.bus.open = true;
    hall.bus.flow();
    await hall.run(10);
    expect(hall.missing(cursor(hall))).toEqual([]);
    expect(cursor(hall)).toBeGreaterThan(hall.nowMs - 8000);
  });

  test('a second with many samples comes in parts that say so', async () => {
    const hall = await running({ backfill: { samplesPerS: 100_000, batchSamples: 20 } });
    hall.bus.setLink('down');
    await hall.run(5);
    hall.bus.setLink('up');
    await hall.run(5);
    const whole = hall.told().filter(({ parts }) => parts === 3);
    expect(whole.slice(0, 4).map(({ part }) => part)).toEqual([0, 1, 2, 0]);
    expect(whole.slice(0, 3).map(({ signals }) => signals!['oil.temp']!.value.length)).toEqual([20, 20, 10]);
    expect(hall.missing(cursor(hall))).toEqual([]);
  });
});

describe('at least once', () => {
  test('a kill in the middle: the next run goes on from what was acknowledged, and repeats under the same number', async () => {
    const hall = await running({ backfill: { samplesPerS: 500 } });
    hall.bus.setLink('down');
    await hall.run(60);
    hall.bus.setLink('up');
    await hall.run(4);
    const before = hall.told();
    expect(before.length).toBeGreaterThan(5);
    await hall.kill();
    await hall.run(30);
    expect(hall.missing(cursor(hall))).toEqual([]);
    const after = hall.told().slice(before.length);
    const known = new Map(before.map((message) => [message.seq, message]));
    const again = after.filter(({ seq }) => known.has(seq));
    for (const message of again)
      expect({ ...known.get(message.seq), connection: 0 }).toEqual({ ...message, connection: 0 });
    expect(again.length).toBeLessThan(before.length);
  });

  test('what is lost in a connection that breaks is told on the next one', async () => {
    const hall = await running(fast);
    for (let round = 0; round < 5; round++) {
      hall.bus.setLink('down');
      await hall.run(3);
      hall.bus.setLink('up');
      hall.bus.open = false;
      await hall.run(2);
      hall.bus.flow(Math.floor(hall.bus.inPipe / 2));
      expect(hall.missing(cursor(hall))).toEqual([]);
      hall.bus.setLink('down');
      hall.bus.open = true;
    }
    hall.bus.setLink('up');
    await hall.run(10);
    expect(hall.missing(hall.nowMs - 8000)).toEqual([]);
  });

  test('control: with a broker that is believed before it has anything, data is lost', async () => {
    const hall = await running(fast);
    hall.bus.hasty = true;
    hall.bus.setLink('down');
    await hall.run(3);
    hall.bus.setLink('up');
    hall.bus.open = false;
    await hall.run(3);
    await hall.kill();
    hall.bus.open = true;
    await hall.run(10);
    expect(hall.missing(hall.nowMs - 8000).length).toBeGreaterThan(50);
  });

  test('a refused message is tried again with patience, and nothing overtakes it', async () => {
    const hall = await running(fast);
    hall.bus.refuse = '/backfill';
    hall.bus.setLink('down');
    await hall.run(10);
    hall.bus.setLink('up');
    await hall.run(60);
    expect(hall.told()).toEqual([]);
    expect(hall.missing(cursor(hall))).toEqual([]);
    const asked = hall.archive.asked.filter((question) => question === 'received').length;
    expect(asked).toBeLessThan(20);
    expect(hall.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    hall.bus.refuse = undefined;
    await hall.run(60);
    expect(hall.missing(cursor(hall))).toEqual([]);
    const values = hall.backfilled();
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(hall.nowMs - cursor(hall)).toBeLessThan(8000);
  });

  test('a broker that denies the mark: said once, and the backlog shows it', async () => {
    const hall = await running(fast);
    const place = cursor(hall);
    hall.bus.refuse = '/mark';
    await hall.run(60);
    expect(cursor(hall) - place).toBeLessThan(8000);
    expect(hall.sink.report().backfill!.backlogS).toBeGreaterThan(50);
    expect(hall.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    hall.bus.refuse = undefined;
    await hall.run(20);
    expect(hall.nowMs - cursor(hall)).toBeLessThan(8000);
    expect(hall.sink.report().backfill!.backlogS).toBe(0);
  });

  test('a history that does not answer costs time', async () => {
    const hall = await running(fast);
    hall.bus.setLink('down');
    await hall.run(10);
    hall.archive.broken = true;
    hall.bus.setLink('up');
    await hall.run(20);
    expect(hall.told()).toEqual([]);
    hall.archive.broken = false;
    await hall.run(60);
    expect(hall.missing(cursor(hall))).toEqual([]);
    expect(hall.nowMs - cursor(hall)).toBeLessThan(8000);
  });
});

describe('beside what is live', () => {
  test('no more samples a second than allowed, and every frame', async () => {
    const hall = await running({ backfill: { samplesPerS: 500 } });
    hall.bus.setLink('down');
    await hall.run(320);
    hall.bus.setLink('up');
    const frames = () => hall.bus.arrived.filter(({ topic }) => topic.endsWith('/frame')).length;
    for (let i = 0; i < 3; i++) {
      const [told, live] = [hall.backfilled().length, frames()];
      await hall.run(10);
      expect(hall.backfilled().length - told).toBeLessThanOrEqual(5000 + 200);
      expect(hall.backfilled().length - told).toBeGreaterThan(4000);
      expect(frames() - live).toBe(100);
    }
  });

  test('a link that answers slowly has one message under way at a time', async () => {
    const hall = await running({
      backfill: { samplesPerS: 100_000, inflight: 8 },
      frames: { enabled: false },
      signals: { enabled: false },
    });
    hall.bus.setLink('down');
    await hall.run(100);
    hall.bus.setLink('up');
    hall.bus.open = false;
    for (let i = 0; i < 20; i++) {
      await hall.run(1);
      hall.bus.flow();
    }
    await hall.run(1);
    // Beside it a mark and the health.
    expect(hall.bus.inPipe).toBeLessThanOrEqual(3);
  });

  test('history is asked for little more than what is sent', async () => {
    const hall = await running({ backfill: { samplesPerS: 500 } });
    hall.bus.setLink('down');
    await hall.run(600);
    hall.archive.asked.length = 0;
    hall.bus.setLink('up');
    await hall.run(40);
    // 4000 samples an answer, 500 a second.
    expect(hall.archive.asked.filter((question) => question === 'received').length).toBeLessThanOrEqual(8);
  });
});
