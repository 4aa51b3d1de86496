import { describe, expect, it } from 'vitest';
import { ledgerRow, unexplained } from '../../src/runtime/ledger.ts';
import { replay, runLive } from './machine-hall.ts';

const smooth = () => 0;
/** Mostly on time, often some ms late, now and then stalled for several ticks. */
const rough = (random: () => number) => {
  const chance = random();
  return chance < 0.01 ? 150 + random() * 400 : chance < 0.5 ? random() * 15 : 0;
};

describe('same inputs, same bits', () => {
  it.each([1, 2, 3])('a live run under load and its replay have one state hash (seed %i)', async (seed) => {
    const live = await runLive(seed, 60, rough);
    expect(live.faults).toEqual([]);
    expect(live.recording.samples.length).toBeGreaterThan(10_000);
    expect(live.loop.missed).toBeGreaterThan(0);
    expect(replay(live.recording).hash).toBe(live.hash);
  });

  it('replays a calm run too, and twice the same', async () => {
    const live = await runLive(7, 30, smooth);
    expect(live.loop.missed).toBe(0);
    expect(replay(live.recording).hash).toBe(live.hash);
    expect(replay(live.recording).hash).toBe(live.hash);
  });

  it('sees a single bit of a single sample (control)', async () => {
    const live = await runLive(1, 10, smooth);
    // Not every sample reaches a frame: of a hundred in a row, some do.
    const changed = (index: number) =>
      live.recording.samples.map((s, i) => (i === index ? { ...s, value: s.value * (1 + 2 ** -52) } : s));
    const hashes = Array.from(
      { length: 100 },
      (_, i) => replay({ ...live.recording, samples: changed(500 + i) }).hash,
    );
    expect(hashes.filter((hash) => hash !== live.hash).length).toBeGreaterThan(5);
  });

  it('sees a missed tick (control)', async () => {
    const live = await runLive(1, 10, smooth);
    const ticks = live.recording.ticks.filter((_, i) => i !== 50);
    expect(replay({ ...live.recording, ticks }).hash).not.toBe(live.hash);
  });

  it('accounts for every sample', async () => {
    const { account } = await runLive(4, 30, rough);
    const row = ledgerRow(account.ledger);
    expect(row.received).toBeGreaterThan(1000);
    expect(row.rejected.duplicate).toBeGreaterThan(0);
    expect(unexplained(row)).toBe(0);
  });
});
