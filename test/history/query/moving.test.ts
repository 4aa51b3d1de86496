// While samples are committed and go from the journal into blocks, those who read page by page miss none and see none
// twice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenReader, openReader } from '../../../src/history/reader/open.ts';
import { historySchema } from '../../../src/history/schema.ts';
import { poll } from '../../poll.ts';
import { beginMs, movingSample, receivedMs, tags } from './moving-samples.ts';

const samples = Number(process.env['GEMEL_MOVING_SAMPLES'] ?? 25_000);
let folder: string;
let worker: Worker;
let progress: Int32Array;
let reader: OpenReader;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemel-moving-'));
  const file = join(folder, 'history.db');
  progress = new Int32Array(new SharedArrayBuffer(12));
  const { keep } = historySchema.parse({
    keep: { rawDays: 36500, twinDays: 36500, rollupDays: 36500, secondDays: 36500, maxMb: 1e6, minFreeMb: 0 },
  });
  const entry = new URL('./moving-writer.ts', import.meta.url);
  worker = new Worker(entry, { workerData: { file, progress, samples, keep } });
  await poll('the first commit', () => Atomics.load(progress, 0) > 0);
  reader = openReader(file);
});

afterEach(async () => {
  reader.close();
  await worker.terminate();
  rmSync(folder, { recursive: true, force: true });
});

const done = () => Atomics.load(progress, 2) === 1;
/** All up to here is committed, the whole millisecond. */
const settledMs = () => (done() ? receivedMs(samples) : receivedMs(Atomics.load(progress, 0)) - 1);

test('by receipt, following the writer', async () => {
  const found: number[] = [];
  let order = [Number.NEGATIVE_INFINITY, 0];
  let answers = 0;
  for (let afterMs = beginMs - 1; ; ) {
    const over = done();
    const toMs = settledMs();
    const answer = await reader.received({ afterMs, toMs, samplesMax: 1 + ((answers * 7919) % 900) });
    const { samples: part } = answer;
    for (let i = 0; i < part.length; i++) {
      found.push(part.value[i]!);
      const next = [part.receiveMs[i]!, part.tag[i]!];
      expect(next[0]! > order[0]! || (next[0] === order[0] && next[1]! >= order[1]!)).toBe(true);
      order = next;
    }
    afterMs = answer.reachedMs;
    answers++;
    if (afterMs >= toMs) {
      if (over) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  expect(answers).toBeGreaterThan(50);
  expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
});

test('by time, again and again', async () => {
  let scans = 0;
  for (let over = false; !over; scans++) {
    over = done();
    const committed = Atomics.load(progress, 0);
    const tag = scans % tags;
    const seen = new Set<number>();
    for (let after: string | undefined; ; ) {
      const range = { fromMs: 0, toMs: beginMs * 2 };
      const answer = await reader.raw({ tag: tag + 1, ...range, samplesMax: 700, ...(after && { after }) });
      for (const value of answer.series.value) {
        expect(seen.has(value)).toBe(false);
        seen.add(value);
      }
      after = answer.next;
      if (after === undefined) break;
    }
    for (let i = tag; i < committed; i += tags) if (!seen.has(i)) expect.fail(`sample ${i} was missed`);
  }
  expect(scans).toBeGreaterThan(3);
  const { series } = await reader.raw({ tag: 1, fromMs: 0, toMs: beginMs * 2, samplesMax: 1e6 });
  const own = Array.from({ length: samples }, (_, i) => movingSample(i)).filter(({ tag }) => tag === 0);
  expect(series.length).toBe(own.length);
  expect(Array.from(series.timeMs)).toEqual(own.map(({ timeMs }) => timeMs).sort((a, b) => a - b));
});
