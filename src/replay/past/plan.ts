// Which runs of a history a stretch of time is in, and where in each a replay has to begin so that it comes to the same
// bits: where the run began, or at a snapshot of it.
import { GemError } from '../../errors.ts';
import type { StoredRun } from '../../history/query/runs.ts';
import type { FullReader } from '../../history/reader/reader.ts';
import { removedUpTo } from '../../history/upkeep/removed.ts';
import type { HistoryGap, TimeRange } from '../../ports/history.ts';
import { isMemoryKey } from '../../runtime/twins/commits.ts';
import { decodeMemory } from '../../runtime/twins/memory.ts';
import type { Moment } from '../rows.ts';
import { lastActTick } from './acts.ts';
import { type RunTimes, timesOf } from './overlap.ts';

export interface Begin {
  /** `anew`: nothing is left of what came before; no hash can be the same. */
  readonly at: 'run' | 'snapshot' | 'anew';
  /** The first tick to be stepped. */
  readonly tick: number;
}

export interface RunPart {
  readonly run: StoredRun;
  /** Where it may begin, the best first; the last one is always possible. */
  readonly begins: readonly Begin[];
  /** Those that were asked for; `toTick` may be Infinity, and beyond the end of the run. */
  readonly fromTick: number;
  readonly toTick: number;
  /** No sample received later is of this run; Infinity for the last one. */
  readonly untilMs: number;
  /**
   * Up to then it is known which ticks it had and that all their samples are stored: by what was written down of the run,
   * or by what its twins remember.
   */
  readonly knownMs: number;
  /** It may go on meanwhile: which ticks after `knownMs` it had it has not said yet. */
  readonly isOpen: boolean;
  /** For people. */
  readonly notes: readonly string[];
}

export interface PastPlan {
  readonly parts: readonly RunPart[];
  /** For people: which runs are left out, and why. */
  readonly leftOut: readonly string[];
  readonly gaps: readonly HistoryGap[];
  /** Before it there is nothing whole. */
  readonly keptMs: number;
  readonly fromMs: number;
  /** Infinity: as far as there is anything. */
  readonly toMs: number;
}

export interface Wanted {
  readonly from: Moment | undefined;
  readonly to: Moment | undefined;
}

/** What is known of the whole file. */
interface Known {
  readonly reader: FullReader;
  /** Stretches of receipt of which samples are missing. */
  readonly losses: readonly TimeRange[];
  /** Before it there is nothing whole. */
  readonly keptMs: number;
  /** Up to where each of the twins remembers. */
  readonly rememberedMs: readonly number[];
  /** Infinity: as far as there is anything. */
  readonly fromMs: number;
  readonly toMs: number;
}

