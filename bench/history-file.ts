// Fills a history file by the writer itself, as hours of a gateway's work leave it; and a plain table with the same.
import Database from 'better-sqlite3';
import type { SampleColumns } from '../src/core/sample.ts';
import { createWriter } from '../src/history/writer.ts';
import { benchRun, commitOf, keepAll, tagsOf } from './history-feed.ts';

export const hourMs = 3_600_000;

export interface Extent {
  readonly startMs: number;
  readonly hours: number;
  readonly periodMs: number;
  readonly tags: number;
}

/** What a commit has, so that compaction has its usual sizes. */
const ticksAtOnce = 600;

/** A temperature to a tenth, a current to a hundredth, a position to a micrometre, in turn. */
function signalValue(tag: number, i: number): number {
  const noise = ((i * 7919 + tag * 104_729) % 101) / 101 - 0.5;
  if (tag % 3 === 0) return Math.round((40 + 12 * Math.sin(i / 9000) + noise) * 10) / 10;
  if (tag % 3 === 1) return Math.round((9 + 5 * Math.sin(i / 300) + noise) * 100) / 100;
  return Math.round((150 * Math.sin(i / 70) + noise / 50) * 1000) / 1000;
}

export function samplesOf({ startMs, periodMs, tags }: Extent, from: number, to: number): SampleColumns {
  const length = (to - from) * tags;
  const samples = {
    length,
    tag: new Int32Array(length),
    value: new Float64Array(length),
    quality: new Uint32Array(length),
    timeMs: new Float64Array(length),
    receiveMs: new Float64Array(length),
    rawMs: new Float64Array(length).fill(Number.NaN),
    exact: new BigInt64Array(0),
  };
  for (let i = from, at = 0; i < to; i++) {
    for (let tag = 0; tag < tags; tag++, at++) {
      samples.tag[at] = tag;
      samples.value[at] = signalValue(tag, i);
      samples.timeMs[at] = startMs + i * periodMs + ((i * 31 + tag * 17) % 5);
      samples.receiveMs[at] = startMs + i * periodMs + 6;
    }
  }
  return samples;
}

/** Tag ids are from 1 on. Returns the file. */
export function fillHistory(file: string, extent: Extent): string {
  const { startMs, hours, periodMs } = extent;
  const run = { ...benchRun, startMs, openedMs: startMs };
  const writer = createWriter({ file, run, config: { keep: keepAll, ballastMb: 0 }, tell: () => undefined });
  const ticks = (hours * hourMs) / periodMs;
  for (let from = 0; from < ticks; from += ticksAtOnce) {
    const to = Math.min(ticks, from + ticksAtOnce);
    const nowMs = startMs + to * periodMs;
    writer.commit(commitOf(nowMs, from === 0 ? tagsOf(extent.tags) : [], samplesOf(extent, from, to)));
    while (writer.work(nowMs));
  }
  writer.close();
  return file;
}

/** One row a sample and an index by tag and time, as one would begin. */
export function fillNaive(file: string, extent: Extent): string {
  const db = new Database(file);
  db.exec('CREATE TABLE samples (tag INTEGER, time_ms REAL, value REAL, quality INTEGER)');
  db.exec('CREATE INDEX samples_time ON samples (tag, time_ms)');
  const insert = db.prepare('INSERT INTO samples VALUES (?, ?, ?, ?)');
  const { value, tag, timeMs, quality, length } = samplesOf(
    extent,
    0,
    (extent.hours * hourMs) / extent.periodMs,
  );
  db.transaction(() => {
    for (let i = 0; i < length; i++) insert.run(tag[i]! + 1, timeMs[i], value[i], quality[i]);
  })();
  db.close();
  return file;
}
