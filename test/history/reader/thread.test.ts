// The reader on its thread: many at once, an error that is one question's, askers that leave, a thread that dies.
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openReader } from '../../../src/history/reader/open.ts';
import { createReaderThread, type ThreadReader } from '../../../src/history/reader/thread.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import { createStored, type Sample, type StoredFile } from '../query/stored.ts';

const entry = new URL('../../../src/history-reader-thread.ts', import.meta.url);
const startMs = 1_700_000_000_000;
const blockSamples = 4000;
const blocks = 20;

let stored: StoredFile;
let reader: ThreadReader;

function sampleAt(i: number, tag = 1): Sample {
  const timeMs = startMs + i * 100;
  return {
    tag,
    value: Math.sin(i / 500) * 20 + (i % 7) / 100,
    quality: 0,
    timeMs,
    receiveMs: timeMs + 5,
    rawMs: timeMs,
  };
}

/** A file of its own, for those that do something to it. */
function filled(): StoredFile {
  const made = createStored();
  made.tags([{ source: 'mill', name: 'temperature', unit: 'degC' }]);
  for (let b = 0; b < blocks; b++) {
    made.block(
      1,
      Array.from({ length: blockSamples }, (_, i) => sampleAt(b * blockSamples + i)),
    );
  }
  return made;
}

beforeAll(() => {
  stored = filled();
});

afterAll(() => stored.remove());

beforeEach(() => {
  reader = createReaderThread({ entry, file: stored.file, log: keptLog() });
});

afterEach(() => reader.stop());

const all = { fromMs: startMs, toMs: startMs + blocks * blockSamples * 100 };

test('fifty questions at once have the answers that a reader in process gives', async () => {
  const near = openReader(stored.file);
  const asks = Array.from({ length: 50 }, (_, k) => {
    const fromMs = startMs + k * 100_000;
    const range = { fromMs, toMs: fromMs + 3_600_000 };
    return (of: typeof near | ThreadReader): Promise<unknown> => {
      if (k % 5 === 0) return of.raw({ tag: 1, ...range, samplesMax: 5000 });
      if (k % 5 === 1) return of.range({ tag: 1, ...range, points: 200 });
      if (k % 5 === 2) return of.at({ tag: 1, timeMs: fromMs + 50, align: 'linear' });
      if (k % 5 === 3) return of.rollup({ tag: 1, ...range, stepMs: 60_000 });
      return of.received({ afterMs: fromMs, toMs: range.toMs, samplesMax: 3000 });
    };
  });
  const far = await Promise.all(asks.map((ask) => ask(reader)));
  for (const [k, ask] of asks.entries()) expect(far[k]).toEqual(await ask(near));
  near.close();
});

test('a short question does not wait for a long one', async () => {
  await reader.tags();
  const order: string[] = [];
  const long = reader.raw({ tag: 1, ...all, samplesMax: 1_000_000 }).then(() => order.push('long'));
  const short = reader.at({ tag: 1, timeMs: startMs + 55, align: 'hold' }).then(() => order.push('short'));
  await Promise.all([long, short]);
  expect(order).toEqual(['short', 'long']);
});

