// What a replay needs besides samples: the runs, what was done in them, and snapshots to begin at.

import type { Act, Run, Snapshot } from '../commit.ts';
import type { HistoryFile } from './history-file.ts';

export interface StoredRun extends Run {
  readonly id: number;
}

export interface ActsQuery {
  readonly run: number;
  /** Acts of this tick and later ones. */
  readonly fromTick: number;
  readonly toTick?: number;
  /** The ids of acts are in the order in which they came: to go on, the `id` of the last answer's last act. */
  readonly afterId?: number;
  readonly limit: number;
}

export interface StoredAct extends Act {
  readonly id: number;
}

export interface SnapshotRow {
  readonly tick: number;
  readonly bytes: number;
}

export interface SnapshotQuery {
  readonly run: number;
  readonly tick: number;
}

export function readRuns({ sql }: HistoryFile): StoredRun[] {
  return sql<[], StoredRun>(
    `SELECT id, start_ms AS startMs, period_ms AS periodMs, opened_ms AS openedMs, gemel, site, fingerprint, config
       FROM runs ORDER BY id`,
  ).all();
}

/** In order of tick; of one tick as they came. `afterId` goes on within the first tick. */
export function readActs(
  { sql }: HistoryFile,
  { run, fromTick, toTick, afterId, limit }: ActsQuery,
): StoredAct[] {
  return sql<[number, number, number, number, number, number], StoredAct>(
    `SELECT id, tick, kind, text FROM acts
       WHERE run = ? AND tick >= ? AND tick <= ? AND (tick > ? OR id > ?)
       ORDER BY tick, id LIMIT ?`,
  ).all(run, fromTick, toTick ?? Number.MAX_SAFE_INTEGER, fromTick, afterId ?? 0, limit);
}

export function readSnapshots({ sql }: HistoryFile, run: number): SnapshotRow[] {
  return sql<[number], SnapshotRow>(
    'SELECT tick, length(data) AS bytes FROM snapshots WHERE run = ? ORDER BY tick',
  ).all(run);
}

export function readSnapshot({ sql }: HistoryFile, { run, tick }: SnapshotQuery): Snapshot | undefined {
  const row = sql<[number, number], { tick: number; data: Buffer }>(
    'SELECT tick, data FROM snapshots WHERE run = ? AND tick <= ? ORDER BY tick DESC LIMIT 1',
  ).get(run, tick);
  // A copy: what the driver gives may lie in a pool that a transfer would take with it.
  return row && { tick: row.tick, data: new Uint8Array(row.data) };
}
