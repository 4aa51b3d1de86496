// A reader that holds on to an old state of the file: its log grows by what is committed and not by more, nobody waits
// for the reader, and when it is gone the log is merged and small again.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { poll } from '../poll.ts';
import { faultsOf, startLoad } from './history-under-load.ts';

/** Five minutes in `npm run test:faults`. */
const holdMs = Number(process.env['HISTORY_HOLD_MS'] ?? 1000);
const walLargeBytes = 2 * 2 ** 20;
/** Written while it is held, at least. */
const samplesHeld = 300_000;
const samplesAtOnce = 5000;
/** Of a sample in the journal. */
const sampleBytesMax = 40;
/** The pages that each commit writes again, whatever is in it. */
const commitBytesMax = 4 * 4096;

test(`a reader that holds on for ${holdMs / 1000} s`, { timeout: holdMs + 120_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-reader-'));
  const wal = () => statSync(join(dir, 'history.db-wal')).size;
  const load = await startLoad(dir, { ballastMb: 0, walLargeBytes });
  const told = (kind: string) => load.log.filter(({ fields }) => fields['kind'] === kind).length;
  try {
    load.push(samplesAtOnce);
    await load.heard();
    const reader = new Database(join(dir, 'history.db'), { readonly: true });
    reader.exec('BEGIN');
    const seen = reader.prepare('SELECT count(*) FROM journal').pluck().get();
    const before = load.history.report().samplesCommitted;
    const endMs = performance.now() + holdMs;
    let largestBytes = 0;
    await poll(
      'what is committed beside a reader',
      () => {
        // Then at a usual rate: every number is remembered.
        load.push(load.pushed < samplesHeld + samplesAtOnce ? samplesAtOnce : 20);
        largestBytes = Math.max(largestBytes, wal());
        const { state, samplesDropped, samplesCommitted } = load.history.report();
        expect({ state, samplesDropped }).toEqual({ state: 'ok', samplesDropped: 0 });
        return (
          samplesCommitted - before >= samplesHeld && performance.now() >= endMs && told('reader-holds') > 0
        );
      },
      holdMs + 60_000,
    );
    expect(reader.prepare('SELECT count(*) FROM journal').pluck().get()).toBe(seen);
    expect(largestBytes).toBeGreaterThan(walLargeBytes);
    // What was large already when it was seen to be held, and from then on what was committed.
    const { commits } = load.history.report();
    const committedBytes = commits * commitBytesMax + load.pushed * sampleBytesMax;
    expect(largestBytes).toBeLessThan(3 * walLargeBytes + committedBytes);
    expect(told('reader-gone')).toBe(0);
    const { commitP99Ms } = load.history.report();
    console.log(
      `${load.pushed} samples, a log of ${Math.round(largestBytes / 1e6)} MB, commits p99 ${commitP99Ms} ms`,
    );
    reader.close();
    await poll('a small log', () => wal() <= walLargeBytes && told('reader-gone') === 1);
    expect(told('reader-holds')).toBe(1);
    await load.heard();
  } finally {
    await load.stop();
    onTestFinished(() => rmSync(dir, { recursive: true }));
  }
  expect(faultsOf(dir, load.acknowledged)).toEqual({ lost: [], twice: [] });
  expect(load.acknowledged.size).toBe(load.pushed);
});