test.runIf(process.platform === 'linux')('its thread stands behind the others', async () => {
  await reader.tags();
  const niceness = readdirSync('/proc/self/task').map((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
  expect(niceness).toContain(10);
  expect(getPriority()).toBe(0);
});

test('an error is that of the question that has it', async () => {
  const bad = reader.raw({ tag: 1, ...all, samplesMax: 10, after: 'nonsense' });
  const good = reader.span(1);
  await expect(bad).rejects.toMatchObject({ code: 'GEM_USAGE' });
  expect((await good).samples).toBe(blocks * blockSamples);
  expect(reader.restarts).toBe(0);
});

test('what an asker has no answer to is given up when it is gone', async () => {
  const gone = new AbortController();
  const theirs = reader.for(gone.signal);
  const asked = Array.from({ length: 20 }, () => theirs.raw({ tag: 1, ...all, samplesMax: 1_000_000 }));
  const ended = Promise.allSettled(asked);
  const mine = reader.span(1);
  gone.abort();
  for (const one of await ended) expect(one).toMatchObject({ reason: { code: 'GEM_HISTORY_UNANSWERED' } });
  expect((await mine).samples).toBe(blocks * blockSamples);
  await expect(theirs.tags()).rejects.toMatchObject({ code: 'GEM_HISTORY_UNANSWERED' });
});

test('more questions than may wait are refused, and those that wait are answered', async () => {
  const small = createReaderThread({ entry, file: stored.file, log: keptLog(), waitingMax: 3 });
  const asked = await Promise.allSettled(Array.from({ length: 5 }, () => small.tags()));
  expect(asked.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ]);
  expect(asked[4]).toMatchObject({ reason: { code: 'GEM_HISTORY_UNANSWERED' } });
  await small.stop();
});

test('a thread that dies fails what it had, and the next question is answered by another', async () => {
  const mortal = createReaderThread({
    entry: new URL('./mortal-thread.ts', import.meta.url),
    file: stored.file,
    log: keptLog(),
  });
  expect(await mortal.tags()).toHaveLength(1);
  // The stand-in dies of it.
  const deadly = mortal.at({ tag: 666, timeMs: startMs, align: 'hold' });
  await expect(deadly).rejects.toMatchObject({ code: 'GEM_HISTORY_UNANSWERED' });
  expect(mortal.restarts).toBe(1);
  expect(await mortal.tags()).toHaveLength(1);
  // Again and again, without an answer between: there is a pause, and then it goes on.
  for (let k = 0; k < 3; k++) {
    await expect(mortal.at({ tag: 666, timeMs: startMs, align: 'hold' })).rejects.toThrow(/died/);
  }
  expect(await mortal.tags()).toHaveLength(1);
  expect(mortal.restarts).toBe(4);
  await mortal.stop();
});

test('a file that took the place of another is read, and so is one that was not there yet', async () => {
  const mine = filled();
  const mineReader = createReaderThread({ entry, file: mine.file, log: keptLog() });
  expect(await mineReader.tags()).toHaveLength(1);
  const other = createStored();
  other.tags([
    { source: 'mill', name: 'a' },
    { source: 'mill', name: 'b' },
  ]);
  const path = `${mine.file}.later`;
  const later = createReaderThread({ entry, file: path, log: keptLog() });
  await expect(later.tags()).rejects.toMatchObject({ code: 'GEM_HISTORY_UNUSABLE' });
  other.db.pragma('journal_mode = DELETE');
  other.db.close();
  renameSync(other.file, path);
  expect(await later.tags()).toHaveLength(2);
  // As the writer puts a file aside: its log goes with it.
  for (const end of ['', '-wal', '-shm']) {
    if (existsSync(mine.file + end)) renameSync(mine.file + end, `${mine.file}.aside${end}`);
  }
  renameSync(path, mine.file);
  await poll('the other file to be read', async () => (await mineReader.tags()).length === 2);
  await later.stop();
  await mineReader.stop();
  other.remove();
  mine.remove();
});

test('a damaged block is left out, told of once and counted', async () => {
  const mine = filled();
  const { key } = mine.db.prepare('SELECT key FROM blocks LIMIT 1 OFFSET 3').get() as { key: number };
  mine.db.prepare('UPDATE blocks SET data = zeroblob(500) WHERE key = ?').run(key);
  const told: unknown[] = [];
  const watching = createReaderThread({
    ...{ entry, file: mine.file, log: keptLog() },
    onDamage: (damage) => told.push(damage),
  });
  const { series } = await watching.raw({ tag: 1, ...all, samplesMax: 1_000_000 });
  expect(series.length).toBe((blocks - 1) * blockSamples);
  await watching.raw({ tag: 1, ...all, samplesMax: 1_000_000 });
  expect(told).toEqual([expect.objectContaining({ table: 'blocks', key })]);
  expect(watching.damages).toBe(1);
  // The value at an instant within it is that of the last sample before.
  const value = await watching.at({ tag: 1, timeMs: startMs + 3.5 * blockSamples * 100, align: 'previous' });
  expect(value.value).toBe(sampleAt(3 * blockSamples - 1).value);
  await watching.stop();
  mine.remove();
});

test('after the end nothing is answered, and nothing hangs', async () => {
  const waiting = reader.raw({ tag: 1, ...all, samplesMax: 1_000_000 });
  const ended = expect(waiting).rejects.toMatchObject({ code: 'GEM_HISTORY_UNANSWERED' });
  await reader.stop();
  await ended;
  await expect(reader.tags()).rejects.toMatchObject({ code: 'GEM_HISTORY_UNANSWERED' });
});