export async function planPast(reader: FullReader, file: string, wanted: Wanted): Promise<PastPlan> {
  const runs = await reader.runs();
  if (runs.length === 0) throw new GemError('GEM_REPLAY_NO_RUN', { file, why: 'no gateway has run on it' });
  const gaps = await reader.gaps({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
  const memory = await reader.memory();
  const removedMs = removedUpTo(memory);
  const keptMs = keptFrom(runs, gaps, removedMs);
  const fromMs = resolve(wanted.from, keptMs, keptMs);
  const toMs = resolve(wanted.to, keptMs, Number.POSITIVE_INFINITY);
  if (fromMs > toMs) throw new GemError('GEM_USAGE', { why: '--from is later than --to' });
  const losses = [...gaps.filter(isLoss), { fromMs: Number.NEGATIVE_INFINITY, toMs: removedMs }];
  const known: Known = {
    ...{ reader, losses, keptMs, rememberedMs: rememberedUpTo(memory), toMs },
    fromMs: wanted.from === undefined ? Number.NEGATIVE_INFINITY : fromMs,
  };
  const times = await timesOf(reader, runs);
  const parts: RunPart[] = [];
  const leftOut: string[] = [];
  for (const [i, run] of runs.entries()) {
    const part = await planRun(known, run, times[i]!, i === runs.length - 1);
    if (typeof part === 'string') leftOut.push(part);
    else if (part !== undefined) parts.push(part);
  }
  return {
    ...{ parts, leftOut, keptMs, fromMs, toMs },
    gaps: gaps.filter((gap) => gap.toMs >= fromMs && gap.fromMs <= toMs),
  };
}

/** Undefined where nothing of it is in the stretch; in words, why it cannot be replayed though it is. */
async function planRun(
  { reader, losses, keptMs, rememberedMs, fromMs, toMs }: Known,
  run: StoredRun,
  { untilMs, mixedMs }: RunTimes,
  isLast: boolean,
): Promise<RunPart | string | undefined> {
  const { openedMs, startMs, periodMs } = run;
  if (untilMs < Math.max(fromMs, keptMs) || openedMs > toMs) return undefined;
  const isMixed = mixedMs >= openedMs && mixedMs >= fromMs;
  const wholeMs = Math.max(openedMs, keptMs, mixedMs + 1);
  const lost = [...losses, { fromMs: openedMs, toMs: mixedMs }];
  const first = Math.max(0, Math.ceil((Math.max(fromMs, wholeMs) - startMs) / periodMs));
  const toTick = Math.floor((Math.min(toMs, untilMs) - startMs) / periodMs);
  if (toTick < first) return isMixed ? `run ${run.id}: ${mixedText(mixedMs)}` : undefined;
  const { fromTick, begins } = await beginOf(reader, run, { first, toTick, isFree: fromMs < wholeMs }, lost);
  const remembered = rememberedMs.filter((ms) => ms >= openedMs && ms <= untilMs);
  const toldMs = startMs + (await lastActTick(reader, run.id)) * periodMs;
  return {
    ...{ run, begins, fromTick, toTick, untilMs },
    knownMs: Math.max(toldMs, ...remembered),
    isOpen: isLast && remembered.length > 0,
    notes: [
      ...(isMixed ? [mixedText(mixedMs)] : []),
      ...(fromTick > first ? ['it begins at the first snapshot after what is gone'] : []),
    ],
  };
}

function rememberedUpTo(memory: ReadonlyMap<string, string>): number[] {
  return [...memory].flatMap(([key, text]) =>
    isMemoryKey(key) ? (decodeMemory(text, key)?.upToMs ?? []) : [],
  );
}

function mixedText(mixedMs: number): string {
  const until = new Date(mixedMs).toISOString();
  return `the clock had been set back: what was received up to ${until} is of another run as well, and is left out`;
}

/** Later no calendar goes. */
const latestMs = 8.64e15;

function resolve(moment: Moment | undefined, firstMs: number, otherwise: number): number {
  if (moment === undefined) return otherwise;
  return 'atMs' in moment ? moment.atMs : Math.min(latestMs, firstMs + moment.afterMs);
}

/** Before it everything was deleted for its age or for room, or there never was anything. */
function keptFrom(runs: readonly StoredRun[], gaps: readonly HistoryGap[], removedMs: number): number {
  const deleted = gaps.filter(({ reason }) => reason === 'retention').map(({ toMs }) => toMs + 1);
  return Math.max(Math.min(...runs.map(({ openedMs }) => openedMs)), removedMs + 1, ...deleted);
}

interface Stretch {
  readonly first: number;
  readonly toTick: number;
  /** Nobody has asked for that very tick: a later one that is whole is better. */
  readonly isFree: boolean;
}

async function beginOf(
  reader: FullReader,
  run: StoredRun,
  { first, toTick, isFree }: Stretch,
  lost: readonly TimeRange[],
): Promise<Pick<RunPart, 'fromTick' | 'begins'>> {
  const dueMs = (tick: number) => run.startMs + tick * run.periodMs;
  const isWhole = (afterMs: number) =>
    !lost.some((loss) => loss.toMs > afterMs && loss.fromMs <= dueMs(first));
  const snapshots = await reader.snapshots(run.id);
  const before = snapshots.findLast(({ tick }) => tick < first && isWhole(dueMs(tick)));
  const begins: Begin[] = [
    ...(before === undefined ? [] : [{ at: 'snapshot', tick: before.tick + 1 } as const]),
    ...(isWhole(await begunMs(reader, run)) ? [{ at: 'run', tick: 0 } as const] : []),
    { at: 'anew', tick: first },
  ];
  const next = snapshots.find(({ tick }) => tick >= first && tick < toTick);
  if (begins.length > 1 || !isFree || next === undefined) return { fromTick: first, begins };
  const fromTick = next.tick + 1;
  return {
    fromTick,
    begins: [
      { at: 'snapshot', tick: fromTick },
      { at: 'anew', tick: fromTick },
    ],
  };
}

/** Nothing was received before the first tick was about: what is missing of that time is not missing of this run. */
async function begunMs(reader: FullReader, { id, startMs, periodMs, openedMs }: StoredRun): Promise<number> {
  const acts = await reader.acts({ run: id, fromTick: 0, toTick: 0, limit: 2 });
  const missed = Number(acts.find(({ kind }) => kind === 'skipped')?.text ?? 0);
  return Math.max(openedMs - 1, startMs + (missed - 1) * periodMs);
}

/** While the gateway stood still there was nothing to be lost. */
function isLoss({ reason }: HistoryGap): boolean {
  return reason !== 'stopped';
}
