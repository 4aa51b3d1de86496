// How long a look into the history takes: a file as the writer makes it, asked over a connection that was just opened,
// with what the system keeps of the file dropped where it lets us. Beside it one row a sample in plain SQLite.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openReader } from '../src/history/reader/open.ts';
import type { HistoryReader } from '../src/ports/history.ts';
import { type Extent, fillHistory, fillNaive, hourMs } from './history-file.ts';
import type { BenchResult } from './run.ts';

const startMs = Date.UTC(2026, 0, 5);
const rounds = 15;

interface Look {
  readonly name: string;
  readonly file: string;
  readonly warm?: boolean;
  readonly ask: (reader: HistoryReader) => Promise<unknown>;
}

export async function bench(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'gemel-query-bench-'));
  try {
    const day = { startMs, hours: 24, periodMs: 100, tags: 1 } satisfies Extent;
    const one = fillHistory(join(folder, 'one.db'), day);
    const ten = fillHistory(join(folder, 'ten.db'), { ...day, tags: 10 });
    const year = fillHistory(join(folder, 'year.db'), {
      startMs,
      hours: 24 * 365,
      periodMs: 60_000,
      tags: 1,
    });
    const naive = fillNaive(join(folder, 'naive.db'), day);
    const cold = dropCache(one);
    const rows: string[][] = [];
    for (const look of looks(one, ten, year)) rows.push(await measure(look));
    rows.push(...measureNaive(naive, one));
    const title = `history queries, ${cold ? 'cold' : 'warm (the system would not drop its cache)'} unless it says warm; new connection each time`;
    return { title, head: ['query', 'least ms', 'p50 ms', 'most ms', 'processor p50 ms'], rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function looks(one: string, ten: string, year: string): Look[] {
  const day = { fromMs: startMs, toMs: startMs + 24 * hourMs };
  const odd = { fromMs: startMs + 12_345, toMs: startMs + 24 * hourMs - 54_321 };
  const hour = { fromMs: startMs + 7.3 * hourMs, toMs: startMs + 8.3 * hourMs };
  const points = (file: string, name: string, range = odd): Look => ({
    ...{ name, file },
    ask: (reader) => reader.range({ tag: 1, ...range, points: 1000 }),
  });
  return [
    points(one, '24 h of 1 tag at 10 Hz as 1,000 points'),
    { ...points(one, '24 h of 1 tag at 10 Hz as 1,000 points, warm'), warm: true },
    points(ten, '24 h of 1 of 10 tags at 10 Hz as 1,000 points'),
    points(one, '1 h as 1,000 points', hour),
    {
      ...points(one, '24 h as 1,000 points by largest triangle'),
      ask: (reader) => reader.range({ tag: 1, ...odd, points: 1000, method: 'lttb' }),
    },
    {
      ...{ name: '1 year by the hour', file: year },
      ask: (reader) =>
        reader.rollup({ tag: 1, fromMs: startMs, toMs: startMs + 8760 * hourMs, stepMs: 3_600_000 }),
    },
    points(year, '1 year as 1,000 points', { fromMs: startMs, toMs: startMs + 8760 * hourMs }),
    {
      ...{ name: '1 h raw, 36,000 samples', file: one },
      ask: (reader) => reader.raw({ tag: 1, ...hour, samplesMax: 1e6 }),
    },
    {
      ...{ name: '24 h raw, 864,000 samples', file: one },
      ask: (reader) => reader.raw({ tag: 1, ...day, samplesMax: 1e6 }),
    },
    {
      ...{ name: 'the value at an instant', file: ten },
      ask: (reader) => reader.at({ tag: 5, timeMs: hour.fromMs + 50, align: 'linear' }),
    },
    {
      ...{ name: 'the first 10,000 of 10 tags by receipt', file: ten },
      ask: (reader) => reader.received({ afterMs: hour.fromMs, toMs: hour.toMs, samplesMax: 10_000 }),
    },
    {
      ...{ name: '1 h of 10 tags by receipt, 360,000 samples', file: ten },
      ask: (reader) => drain(reader, hour.fromMs, hour.toMs),
    },
  ];
}

async function drain(reader: HistoryReader, fromMs: number, toMs: number): Promise<void> {
  for (let afterMs = fromMs; afterMs < toMs; ) {
    afterMs = (await reader.received({ afterMs, toMs, samplesMax: 10_000 })).reachedMs;
  }
}

async function measure({ name, file, warm = false, ask }: Look): Promise<string[]> {
  const times: number[] = [];
  const worked: number[] = [];
  // The code is compiled by then; only the file is cold.
  for (let round = -3; round < rounds; round++) {
    if (!warm) dropCache(file);
    const before = process.cpuUsage();
    const beganMs = performance.now();
    const reader = openReader(file);
    await ask(reader);
    const tookMs = performance.now() - beganMs;
    reader.close();
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    times.push(tookMs);
    worked.push((user + system) / 1000);
  }
  return row(name, times, worked);
}

/** `worked`: of the processor, which others do not take from it. */
function row(name: string, times: number[], worked: number[]): string[] {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = (of: number[]) => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)]!;
  return [name, ...[sorted[0]!, middle(times), sorted.at(-1)!, middle(worked)].map((ms) => ms.toFixed(2))];
}

const naiveSql = {
  /** Least and most of each of 500 stretches: the same picture. */
  points: `SELECT min(value), max(value), time_ms FROM samples WHERE tag = 1 AND time_ms BETWEEN ? AND ?
    GROUP BY CAST((time_ms - ?) / 172800 AS INTEGER)`,
  raw: 'SELECT time_ms, value, quality FROM samples WHERE tag = 1 AND time_ms BETWEEN ? AND ? AND time_ms > ? ORDER BY time_ms',
};

function measureNaive(file: string, ours: string): string[][] {
  const fromMs = startMs + 12_345;
  const run = (name: string, sql: string, toMs: number) => {
    const times: number[] = [];
    const worked: number[] = [];
    for (let round = 0; round < 5; round++) {
      dropCache(file);
      const before = process.cpuUsage();
      const beganMs = performance.now();
      const db = new Database(file, { readonly: true });
      db.prepare(sql).all(fromMs, toMs, fromMs);
      times.push(performance.now() - beganMs);
      const { user, system } = process.cpuUsage(before);
      worked.push((user + system) / 1000);
      db.close();
    }
    return row(name, times, worked);
  };
  const bytes = (path: string) => `${(statSync(path).size / 1e6).toFixed(1)} MB`;
  return [
    run('one row a sample: 24 h as 1,000 points', naiveSql.points, startMs + 24 * hourMs - 54_321),
    run('one row a sample: 1 h raw', naiveSql.raw, fromMs + hourMs),
    run('one row a sample: 24 h raw', naiveSql.raw, startMs + 24 * hourMs),
    ['file of 1 tag, 24 h; one row a sample', bytes(ours), bytes(file), '', ''],
  ];
}

/** Has the system let go of what it holds of the file; false where it cannot be told to. */
function dropCache(file: string): boolean {
  try {
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
