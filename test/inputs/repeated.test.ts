// Rows: duplicates, and what comes late or out of order.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newIntake } from '../../src/core/intake.ts';
import { createFeed } from '../../src/runtime/feed.ts';
import { poll } from '../poll.ts';
import { type Inputs, openInputs, periodMs } from './fixture.ts';
import { feedParts } from './small-feed.ts';

const lagMs = 400;
let shop: Inputs;
beforeAll(async () => {
  const time = { field: 't', format: 'ms' };
  shop = await openInputs(
    {
      shop: {
        type: 'mqtt',
        topics: [
          { topic: 'shop/{m}', time, fields: { v: '{m}/v', w: '{m}/w', i: { tag: '{m}/i', kind: 'int64' } } },
          { topic: 'numbered/{m}', time, sequence: 'seq', fields: { v: '{m}/v' } },
          { topic: 'counted/{m}', sequence: 'seq', fields: { v: '{m}/v' } },
        ],
      },
    },
    { mill: { model: 'mill', lagMs, signals: { 'spindle.windingTemp': 'shop/mill/v' } } },
  );
});
afterAll(() => shop.close());

const counter = (reason: string) =>
  shop.metric(`gemel_samples_rejected_total{source="shop",reason="${reason}"}`);

describe('Duplicate (same source and sequence, or same time and value): stored once, counted', () => {
  test('the same sequence number', async () => {
    const before = await counter('duplicate');
    const t = Date.now();
    expect((await shop.send('numbered/a', { t, seq: 7, v: 1 })).samples).toHaveLength(1);
    const again = await shop.send('numbered/a', { t, seq: 7, v: 1 });
    expect(again).toMatchObject({ samples: [], rejected: ['duplicate'] });
    expect((await shop.send('numbered/a', { t: t + 1, seq: 8, v: 1 })).samples).toHaveLength(1);
    expect(await counter('duplicate')).toBe(before + 1);
  });
  test('the same sequence number without a time', async () => {
    await shop.send('counted/b', { seq: 7, v: 1 });
    expect((await shop.send('counted/b', { seq: 7, v: 1 })).rejected).toEqual(['duplicate']);
  });
  test('a device that restarts counts from 0 again: no duplicate', async () => {
    const t = Date.now();
    for (const seq of [0, 1, 2]) await shop.send('numbered/c', { t: t + seq, seq, v: 1 });
    expect((await shop.send('numbered/c', { t: t + 5000 - 10, seq: 0, v: 1 })).samples).toHaveLength(1);
  });
  test('the same time and value; another value or another time is another sample', async () => {
    const t = Date.now();
    expect((await shop.send('shop/d', { t, v: 1 })).samples).toHaveLength(1);
    expect(await shop.send('shop/d', { t, v: 1 })).toMatchObject({ samples: [], rejected: ['duplicate'] });
    await poll('it to be told', () => shop.letters.some(({ excerpt }) => excerpt === 'd/v = 1'));
    expect((await shop.send('shop/d', { t, v: 2 })).samples).toHaveLength(1);
    expect((await shop.send('shop/d', { t: t + 1, v: 2 })).samples).toHaveLength(1);
  });
  test('a whole run sent again after a broken link, all of it older than the newest: each stored once', async () => {
    const t = Date.now() - 1000;
    const run = Array.from({ length: 20 }, (_, i) => ({ t: t + 10 * i, v: i % 3, w: 5 }));
    for (const message of run) await shop.send('shop/e', message);
    const again = await shop.during('shop', () =>
      Promise.all(run.slice(0, 19).map((message) => shop.send('shop/e', message))),
    );
    expect(again.samples).toEqual([]);
    expect(again.rejected).toHaveLength(38);
    expect(new Set(again.rejected)).toEqual(new Set(['duplicate']));
    expect(again.remarks['late']).toBeUndefined();
  });
  test('64-bit integers that differ only beyond what a number holds are two samples', async () => {
    const t = Date.now();
    await shop.send('shop/f', { t, i: '9007199254740993' });
    expect((await shop.send('shop/f', { t, i: '9007199254740992' })).samples).toHaveLength(1);
    expect((await shop.send('shop/f', { t, i: '9007199254740992' })).rejected).toEqual(['duplicate']);
  });
  test('without any time nothing says that two are one: both are stored', async () => {
    await shop.send('counted/g', { v: 1 });
    expect((await shop.send('counted/g', { v: 1 })).samples).toHaveLength(1);
  });
  test('a repetition leaves no other trace: nothing is remarked of it, and its clock was not set back', async () => {
    const parts = feedParts(1000);
    const feed = createFeed('s', parts.account, 10, { ...parts, intake: newIntake(4) });
    const tag = feed.tag({ name: 'v', unit: '', kind: 'number', max: 1 });
    const t = parts.clock.nowMs();
    for (let i = 1; i <= 30; i++) {
      await parts.world.runTo(i * 500 + 1);
      feed.push(tag, 2, 0, t + i * 500 + 0.25);
    }
    const { out_of_range, clock_corrected } = parts.account.ledger.remarks;
    for (let i = 11; i <= 30; i++) {
      await parts.world.runTo((i + 20) * 500 + 1);
      feed.push(tag, 2, 0, t + i * 500 + 0.25);
    }
    expect(parts.account.ledger).toMatchObject({ pending: 30, rejected: { duplicate: 20 } });
    expect(parts.account.ledger.remarks).toMatchObject({ out_of_range, clock_corrected });
    expect(parts.account.clocks.get('')!.steppedMs).toBeNaN();
  });
  test('what a full inbox refused was not seen: its repetition is taken', () => {
    const parts = feedParts(2);
    const feed = createFeed('s', parts.account, 10, { ...parts, intake: newIntake(4) });
    const tag = feed.tag({ name: 'v', unit: '', kind: 'number' });
    const t = parts.clock.nowMs();
    for (const i of [0, 1, 2]) feed.push(tag, i, 0, t + i);
    expect(parts.account.ledger).toMatchObject({ received: 3, pending: 2, rejected: { inbox_full: 1 } });
    parts.inbox.drain(t + 1000);
    feed.push(tag, 2, 0, t + 2);
    expect(parts.account.ledger).toMatchObject({ pending: 3, rejected: { inbox_full: 1, duplicate: 0 } });
  });
});

