// What an export costs: rows a second, bytes a row, and the memory of the process that does it, of a short stretch and of a
// long one. GEMEL_BENCH_DAYS says how long (a tag of 10 Hz; 30 takes minutes).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleColumns } from '../src/core/sample.ts';
import { historySchema } from '../src/history/schema.ts';
import { createWriter } from '../src/history/writer.ts';
import type { BenchResult } from './run.ts';

const days = Number(process.env['GEMEL_BENCH_DAYS'] ?? 3);
const periodMs = 100;
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 2, 2);
const groupSamples = 50_000;
const door = new URL('../bin/gemel.js', import.meta.url).pathname;

export async function bench(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-export-'));
  try {
    const history = join(dir, 'history.db');
    fill(history);
    const rows: string[][] = [];
    for (const file of ['x.csv', 'x.csv.gz', 'x.jsonl', 'x.parquet']) {
      for (const share of [0.1, 1]) rows.push(await exported(history, join(dir, file), share));
    }
    const title = `Export of ${days} days of one tag of 10 Hz (${(statSync(history).size / 1e6).toFixed(1)} MB of history)`;
    return { title, head: ['file', 'rows', 'rows/s', 'bytes a row', 'peak memory MB'], rows };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function fill(file: string): void {
  const keep = { rawDays: 1e6, twinDays: 1e6, minFreeMb: 0 };
  const config = historySchema.parse({ keep, ballastMb: 0 });
  const run = { startMs, periodMs, openedMs: startMs, gemel: '0', site: 's', fingerprint: 'f', config: '{}' };
  const writer = createWriter({ file, run, config, tell: () => {} });
  const nothing = { ledger: [], memory: [], events: [], acts: [], snapshots: [], cursors: [], gaps: [] };
  const tag = {
    index: 0,
    source: 'shop',
    name: 'spindle.current',
    unit: 'A',
    kind: 'number',
    tier: 'raw',
  } as const;
  writer.commit({ nowMs: startMs, tags: [tag], samples: undefined, ...nothing });
  const total = (days * dayMs) / periodMs;
  for (let from = 0; from < total; from += groupSamples) {
    const samples = group(from, Math.min(groupSamples, total - from));
    const nowMs = samples.receiveMs[samples.length - 1]!;
    writer.commit({ nowMs, tags: [], samples, ...nothing });
    while (writer.work(nowMs));
  }
  writer.close();
}

/** A current at 0.01 A, stamps that jitter by 5 ms. */
function group(from: number, length: number): SampleColumns {
  const rows = Array.from({ length }, (_, i) => from + i);
  const timeMs = Float64Array.from(rows, (i) => startMs + i * periodMs + ((i * 2654435761) % 11) - 5);
  return {
    length,
    tag: new Int32Array(length),
    value: Float64Array.from(rows, (i) => Math.round(1000 * Math.sin(i / 500) + ((i * 40503) % 7)) / 100),
    quality: new Uint32Array(length),
    timeMs,
    receiveMs: Float64Array.from(rows, (i) => startMs + i * periodMs + 20),
    rawMs: timeMs,
    exact: new BigInt64Array(0),
  };
}

/** In a process of its own, which tells of its memory at its end. */
async function exported(history: string, file: string, share: number): Promise<string[]> {
  const to = new Date(startMs + share * days * dayMs).toISOString();
  const words = [door, 'export', file, '--force', '--json', '--history', history, '--to', to];
  const beganMs = performance.now();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let peakKb = 0;
  child.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  const looking = setInterval(() => {
    peakKb = Math.max(peakKb, peakOf(child.pid!));
  }, 50);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(looking);
  if (code !== 0) throw new Error(said);
  const seconds = (performance.now() - beganMs) / 1000;
  const { rows } = JSON.parse(said) as { rows: number };
  const bytes = statSync(file).size / rows;
  const cells = [String(rows), (rows / seconds).toFixed(0), bytes.toFixed(2), (peakKb / 1000).toFixed(0)];
  return [file.slice(file.lastIndexOf('/') + 1), ...cells];
}

/** The most it ever had, as the kernel says. */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
