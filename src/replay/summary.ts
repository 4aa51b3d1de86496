// Replays a file through a configuration and sums up what came of it. The one door for the command and for tests.
import { basename } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Frame } from '../core/frame.ts';
import { stateHash } from '../core/step.ts';
import type { GemError } from '../errors.ts';
import type { DeadLetter } from '../ports/event.ts';
import type { Log } from '../ports.ts';
import { sumLedgers } from '../runtime/ledger.ts';
import type { FileFormat } from '../sources/replay/format.ts';
import { openRecording, peekFormat } from '../sources/replay/open.ts';
import { openReader } from '../sources/replay/reader.ts';
import { createHall, createStage } from './hall.ts';
import { type InputWishes, planInput, type ReplayInput } from './input.ts';
import { replayRecording } from './recorded.ts';
import { type Moment, replayRows } from './rows.ts';
import { createStatistics, type MachineSummary, type Statistics } from './statistics.ts';
import type { Ticker } from './ticker.ts';

export interface ReplayOptions extends InputWishes {
  readonly config: Config;
  readonly log: Log;
  /** Times as fast as recorded; Infinity: as fast as it goes. */
  readonly speed: number;
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
  /** Reading in pieces of this size; changes nothing but the memory it takes. */
  readonly chunkBytes?: number;
  onFrames?(frames: readonly Frame[]): Promise<void> | undefined;
  onProgress?(share: number): void;
}

export interface ReplaySummary {
  readonly file: string;
  readonly format: FileFormat;
  readonly samples: {
    readonly received: number;
    readonly stored: number;
    readonly rejected: Readonly<Record<string, number>>;
    readonly remarks: Readonly<Record<string, number>>;
    /** Came when no frame could use them any more. */
    readonly tooLate: number;
  };
  readonly rowsPassedOver: number;
  /** A recording from before 2020 is replayed so many days later. */
  readonly daysMoved: number;
  readonly span: { readonly from: string; readonly to: string; readonly seconds: number };
  readonly frames: number;
  readonly ticksSkipped: number;
  readonly machines: readonly MachineSummary[];
  readonly hash: string;
  /** Of one of our own recordings: what the run that was recorded said. */
  readonly recorded?: {
    readonly hash: string | null;
    readonly same: boolean;
    readonly lostTicks: number;
    readonly brokenLines: number;
    readonly version: string;
  };
  readonly wallS: number;
  readonly speed: number;
  readonly samplesPerS: number;
  readonly refusals: readonly Pick<DeadLetter, 'source' | 'reason' | 'excerpt'>[];
  /** Where the file is damaged; what came before it is in all of the above. */
  readonly damage?: { readonly line: number; readonly why: string };
}

/** Small pieces, so that the progress of a slow replay can be seen. */
const pacedChunkBytes = 2048;

export async function replayFile(options: ReplayOptions): Promise<ReplaySummary> {
  const input = planInput(options.config, options);
  const format = await peekFormat(input.config);
  const statistics = createStatistics();
  const parts = {
    config: options.config,
    log: options.log,
    speed: options.speed,
    from: options.from,
    to: options.to,
    onFrames(frames: readonly Frame[]) {
      statistics.take(frames);
      return options.onFrames?.(frames);
    },
    onProgress: (share: number) => options.onProgress?.(share),
  };
  const from = performance.now();
  const done =
    format === 'recording' ? await ofRecording(input, options, parts) : await ofRows(input, options, parts);
  const wallS = (performance.now() - from) / 1000;
  const { samples, firstMs, lastMs } = done;
  const seconds = Number.isNaN(firstMs) ? 0 : (lastMs - firstMs) / 1000;
  return {
    file: options.file,
    format,
    ...done.more,
    ...damageIn(done.damage),
    samples,
    span: { from: iso(firstMs), to: iso(lastMs), seconds },
    ...coreSummary(done.ticker, statistics),
    wallS: digits(wallS),
    speed: digits(seconds / wallS),
    samplesPerS: Math.round(samples.received / wallS),
  };
}

type Parts = Parameters<typeof replayRows>[2];

async function ofRows(input: ReplayInput, options: ReplayOptions, parts: Parts) {
  const hall = createHall(options.config, basename(options.file), input.sources);
  const { fields } = input;
  const chunkBytes = options.chunkBytes ?? (Number.isFinite(options.speed) ? pacedChunkBytes : undefined);
  const recording = await openRecording(input.config, hall.feed, {
    fields,
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
  });
  try {
    const done = await replayRows(recording, hall, parts);
    const { ticker, ticksSkipped, rowsPassedOver, movedMs } = done;
    const reports = hall.watch.reports();
    const { received, stored, rejected } = sumLedgers(reports.map(({ ledger }) => ledger));
    const remarks: Record<string, number> = {};
    for (const report of reports) {
      for (const [remark, count] of Object.entries(report.remarks)) {
        if (count > 0) remarks[remark] = (remarks[remark] ?? 0) + count;
      }
    }
    const counted = Object.fromEntries(Object.entries(rejected).filter(([, count]) => count > 0));
    const samples = { received, stored, rejected: counted, remarks, tooLate: ticker.core.late };
    const refusals = hall.letters.map(({ source, reason, excerpt }) => ({ source, reason, excerpt }));
    const [firstMs, lastMs] = [done.firstMs - movedMs, done.lastMs - movedMs];
    const daysMoved = movedMs / 86_400_000;
    const more = { ticksSkipped, rowsPassedOver, daysMoved, refusals };
    return { ticker, firstMs, lastMs, samples, more, damage: recording.damage };
  } finally {
    await recording.close();
  }
}

async function ofRecording(input: ReplayInput, options: ReplayOptions, parts: Parts) {
  const stage = createStage(options.config, basename(options.file));
  const reader = await openReader(options.file, input.config.encoding, options.chunkBytes);
  try {
    const done = await replayRecording(reader, stage, parts);
    const { ticker, firstMs, lastMs, recordedHash, lostTicks, brokenLines, head } = done;
    const recorded = {
      hash: recordedHash ?? null,
      same: recordedHash === stateHash(ticker.core),
      lostTicks,
      brokenLines,
      version: head.gemel,
    };
    const { late: tooLate } = ticker.core;
    const samples = { received: done.samples, stored: done.samples, rejected: {}, remarks: {}, tooLate };
    const more = { recorded, ticksSkipped: 0, rowsPassedOver: 0, daysMoved: 0, refusals: [] };
    return { ticker, firstMs, lastMs, samples, more, damage: done.damage };
  } finally {
    await reader.close();
  }
}

function coreSummary({ core, ticks }: Ticker, statistics: Statistics) {
  return { frames: ticks, machines: statistics.summary(core.twins), hash: stateHash(core) };
}

function damageIn(damage: GemError | undefined): Pick<ReplaySummary, 'damage'> {
  if (damage === undefined) return {};
  const { line, why } = damage.details;
  return { damage: { line: Number(line), why: String(why) } };
}

function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