describe('Late or out of order: stored at its source time, counted `late`; frames already emitted never change', () => {
  const temp = () => shop.frames.map(({ time, signals }) => [time, signals['spindle.windingTemp']!] as const);

  test('stored at its source time, and counted', async () => {
    const t = Date.now();
    await shop.send('shop/x', { t, v: 1 });
    const series = 'gemel_samples_remarked_total{source="shop",remark="late"}';
    const before = await shop.metric(series);
    const late = await shop.send('shop/x', { t: t - 300, v: 2 });
    expect(await shop.metric(series)).toBe(before + 1);
    expect(late).toMatchObject({ rejected: [], remarks: { late: 1 } });
    expect(late.samples).toMatchObject([{ value: 2, quality: 'Good', timeMs: t - 300, rawMs: t - 300 }]);
  });

  test('while its frame is still open it is in it; afterwards the frame stays as it was emitted', async () => {
    const iso = (ms: number) => new Date(ms).toISOString();
    /** Out of order, but the frame of its time is made only lagMs later: undefined when that was too soon. */
    const outOfOrder = async (base: number) => {
      const at = base - 50;
      await shop.send('shop/mill', { t: base - 1000, v: 20 });
      await shop.send('shop/mill', { t: base, v: 20 });
      expect((await shop.send('shop/mill', { t: at, v: 40 })).remarks).toEqual({ late: 1 });
      const inTime = shop.gateway.core.frames[0]!.timeMs < at - periodMs;
      await poll('the frames around it', () => (shop.frames.at(-1)?.time ?? '') > iso(base + 2 * periodMs));
      const around = temp().filter(([time]) => time >= iso(at - periodMs) && time <= iso(at + periodMs));
      return inTime && around.length > 1 ? { at, around } : undefined;
    };
    // A busy machine may be late for its own frames, and leave some out.
    const { at, around } = await poll('one in time', () => outOfOrder(Date.now()));
    expect(Math.max(...around.map(([, signal]) => signal.value!))).toBeGreaterThan(38);

    const emitted = structuredClone(shop.frames);
    // Long after its frame was emitted: stored, counted, and of no effect on any frame of its time.
    const tooLate = await shop.send('shop/mill', { t: at - 200, v: 99 });
    expect(tooLate).toMatchObject({ samples: [{ value: 99, timeMs: at - 200 }], remarks: { late: 1 } });
    await poll('some more frames', () => shop.frames.length > emitted.length + 10);
    expect(shop.frames.slice(0, emitted.length)).toEqual(emitted);
    // One frame a time: none was emitted anew, and the value appears in none of those that followed.
    const times = shop.frames.map(({ time }) => time);
    expect(new Set(times).size).toBe(times.length);
    expect(temp().every(([, signal]) => signal.value !== 99)).toBe(true);
  });
});
