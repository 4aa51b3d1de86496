// How late ticks are while the history works: the loop with machines and samples on this thread, the writer and the
// reader on theirs; first while samples are only committed, then while blocks are made, old ones are deleted and thirty
// days are exported: by another process, as `gemel export` is one, and by as many questions as the gateway can take.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mill } from '../src/core/models/mill/index.ts';
import { rejectReasons, remarks } from '../src/core/sample.ts';
import type { Core } from '../src/core/step.ts';
import { createHistory, type History } from '../src/history/history.ts';
import { createReaderThread, type ThreadReader } from '../src/history/reader/thread.ts';
import { historySchema } from '../src/history/schema.ts';
import { writerThread } from '../src/history/thread/host.ts';
import type { LedgerRow, Log } from '../src/ports.ts';
import { createClock, type GatewayClock } from '../src/runtime/clock.ts';
import { createInbox, type Inbox } from '../src/runtime/inbox.ts';
import { createLoop } from '../src/runtime/loop.ts';
import { createPacer } from '../src/runtime/pacer.ts';
import { benchRun, keepAll } from './history-feed.ts';
import { fillHistory, hourMs } from './history-file.ts';
import { newMillCore } from './many-mills.ts';
import type { BenchResult } from './run.ts';

const days = Number(process.env['GEMEL_BENCH_DAYS'] ?? 30);
const secondsEach = Number(process.env['GEMEL_BENCH_SECONDS'] ?? 60);
const warmUpS = 8;
const machines = 20;
const periodMs = 100;
/** Further tags, that feed no machine: what compaction has to do. */
const feedEveryMs = 20;
const furtherTags = 200;
const signals = [...mill.inputs, ...mill.outputs];

