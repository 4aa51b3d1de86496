// Runs whose times overlap, because the wall clock was set back between them: what was received then cannot be told apart.
import type { StoredRun } from '../../history/query/runs.ts';
import type { FullReader } from '../../history/reader/reader.ts';
import { lastActTick } from './acts.ts';

export interface RunTimes {
  /** From then on it is another run's time; Infinity for the last one. */
  readonly untilMs: number;
  /** Up to then it was another run's time as well; -Infinity where it was not. */
  readonly mixedMs: number;
}

/** `runs` in the order in which they were. */
export async function timesOf(reader: FullReader, runs: readonly StoredRun[]): Promise<readonly RunTimes[]> {
  // A run that begins before the end of the one before says when that was.
  const ends = await Promise.all(runs.map((_, i) => toldEnd(reader, runs[i + 1])));
  const endOf = async (i: number, isLater: boolean) => {
    if (!isLater || Number.isFinite(ends[i]!)) return ends[i]!;
    const { id, startMs, periodMs } = runs[i]!;
    return startMs + (await lastActTick(reader, id)) * periodMs;
  };
  const times: RunTimes[] = [];
  for (const [i, { openedMs }] of runs.entries()) {
    let [untilMs, mixedMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [k, other] of runs.entries()) {
      if (other.openedMs > openedMs) untilMs = Math.min(untilMs, other.openedMs - 1);
      else if (k !== i) mixedMs = Math.max(mixedMs, await endOf(k, k > i));
    }
    times.push({ untilMs, mixedMs: mixedMs < openedMs ? Number.NEGATIVE_INFINITY : mixedMs });
  }
  return times;
}

async function toldEnd(reader: FullReader, after: StoredRun | undefined): Promise<number> {
  if (after === undefined) return Number.NEGATIVE_INFINITY;
  const [first] = await reader.acts({ run: after.id, fromTick: 0, toTick: 0, limit: 1 });
  return first?.kind === 'overlap' ? Number(first.text) : Number.NEGATIVE_INFINITY;
}
