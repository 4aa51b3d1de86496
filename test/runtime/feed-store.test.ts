// What a feed hands to the store: times as finely as they are known, the same as the twins get; and what earlier runs
// stored is known again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newIntake } from '../../src/core/intake.ts';
import { Quality } from '../../src/core/quality.ts';
import type { Series, TagSpec } from '../../src/core/sample.ts';
import { asKnown } from '../../src/core/stamp.ts';
import type { Store } from '../../src/ports/history.ts';
import { newSourceAccount } from '../../src/runtime/account.ts';
import { createFeed } from '../../src/runtime/feed.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { createTagTable } from '../../src/runtime/tags.ts';

const startMs = Date.UTC(2026, 10, 20);
const spec: TagSpec = { name: 'temp', unit: 'degC', kind: 'number', min: -40, max: 200, clockTrusted: true };

interface Kept {
  value: number;
  quality: number;
  timeMs: number;
  receiveMs: number;
  rawMs: number;
}

function storeOf(past?: Series) {
  const kept: Kept[] = [];
  const store: Store = {
    tag() {},
    recent: () => past,
    push(_tag, value, quality, timeMs, receiveMs, rawMs) {
      kept.push({ value, quality, timeMs, receiveMs, rawMs });
      return true;
    },
    committed: () => undefined,
  };
  return { store, kept };
}

function feedInto(store: Store) {
  const time = { nowMs: startMs };
  const account = newSourceAccount();
  const inbox = createInbox(1024);
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const parts = { clock, inbox, intake: newIntake(8), tags: createTagTable(), store };
  const feed = createFeed('s', account, 8, { ...parts, onDeadLetter() {}, onTag() {} });
  return { feed, inbox, time, ledger: account.ledger };
}

function seriesOf(kept: readonly Kept[]): Series {
  return {
    length: kept.length,
    timeMs: Float64Array.from(kept, (one) => one.timeMs),
    value: Float64Array.from(kept, (one) => one.value),
    quality: Uint32Array.from(kept, (one) => one.quality),
    receiveMs: Float64Array.from(kept, (one) => one.receiveMs),
    rawMs: Float64Array.from(kept, (one) => one.rawMs),
    exact: new BigInt64Array(0),
  };
}

test('a tag that the store has no room for is refused as one too many', () => {
  const { store, kept } = storeOf();
  const { feed, ledger } = feedInto({
    ...store,
    hasRoomFor: (source, { name }) => `${source}/${name}` !== 's/temp',
  });
  expect(feed.tag(spec)).toBe(-1);
  feed.push(-1, 1, Quality.good, startMs);
  expect(feed.tag({ ...spec, name: 'other' })).toBe(0);
  expect(kept).toEqual([]);
  expect(ledger.rejected.too_many_tags).toBe(1);
});

describe('times', () => {
  test('are whole milliseconds, and whole microseconds where the stamp has a fraction', () => {
    expect(asKnown(startMs + 0.4, startMs)).toBe(startMs);
    expect(asKnown(startMs + 0.1231, startMs + 0.1231)).toBe(startMs + 0.123);
    expect(asKnown(startMs + 0.6, Number.NaN)).toBe(startMs + 1);
  });

  test('of receipt never come to another tick by being rounded, and never decrease', () => {
    const steps = fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(steps, (waits) => {
        const { store, kept } = storeOf();
        const { feed, inbox, time } = feedInto(store);
        const tag = feed.tag(spec);
        inbox.drain(startMs);
        let dueMs = startMs + 100;
        for (const wait of waits) {
          time.nowMs += wait;
          for (; dueMs <= time.nowMs; dueMs += 100) inbox.drain(dueMs);
          feed.push(tag, 20, Quality.good, Number.NaN);
          const { receiveMs, timeMs } = kept.at(-1)!;
          expect(Number.isInteger(receiveMs)).toBe(true);
          expect(timeMs).toBe(receiveMs);
          expect(receiveMs).toBeGreaterThan(dueMs - 100);
          expect(receiveMs).toBeLessThanOrEqual(Math.max(dueMs, Math.ceil(time.nowMs)));
          expect(receiveMs).toBeGreaterThanOrEqual(kept.at(-2)?.receiveMs ?? 0);
        }
      }),
    );
  });

  test('are in the store what they are in the inbox, bit by bit', () => {
    const { store, kept } = storeOf();
    const { feed, inbox, time } = feedInto(store);
    const tag = feed.tag(spec);
    time.nowMs += 3.75;
    feed.push(tag, 21.5, Quality.good, startMs + 1.0625);
    feed.push(tag, 900, Quality.good, startMs + 2);
    feed.push(tag, Number.NaN, Quality.badSensorFailure, startMs + 3);
    const { length, ...columns } = inbox.drain(startMs + 100);
    expect(length).toBe(3);
    kept.forEach((one, row) => {
      for (const name of ['value', 'quality', 'timeMs', 'receiveMs', 'rawMs'] as const)
        expect(columns[name][row]).toBe(one[name]);
    });
    expect(kept[0]!.timeMs).toBe(startMs + 1.063);
  });
});

