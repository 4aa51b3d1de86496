// The history as the gateway has it: what it says is safe is in the file, once, whatever becomes of the writer.
import { afterEach, describe, expect, test } from 'vitest';
import { unexplained } from '../../../src/runtime/ledger.ts';
import { poll } from '../../poll.ts';
import { type House, openHouse } from './house.ts';

const open: House[] = [];
const house = async (options: object = {}, dir?: string) => {
  const one = await openHouse(options, dir);
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const kindsOf = ({ events }: House) => events.map(({ kind }) => kind);

describe('what is committed', () => {
  test('is in the file when the promise resolves, and nobody waits for nothing', async () => {
    const one = await house();
    expect(one.history.committed()).toBeUndefined();
    for (const value of numbers(0, 100)) one.push(value);
    await one.history.committed();
    expect(await one.stored('temp')).toEqual(numbers(0, 100));
    expect(one.settled).toEqual({ stored: 100, lost: 0 });
    expect(one.history.committed()).toBeUndefined();
  });

  test('goes in more than one group where it is more than one holds, in order', async () => {
    const one = await house();
    for (const value of numbers(0, 40_000)) one.push(value);
    await one.history.committed();
    expect(await one.stored('temp')).toEqual(numbers(0, 40_000));
    expect(one.history.report()).toMatchObject({ samplesCommitted: 40_000, samplesWaiting: 0, state: 'ok' });
  });

  test('is there after a stop without anybody having waited, with events, acts, memory and cursors', async () => {
    const one = await openHouse();
    one.push(7);
    one.history.event({ kind: 'started', timeMs: 1, text: 'begun' });
    one.history.act({ tick: 3, kind: 'hash', text: 'abc' });
    one.history.moveCursor('mqtt', 'frames', 42);
    void one.history.remember([{ key: 'twins/mill', text: 'worn' }]);
    await one.history.stop();
    const reader = one.reader();
    expect((await reader.events(0, 10)).map(({ event }) => event.text)).toEqual(['begun']);
    const [run] = await reader.runs();
    const acts = await reader.acts({ run: run!.id, fromTick: 0, toTick: 10, limit: 10 } as never);
    expect(acts.map(({ text }) => text)).toEqual(['abc']);
    expect((await reader.ledger()).cursors).toEqual([{ sink: 'mqtt', stream: 'frames', position: 42 }]);
    expect((await reader.memory()).get('twins/mill')).toBe('worn');
    reader.close();
    const next = await house({}, one.dir);
    expect(next.history.recall('twins/mill')).toBe('worn');
    expect(next.history.cursor('mqtt', 'frames')).toBe(42);
    expect(next.history.recent('shop', 'temp')?.value[0]).toBe(7);
    expect(next.history.ledger[0]?.row).toMatchObject({ received: 1, stored: 1, pending: 0 });
  });

  test('the account in the file explains itself at every commit', async () => {
    const one = await house();
    for (let round = 0; round < 20; round++) {
      for (const value of numbers(round * 50, 50)) one.push(value);
      if (round % 3 === 0) await one.history.committed();
      const reader = one.reader();
      const row = (await reader.ledger()).sources[0]?.row;
      reader.close();
      if (row === undefined) continue;
      expect(unexplained(row)).toBe(0);
      expect(row.stored).toBe((await one.stored('temp')).length);
    }
  });
});

describe('a writer that dies', () => {
  test.each(['before', 'after'] as const)(
    '%s a commit: each sample is there once, and people are told',
    async (death) => {
      const one = await house();
      one.push(1);
      await one.history.committed();
      one.faults.death = death;
      one.push(2);
      const safe = one.history.committed();
      one.push(3);
      await safe;
      await one.history.committed();
      expect(await one.stored('temp')).toEqual([1, 2, 3]);
      expect(one.writers).toBe(2);
      expect(kindsOf(one)).toEqual(['history-failed', 'history-recovered']);
      const reader = one.reader();
      expect(await reader.runs()).toHaveLength(1);
      reader.close();
    },
  );

  test('that says nothing any more is replaced; what it had committed is not committed again', async () => {
    const one = await house();
    one.faults.silent = true;
    one.push(1);
    const safe = one.history.committed();
    await poll('the commit', async () => (await one.stored('temp')).length === 1);
    one.push(2);
    await poll('the failure', () => one.history.report().state === 'failed');
    expect(one.history.report().reason).toMatch(/did not answer/);
    expect(one.settled.stored).toBe(0);
    one.faults.silent = false;
    await safe;
    await one.history.committed();
    expect(await one.stored('temp')).toEqual([1, 2]);
    expect(one.settled.stored).toBe(2);
    expect(kindsOf(one)).toEqual(['history-failed', 'history-recovered']);
    expect(one.history.alive).toBe(true);
  });
});

describe('a disk without room', () => {
  test('samples wait, nothing is acknowledged; then all of it is there', async () => {
    const one = await house();
    one.faults.full = true;
    for (const value of numbers(0, 500)) one.push(value);
    let isSafe = false;
    const safe = one.history.committed()!.then(() => {
      isSafe = true;
    });
    await poll('the report', () => one.history.report().state === 'full');
    expect(isSafe).toBe(false);
    expect(one.history.alive).toBe(true);
    one.faults.full = false;
    await safe;
    expect(await one.stored('temp')).toEqual(numbers(0, 500));
    expect(kindsOf(one)).toEqual(['history-full', 'history-recovered']);
    expect(one.history.report()).toMatchObject({ state: 'ok', reason: '', samplesDropped: 0 });
  });

  test('what is beyond the room in memory is dropped, counted and refused, and the gap is told of where it is', async () => {
    const one = await house({ waitingSamples: 10_000 });
    one.faults.full = true;
    for (const value of numbers(0, 10_000)) expect(one.push(value)).toBe(true);
    expect(one.history.full).toBe(true);
    expect(one.push(-1)).toBe(false);
    expect(one.push(-2)).toBe(false);
    let isRefused = false;
    const refused = one.history.committed()!.catch((error: Error) => {
      isRefused = true;
      return error.message;
    });
    expect(one.history.report()).toMatchObject({ samplesDropped: 2, samplesWaiting: 10_000 });
    await poll('the report', () => one.history.report().state === 'full');
    // Now it would come again, and be refused again.
    expect(isRefused).toBe(false);
    one.faults.full = false;
    expect(await refused).toMatch(/no room/);
    await one.history.committed();
    one.push(10_000);
    await one.history.committed();
    expect(await one.stored('temp')).toEqual(numbers(0, 10_001));
    const reader = one.reader();
    const gaps = await reader.gaps({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
    expect(gaps).toMatchObject([{ reason: 'disk_full', samples: 2 }]);
    expect(gaps[0]!.toMs - gaps[0]!.fromMs).toBe(1);
    expect((await reader.ledger()).sources[0]!.row).toMatchObject({ received: 10_003, stored: 10_001 });
    reader.close();
  });

  test('at a stop: what waited is lost, and nobody was told otherwise', async () => {
    const one = await openHouse();
    one.faults.full = true;
    one.push(1);
    const safe = one.history.committed();
    const told = expect(safe).rejects.toThrow(/stopped/);
    await one.history.stop();
    await told;
    expect(one.settled).toEqual({ stored: 0, lost: 1 });
  });
});

test('all up to a settled time is in the file, at any moment', async () => {
  const one = await house();
  const tick = (timeMs: number) => one.history.tick({ tick: 1, timeMs, latenessMs: 0, frames: [] });
  const first = Date.UTC(2026, 10, 21);
  expect(one.history.settledMs).toBe(Number.NEGATIVE_INFINITY);
  for (let value = 1; value <= 200; value++) {
    one.push(value);
    tick(first + value);
    const { settledMs } = one.history;
    if (value % 20 !== 0) continue;
    const there = await one.stored('temp');
    expect(there.length).toBeGreaterThanOrEqual(Math.max(0, settledMs - first));
  }
  await one.history.committed();
  expect(one.history.settledMs).toBe(first + 200);
});
