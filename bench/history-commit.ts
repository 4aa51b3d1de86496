// How many samples a second the writer takes for good: commits of what comes in 20 ms, each on the disk before the next
// begins, and all of it brought into blocks and rollups meanwhile.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleColumns } from '../src/core/sample.ts';
import { createWriter } from '../src/history/writer.ts';
import { realistic, seriesOf } from './codec-signals.ts';
import { benchRun, commitOf, keepAll, tagsOf } from './history-feed.ts';
import type { BenchResult } from './run.ts';

const groupMs = 20;
const seconds = Number(process.env['GEMEL_BENCH_SECONDS'] ?? 20);

interface Load {
  readonly tags: number;
  /** Of each tag. */
  readonly everyMs: number;
}

const loads: readonly Load[] = [
  { tags: 50, everyMs: 100 },
  { tags: 5000, everyMs: 100 },
  { tags: 1000, everyMs: 2 },
  { tags: 100, everyMs: 0.2 },
];

export async function bench(): Promise<BenchResult> {
  return {
    title: `The writer at its limit, ${seconds} s of each load, commits of ${groupMs} ms`,
    head: [
      'load',
      'offered/s',
      'taken/s',
      'per s of processor',
      'commit p50',
      'commit p99',
      'slice p50',
      'slice p99',
      'bytes a sample',
    ],
    rows: loads.map(run),
  };
}

/** As fast as it can: what it takes in a second is more than what is offered, or it falls behind. */
function run({ tags, everyMs }: Load): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  const file = join(dir, 'history.db');
  const writer = createWriter({
    file,
    run: benchRun,
    config: { keep: keepAll, ballastMb: 0 },
    tell: () => {},
  });
  const offered = (tags * 1000) / everyMs;
  const nextGroup = groupsOf(tags, everyMs);
  const [commits, slices]: [number[], number[]] = [[], []];
  let samples = 0;
  let spentMs = 0;
  let spentUs = 0;
  for (let n = 0; n < (seconds * 1000) / groupMs; n++) {
    const group = nextGroup();
    const nowMs = group.receiveMs[group.length - 1]!;
    const commit = commitOf(nowMs, n === 0 ? tagsOf(tags) : [], group);
    const before = process.cpuUsage();
    const startMs = performance.now();
    writer.commit(commit);
    const committedMs = performance.now();
    commits.push(committedMs - startMs);
    samples += group.length;
    // A thread that is full does one for the other.
    let sliceMs = committedMs;
    for (let more = true; more && sliceMs - committedMs < groupMs; ) {
      more = writer.work(nowMs);
      const endMs = performance.now();
      slices.push(endMs - sliceMs);
      sliceMs = endMs;
    }
    spentMs += sliceMs - startMs;
    spentUs += processorUs(before);
  }
  const before = process.cpuUsage();
  const closeMs = performance.now();
  writer.close();
  spentUs += processorUs(before);
  spentMs += performance.now() - closeMs;
  const bytes = statSync(file).size / samples;
  rmSync(dir, { recursive: true, force: true });
  return [
    `${tags} tags, ${1000 / everyMs} Hz`,
    thousands(offered),
    thousands((samples / spentMs) * 1000),
    thousands((samples / spentUs) * 1e6),
    `${quantile(commits, 0.5)} ms`,
    `${quantile(commits, 0.99)} ms`,
    `${quantile(slices, 0.5)} ms`,
    `${quantile(slices, 0.99)} ms`,
    bytes.toFixed(2),
  ];
}

/** Each call gives what comes in the next 20 ms, in order of receipt; the arrays are those of the call before. */
function groupsOf(tags: number, everyMs: number): () => SampleColumns {
  const length = Math.round((tags * groupMs) / everyMs);
  const wave = realistic.map(
    (signal, i) => seriesOf(signal, { seed: i, samples: 20_000, jitterMs: 0 }).value,
  );
  const column = () => new Float64Array(length);
  const [value, timeMs, receiveMs] = [column(), column(), column()];
  const rawMs = column().fill(Number.NaN);
  const [tag, quality] = [new Int32Array(length), new Uint32Array(length)];
  const startMs = 1_763_700_000_000;
  let at = 0;
  return () => {
    for (let i = 0; i < length; i++, at++) {
      const [k, of] = [Math.floor(at / tags), at % tags];
      tag[i] = of;
      value[i] = wave[of % wave.length]![(k + of * 37) % 20_000]!;
      timeMs[i] = startMs + Math.floor((at * everyMs) / tags);
      receiveMs[i] = timeMs[i]!;
    }
    return { length, tag, value, quality, timeMs, receiveMs, rawMs, exact: new BigInt64Array(0) };
  };
}

function processorUs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function quantile(values: readonly number[], p: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]!.toFixed(2);
}

function thousands(perS: number): string {
  return `${Math.round(perS / 1000)} k`;
}