describe('what earlier runs stored', () => {
  const pushAll = (feed: ReturnType<typeof feedInto>['feed']) => {
    const tag = feed.tag(spec);
    feed.push(tag, 20, Quality.good, startMs - 30);
    feed.push(tag, 999, Quality.good, startMs - 20);
    feed.push(tag, Number.NaN, Quality.badSensorFailure, startMs - 10);
  };

  test('is a duplicate when it comes again, also what was doubted or Bad', () => {
    const before = storeOf();
    pushAll(feedInto(before.store).feed);
    expect(before.kept).toHaveLength(3);
    const after = storeOf(seriesOf(before.kept));
    const { feed, ledger } = feedInto(after.store);
    pushAll(feed);
    expect(after.kept).toEqual([]);
    expect(ledger.rejected.duplicate).toBe(3);
    feed.push(feed.tag(spec), 20.5, Quality.good, startMs - 10);
    expect(after.kept).toHaveLength(1);
  });

  test('tells up to when a tag was there, and goes on with what comes', async () => {
    const before = storeOf();
    pushAll(feedInto(before.store).feed);
    // Received without a stamp, or with one that nobody believed: no time to go on from.
    const [last] = before.kept.slice(-1);
    const odd = [
      { ...last!, quality: Quality.badNoCommunication, rawMs: Number.NaN },
      { ...last!, quality: Quality.badInvalidTimestamp, rawMs: startMs + 40 * 86_400_000 },
    ];
    const { feed, time } = feedInto(storeOf(seriesOf([...before.kept, ...odd])).store);
    const tag = feed.tag(spec);
    expect(await feed.lastMs?.([tag, -1])).toEqual([startMs - 10, Number.NaN]);
    time.nowMs += 100;
    feed.push(tag, 21, Quality.good, startMs + 50);
    feed.push(tag, 21.5, Quality.good, startMs + 20);
    expect(await feed.lastMs?.([tag])).toEqual([startMs + 50]);
  });

  test('control: of a tag that nobody stored it tells nothing', async () => {
    const { feed } = feedInto(storeOf().store);
    expect(await feed.lastMs?.([feed.tag(spec)])).toEqual([Number.NaN]);
  });

  test('control: without it all of it is stored again', () => {
    const { store, kept } = storeOf();
    pushAll(feedInto(store).feed);
    pushAll(feedInto(store).feed);
    expect(kept).toHaveLength(6);
  });
});

describe('a store without room', () => {
  test('the twins get the sample, it is counted, and its repetition is stored once there is room', () => {
    const { store, kept } = storeOf();
    const room = { full: true };
    const { feed, inbox, ledger } = feedInto({
      ...store,
      get full() {
        return room.full;
      },
      push: (...sample) => !room.full && store.push(...sample),
    });
    const tag = feed.tag(spec);
    expect(feed.push(tag, 20, Quality.good, startMs - 30)).toBe(false);
    expect(ledger).toMatchObject({ received: 1, pending: 0, stored: 0 });
    expect(ledger.rejected.disk_full).toBe(1);
    expect(inbox.drain(startMs + 100).length).toBe(1);
    room.full = false;
    expect(feed.push(tag, 20, Quality.good, startMs - 30)).toBe(true);
    expect(feed.push(tag, 20, Quality.good, startMs - 30)).toBe(true);
    expect(kept).toHaveLength(1);
    expect(ledger).toMatchObject({ received: 3, pending: 1 });
    expect(ledger.rejected).toMatchObject({ disk_full: 1, duplicate: 1 });
  });
});
