// Bytes on the disk for each sample, all in: the file as the writer leaves it after a day of each mix of signals, its
// rollups and rows included, divided by the samples; beside it what others would take for the same.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import Database from 'better-sqlite3';
import type { SampleColumns, Series } from '../src/core/sample.ts';
import { createWriter } from '../src/history/writer.ts';
import { realistic, seriesOf } from './codec-signals.ts';
import { benchRun, commitOf, keepAll, part, tagsOf, together } from './history-feed.ts';
import { gorillaBytes } from './plain-xor.ts';
import type { BenchResult } from './run.ts';

interface Mix {
  readonly name: string;
  readonly signals: readonly string[];
  readonly jitterMs: number;
  readonly stamped?: boolean;
}

const noises = ['double noise', 'double noise', 'double noise'];
const mixes: readonly Mix[] = [
  { name: '5 signals, 5 ms of jitter', signals: realistic, jitterMs: 5 },
  { name: 'the same, stamped by devices', signals: realistic, jitterMs: 5, stamped: true },
  { name: '5 signals, regular clock', signals: realistic, jitterMs: 0 },
  { name: 'noise in all 64 bits, 5 ms', signals: noises, jitterMs: 5 },
  { name: 'noise in all 64 bits, regular', signals: noises, jitterMs: 0 },
];
const hours = Number(process.env['GEMEL_BENCH_HOURS'] ?? 24);
const samplesEach = hours * 36_000;
/** Of the others a part is enough: each sample costs them the same. */
const othersEach = Math.min(samplesEach, 72_000);

export async function bench(): Promise<BenchResult> {
  const rows = mixes.map((mix) => {
    const series = mix.signals.map((signal, i) =>
      seriesOf(signal, {
        seed: 7 + i,
        samples: samplesEach,
        jitterMs: mix.jitterMs,
        stamped: mix.stamped ?? false,
      }),
    );
    const { perSample, blocks, rollups } = historySize(together(series), series.length);
    const few = series.map((one) => seriesPart(one, othersEach));
    const others = [
      rowSize(together(few), rowidTable),
      rowSize(together(few), withoutRowid),
      deflatedSize(few),
      xorSize(few),
    ];
    return [mix.name, perSample, blocks, rollups, ...others].map((cell) =>
      typeof cell === 'number' ? cell.toFixed(2) : cell,
    );
  });
  return {
    title: `Bytes a sample on the disk, ${hours} h at 10 Hz`,
    head: [
      'signals',
      'file',
      'blocks',
      'rollups',
      'row + index',
      'WITHOUT ROWID',
      'zlib of columns',
      'plain XOR',
    ],
    rows,
  };
}

function inFolder<T>(act: (file: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  try {
    return act(join(dir, 'history.db'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Written as a gateway does, ten seconds at a time, and closed. */
function historySize(samples: SampleColumns, tags: number) {
  return inFolder((file) => {
    const config = { keep: keepAll, ballastMb: 0 };
    const writer = createWriter({ file, run: benchRun, config, tell: () => {} });
    const group = tags * 100;
    for (let from = 0; from < samples.length; from += group) {
      const some = part(samples, from, Math.min(samples.length, from + group));
      const nowMs = some.receiveMs[some.length - 1]!;
      writer.commit(commitOf(nowMs, from === 0 ? tagsOf(tags) : [], some));
      while (writer.work(nowMs));
    }
    writer.close();
    const database = new Database(file, { readonly: true });
    const bytes = (table: string) =>
      Number(database.prepare(`SELECT sum(length(data)) FROM ${table}`).pluck().get()) / samples.length;
    const result = {
      perSample: statSync(file).size / samples.length,
      blocks: bytes('blocks'),
      rollups: bytes('rollups'),
    };
    database.close();
    return result;
  });
}

const rowidTable = [
  'CREATE TABLE samples (tag INTEGER, time_ms REAL, value REAL, quality INTEGER)',
  'CREATE INDEX samples_time ON samples (tag, time_ms)',
];
const withoutRowid = [
  `CREATE TABLE samples (tag INTEGER, time_ms REAL, value REAL, quality INTEGER,
     PRIMARY KEY (tag, time_ms)) WITHOUT ROWID`,
];

/** One row a sample, as most do it. */
function rowSize(samples: SampleColumns, schema: readonly string[]): number {
  return inFolder((file) => {
    const database = new Database(file);
    for (const sql of schema) database.exec(sql);
    const insert = database.prepare('INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?)');
    database.transaction(() => {
      for (let i = 0; i < samples.length; i++) {
        insert.run(samples.tag[i]!, samples.timeMs[i]!, samples.value[i]!, samples.quality[i]!);
      }
    })();
    database.close();
    return statSync(file).size / samples.length;
  });
}

/** Times and values side by side, 4096 at a time, without a file around them. */
function deflatedSize(series: readonly Series[]): number {
  const step = 4096;
  let [bytes, samples] = [0, 0];
  for (const { timeMs, value, length } of series) {
    for (let from = 0; from < length; from += step) {
      const to = Math.min(length, from + step);
      for (const column of [timeMs, value]) {
        const raw = new Uint8Array(column.slice(from, to).buffer);
        bytes += deflateSync(raw).length;
      }
    }
    samples += length;
  }
  return bytes / samples;
}

/** As the paper has it: time by the difference of differences, value by XOR; without a file around it either. */
function xorSize(series: readonly Series[]): number {
  const step = 4096;
  let [bytes, samples] = [0, 0];
  for (const one of series) {
    for (let from = 0; from < one.length; from += step) {
      const { time, value } = gorillaBytes(one, from, Math.min(one.length, from + step));
      bytes += time + value;
    }
    samples += one.length;
  }
  return bytes / samples;
}

function seriesPart(series: Series, samples: number): Series {
  return { ...series, length: Math.min(series.length, samples) };
}