export async function bench(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'gemel-lateness-'));
  try {
    const file = join(folder, 'history.db');
    const endMs = Date.now();
    const startMs = Math.floor(endMs - days * 24 * hourMs);
    fillHistory(file, { startMs, hours: days * 24, periodMs: 1000, tags: 4 });
    const again = join(folder, 'again.db');
    copyFileSync(file, again);
    const range = { fromMs: startMs, toMs: endMs };
    // Half of what is there is older than that.
    const keep = { ...keepAll, rawDays: days / 2 };
    const idle = await run(join(folder, 'idle.db'), keepAll, undefined);
    const busy = await run(file, keep, () => exportBeside(file, range));
    const asked = await run(again, keep, (reader, over) => ({ samples: exportAll(reader, range, over) }));
    const row = (name: string, found: Found): string[] => [
      name,
      ...[found.p50Ms, found.p99Ms, found.maxMs].map((ms) => ms.toFixed(2)),
      ...[found.missed, found.exported, found.committed].map((count) => count.toLocaleString('en')),
    ];
    return {
      title: `lateness of ${secondsEach} s of ticks of ${machines} machines, ${(furtherTags * 1000) / feedEveryMs} further samples/s`,
      head: ['history', 'p50 ms', 'p99 ms', 'most ms', 'missed', 'exported', 'committed'],
      rows: [
        row('commits only', idle),
        row(`and blocks, retention, ${days} days exported by another process, over and over`, busy),
        row('the same through the gateway, as fast as it answers', asked),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Found {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly missed: number;
  readonly exported: number;
  readonly committed: number;
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Exporting {
  readonly samples: Promise<number>;
  stop?(): void;
}

type Load = (reader: ThreadReader, over: AbortSignal) => Exporting;

/** What it had read when it was last heard. */
function exportBeside(file: string, { fromMs, toMs }: Range): Exporting {
  const entry = fileURLToPath(new URL('./history-export-process.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, file, String(fromMs), String(toMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let read = 0;
  child.stdout.on('data', (text: Buffer) => {
    read = Number(text.toString().trim().split('\n').at(-1));
  });
  const samples = new Promise<number>((resolve) => child.once('exit', () => resolve(read)));
  return { samples, stop: () => child.kill() };
}

const quiet: Log = {
  debug() {},
  info() {},
  warn() {},
  error: (fields, message) => console.error(message, fields),
};

async function run(file: string, keep: typeof keepAll, load: Load | undefined): Promise<Found> {
  const clock = createClock();
  const entry = (name: string) => new URL(`../src/${name}.ts`, import.meta.url);
  const reader = createReaderThread({ entry: entry('history-reader-thread'), file, log: quiet });
  const config = historySchema.parse({ keep, ballastMb: 0 });
  const run = { ...benchRun, openedMs: Math.floor(clock.nowMs()), startMs: Math.floor(clock.nowMs()) };
  const history = createHistory({
    ...{ config, clock, reader, log: quiet, stopMs: 20_000 },
    spawn: (token) => writerThread(entry('history-writer-thread'), { token, file, run, config }),
    accounts: () => [{ source: 'bench', row: noRow(), remarks: noRemarks() }],
    settle: () => undefined,
    tell: () => undefined,
  });
  await history.start();
  const core = newMillCore(machines, Math.floor(clock.nowMs()), periodMs);
  const inbox = createInbox(100_000);
  const stopFeed = startFeed(clock, inbox, history);
  const over = new AbortController();
  const exported = load?.(reader, over.signal);
  const found = await tickFor(core, inbox, clock, history);
  stopFeed();
  over.abort();
  exported?.stop?.();
  const { samplesCommitted } = history.report();
  const result = { ...found, exported: (await exported?.samples) ?? 0, committed: samplesCommitted };
  await history.stop();
  await reader.stop();
  return result;
}

async function tickFor(core: Core, inbox: Inbox, clock: GatewayClock, history: History) {
  // What is compiled and grown in the first seconds is no matter of the history.
  await loopFor(warmUpS, core, inbox, clock, history);
  return loopFor(secondsEach, core, inbox, clock, history);
}

async function loopFor(seconds: number, core: Core, inbox: Inbox, clock: GatewayClock, history: History) {
  const pacer = createPacer(clock);
  const loop = createLoop(
    { core, inbox, clock, pacer },
    {
      onTick: (result) => history.tick(result),
      onBatch: () => undefined,
      onMissed: () => undefined,
      onClockStep: () => undefined,
      onFault: (error) => {
        throw error;
      },
    },
  );
  setTimeout(() => loop.stop(), seconds * 1000);
  await loop.run();
  const { lateness } = loop;
  const [p50Ms, p99Ms] = [lateness.quantile(0.5), lateness.quantile(0.99)];
  return { p50Ms, p99Ms, maxMs: lateness.maxMs, missed: loop.missed };
}

/** Every signal of the machines each tick, the further tags more often. */
function startFeed(clock: GatewayClock, inbox: Inbox, history: History): () => void {
  const machineTags = machines * signals.length;
  for (let tag = 0; tag < machineTags + furtherTags; tag++) {
    history.tag(tag, 'bench', { name: `tag ${tag}`, unit: '', kind: 'number' });
  }
  let round = 0;
  const push = (tag: number): void => {
    const receiveMs = Math.ceil(inbox.receiveMs(clock.nowMs()));
    const value = Math.round((((round * 31 + tag * 17) % 997) / 997) * 100) / 100;
    if (tag < machineTags) inbox.push(tag, value, 0, receiveMs - 3, receiveMs, Number.NaN);
    history.push(tag, value, 0, receiveMs - 3, receiveMs, Number.NaN);
  };
  const timer = setInterval(() => {
    round++;
    for (let tag = 0; tag < furtherTags; tag++) push(machineTags + tag);
    if (round % (periodMs / feedEveryMs) === 0) for (let tag = 0; tag < machineTags; tag++) push(tag);
  }, feedEveryMs);
  return () => clearInterval(timer);
}

/** Over and over until the end: tag by tag in order of time, then all in order of receipt. */
async function exportAll(reader: ThreadReader, range: Range, over: AbortSignal): Promise<number> {
  const asking = reader.for(over);
  let samples = 0;
  try {
    while (!over.aborted) {
      for (let tag = 1; tag <= 4; tag++) {
        for (let after: string | undefined; ; ) {
          const answer = await asking.raw({ tag, ...range, samplesMax: 50_000, ...(after && { after }) });
          samples += answer.series.length;
          after = answer.next;
          if (after === undefined) break;
        }
      }
      for (let afterMs = range.fromMs; afterMs < range.toMs; ) {
        const answer = await asking.received({ afterMs, toMs: range.toMs, samplesMax: 50_000 });
        samples += answer.samples.length;
        afterMs = answer.reachedMs;
      }
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
  return samples;
}

function noRow(): LedgerRow {
  const rejected = Object.fromEntries(rejectReasons.map((reason) => [reason, 0])) as LedgerRow['rejected'];
  return { received: 0, stored: 0, coalesced: 0, pending: 0, rejected };
}

function noRemarks(): Readonly<Record<(typeof remarks)[number], number>> {
  return Object.fromEntries(remarks.map((remark) => [remark, 0])) as ReturnType<typeof noRemarks>;
}
