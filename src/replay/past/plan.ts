// Which runs of a history a stretch of time is in, and where in each a replay has to begin so that it comes to the same
// bits: where the run began, or at a snapshot of it.
import { GemError } from '../../errors.ts';
import type { StoredRun } from '../../history/query/runs.ts';
import type { FullReader } from '../../history/reader/reader.ts';
import type { HistoryGap } from '../../ports/history.ts';
import { isMemoryKey } from '../../runtime/twins/commits.ts';
import { decodeMemory } from '../../runtime/twins/memory.ts';
import type { Moment } from '../rows.ts';

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
}

export interface PastPlan {
  readonly parts: readonly RunPart[];
  readonly gaps: readonly HistoryGap[];
  /** Before it there is nothing. */
  readonly keptMs: number;
  readonly fromMs: number;
  /** Infinity: as far as there is anything. */
  readonly toMs: number;
}

export interface Wanted {
  readonly from: Moment | undefined;
  readonly to: Moment | undefined;
}

export async function planPast(reader: FullReader, file: string, wanted: Wanted): Promise<PastPlan> {
  const runs = await reader.runs();
  if (runs.length === 0) throw new GemError('GEM_REPLAY_NO_RUN', { file, why: 'no gateway has run on it' });
  const allGaps = await reader.gaps({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
  const keptMs = keptFrom(runs, allGaps);
  const fromMs = resolve(wanted.from, keptMs, keptMs);
  const toMs = resolve(wanted.to, keptMs, Number.POSITIVE_INFINITY);
  const parts: RunPart[] = [];
  const rememberedMs = await rememberedUpTo(reader);
  for (const [i, run] of runs.entries()) {
    const untilMs = (runs[i + 1]?.openedMs ?? Number.POSITIVE_INFINITY) - 1;
    if (untilMs < fromMs || run.openedMs > toMs || untilMs < keptMs) continue;
    const fromTick = Math.max(0, Math.ceil((Math.max(fromMs, keptMs) - run.startMs) / run.periodMs));
    const toTick = Math.floor((Math.min(toMs, untilMs) - run.startMs) / run.periodMs);
    if (toTick < fromTick) continue;
    const begins = await beginsOf(reader, run, fromTick, allGaps);
    const isRemembered = rememberedMs >= run.openedMs && rememberedMs <= untilMs;
    const toldMs = run.startMs + (await lastActTick(reader, run)) * run.periodMs;
    const knownMs = isRemembered ? Math.max(toldMs, rememberedMs) : toldMs;
    parts.push({
      run,
      begins,
      fromTick,
      toTick,
      untilMs,
      knownMs,
      isOpen: isRemembered && i === runs.length - 1,
    });
  }
  const gaps = allGaps.filter((gap) => gap.toMs >= fromMs && gap.fromMs <= toMs);
  return { parts, gaps, keptMs, fromMs, toMs };
}

/** -1 where nothing was written down of it. */
async function lastActTick(reader: FullReader, run: StoredRun): Promise<number> {
  const hasFrom = async (fromTick: number) =>
    (await reader.acts({ run: run.id, fromTick, limit: 1 })).length > 0;
  let [has, hasNot] = [-1, 1];
  while (await hasFrom(hasNot)) [has, hasNot] = [hasNot, hasNot * 2];
  if (has < 0 && !(await hasFrom(0))) return -1;
  has = Math.max(0, has);
  while (hasNot - has > 1) {
    const middle = Math.floor((has + hasNot) / 2);
    if (await hasFrom(middle)) has = middle;
    else hasNot = middle;
  }
  return has;
}

async function rememberedUpTo(reader: FullReader): Promise<number> {
  const texts = await reader.memory();
  const all = [...texts].flatMap(([key, text]) =>
    isMemoryKey(key) ? (decodeMemory(text, key)?.upToMs ?? []) : [],
  );
  return Math.max(Number.NEGATIVE_INFINITY, ...all);
}

function resolve(moment: Moment | undefined, firstMs: number, otherwise: number): number {
  if (moment === undefined) return otherwise;
  return 'atMs' in moment ? moment.atMs : firstMs + moment.afterMs;
}

/** Before it everything was deleted for its age or for room, or there never was anything. */
function keptFrom(runs: readonly StoredRun[], gaps: readonly HistoryGap[]): number {
  const deleted = gaps.filter(({ reason }) => reason === 'retention').map(({ toMs }) => toMs + 1);
  return Math.max(runs[0]!.openedMs, ...deleted);
}

async function beginsOf(
  reader: FullReader,
  run: StoredRun,
  fromTick: number,
  gaps: readonly HistoryGap[],
): Promise<Begin[]> {
  const dueMs = (tick: number) => run.startMs + tick * run.periodMs;
  const isWhole = (afterMs: number) =>
    !gaps.some((gap) => isLoss(gap) && gap.toMs > afterMs && gap.fromMs <= dueMs(fromTick));
  const snapshots = await reader.snapshots(run.id);
  const before = snapshots.findLast(({ tick }) => tick < fromTick && isWhole(dueMs(tick)));
  return [
    ...(before === undefined ? [] : [{ at: 'snapshot', tick: before.tick + 1 } as const]),
    ...(isWhole(run.openedMs - 1) ? [{ at: 'run', tick: 0 } as const] : []),
    { at: 'anew', tick: fromTick },
  ];
}

/** While the gateway stood still there was nothing to be lost. */
function isLoss({ reason }: HistoryGap): boolean {
  return reason !== 'stopped';
}
