// What a full gateway refuses was not seen: sent again it is taken, whatever its message number, and then once only.
import { expect, test } from 'vitest';
import { newIntake } from '../../../src/core/intake.ts';
import { createFeed } from '../../../src/runtime/feed.ts';
import { createDecode } from '../../../src/sources/mqtt/decode.ts';
import { compilePlan } from '../../../src/sources/mqtt/plan.ts';
import { createRouteCache } from '../../../src/sources/mqtt/route.ts';
import { mqttSourceSchema } from '../../../src/sources/mqtt/schema.ts';
import { feedParts } from '../../inputs/small-feed.ts';

/** A source with room for so many samples, until the next tick. */
function sourceOf(room: number, topic: object, samplesPerS?: number) {
  const config = mqttSourceSchema.parse({
    type: 'mqtt',
    topics: [{ topic: 'm', sequence: 'seq', ...topic }],
  });
  const decode = createDecode(config);
  const route = createRouteCache(config.topics.map(compilePlan)).find('m')!;
  const parts = feedParts(room);
  const limits = samplesPerS === undefined ? undefined : { samplesPerS };
  const feed = createFeed('shop', parts.account, 10, { ...parts, intake: newIntake(4) }, limits);
  const t = parts.clock.nowMs();
  let dueMs = t;
  return {
    t,
    /** The values that are in the gateway after the next tick; by it there is room again. */
    tick: () => {
      dueMs += 100;
      const samples = parts.inbox.drain(dueMs);
      return [...samples.value.subarray(0, samples.length)];
    },
    send: (...payloads: unknown[]) => {
      for (const payload of payloads) decode(route, Buffer.from(JSON.stringify(payload)), false, feed);
    },
    ledger: parts.account.ledger,
  };
}

const time = { field: 't' };

test('an object', () => {
  const { t, send, tick, ledger } = sourceOf(2, { time, fields: { v: 'v' } });
  const run = [1, 2, 3, 4].map((seq) => ({ seq, t: t + seq, v: seq }));
  send(...run);
  expect(tick()).toEqual([1, 2]);
  send(...run);
  expect(tick()).toEqual([3, 4]);
  send(...run);
  expect(tick()).toEqual([]);
  expect(ledger).toMatchObject({
    received: 12,
    rejected: { inbox_full: 2, duplicate: 6 },
    remarks: { gap: 0 },
  });
});

test('without a time', () => {
  const { send, tick, ledger } = sourceOf(2, { fields: { v: 'v' } });
  const run = [0, 1, 2].map((seq) => ({ seq, v: seq }));
  send(...run);
  expect(tick()).toEqual([0, 1]);
  send(...run.slice(1), { seq: 3, v: 3 });
  expect(tick()).toEqual([2, 3]);
  expect(ledger.rejected).toMatchObject({ inbox_full: 1, duplicate: 1 });
});

test('a restart whose first message was refused, and sent again', () => {
  const { send, tick, ledger } = sourceOf(1, { fields: { v: 'v' } });
  for (const seq of [6, 7]) {
    send({ seq, v: seq });
    tick();
  }
  send({ seq: 8, v: 8 }, { seq: 0, v: 0 });
  tick();
  send({ seq: 0, v: 0 });
  expect(tick()).toEqual([0]);
  send({ seq: 0, v: 0 });
  expect(tick()).toEqual([]);
  expect(ledger.rejected).toMatchObject({ inbox_full: 1, duplicate: 1 });
});

test('a message of which half found room: the other half is taken', () => {
  const { t, send, tick, ledger } = sourceOf(3, { time, fields: { v: 'v', w: 'w' } });
  const run = [1, 2].map((seq) => ({ seq, t: t + seq, v: seq, w: 10 * seq }));
  send(...run);
  expect(tick()).toEqual([1, 10, 2]);
  send(...run);
  expect(tick()).toEqual([20]);
  expect(ledger.rejected).toMatchObject({ inbox_full: 1, duplicate: 2 });
});

test('a batch with a number beside it, and one with a number in each row', () => {
  const rows = [1, 2, 3].map((v) => ({ v }));
  const outer = sourceOf(2, { payload: 'array', items: 'rows', time, periodMs: 10, fields: { v: 'v' } });
  const batch = { seq: 1, t: outer.t + 1, rows };
  outer.send(batch);
  expect(outer.tick()).toEqual([1, 2]);
  outer.send(batch, batch);
  expect(outer.tick()).toEqual([3]);

  const each = sourceOf(2, { payload: 'array', time, fields: { v: 'v' } });
  const numbered = rows.map(({ v }) => ({ seq: v, t: each.t + v, v }));
  each.send(numbered);
  expect(each.tick()).toEqual([1, 2]);
  each.send(numbered, numbered);
  expect(each.tick()).toEqual([3]);
  expect(each.ledger.rejected).toMatchObject({ inbox_full: 1, duplicate: 5 });
});

test('64-bit integers', () => {
  const { t, send, tick } = sourceOf(1, { time, fields: { v: { tag: 'v', kind: 'int64' } } });
  const run = [1, 2].map((seq) => ({ seq, t: t + seq, v: String(2n ** 60n + BigInt(seq)) }));
  send(...run);
  expect(tick()).toHaveLength(1);
  send(...run);
  expect(tick()).toHaveLength(1);
});

test('what a source sent beyond its limit', () => {
  const { t, send, tick, ledger } = sourceOf(100, { time, fields: { v: 'v' } }, 1);
  send({ seq: 1, t: t + 1, v: 1 }, { seq: 2, t: t + 2, v: 2 });
  expect(ledger.rejected).toMatchObject({ rate: 1, duplicate: 0 });
  send({ seq: 2, t: t + 2, v: 2 }, { seq: 1, t: t + 1, v: 1 });
  expect(ledger.rejected).toMatchObject({ rate: 2, duplicate: 1 });
  expect(tick()).toEqual([1]);
});

test('a gap is what did not come, not what was refused, nor what follows a message out of turn (control: 9)', () => {
  const { t, send, tick, ledger } = sourceOf(3, { time, fields: { v: 'v' } });
  const one = (seq: number) => ({ seq, t: t + seq, v: seq });
  send(one(1), one(2), one(3), one(4));
  tick();
  send(one(5), one(6), one(4));
  tick();
  send(one(7));
  expect(ledger.remarks.gap).toBe(0);
  send(one(9));
  expect(ledger.remarks.gap).toBe(1);
});
