// What remains of times of which no samples are left: runs with what a replay of them needs, old events, alarms and gaps. Must
// never take the run that is going on.
import type Database from 'better-sqlite3';
import { earliestMs } from './age-clock.ts';
import { quietly } from './quietly.ts';

/** More rows are not kept, however young: they are for people to read. */
const eventsMax = 1_000_000;
const gapsMax = 100_000;
const alarmsMax = 1_000_000;
/** Of so many occurrences what was seen is kept: about ten kilobytes each. */
const evidenceMax = 4000;
const rowsAtOnce = 64;

export interface Leftovers {
  /** Removes some rows. True when nothing is left that should go. */
  step(): boolean;
}

/** `supportMs`: samples from there on are left. `beforeMs`: events and gaps go. */
export function createLeftovers(db: Database.Database, supportMs: number, beforeMs: number): Leftovers {
  const steps = [
    () => dropRows(db, 'events', 'time_ms', beforeMs, eventsMax),
    () => dropRows(db, 'gaps', 'to_ms', beforeMs, gapsMax),
    () => dropRows(db, 'alarms', 'time_ms', beforeMs, alarmsMax),
    () => dropEvidence(db),
    () => dropEndedRuns(db, supportMs),
    () => dropOfRun(db, supportMs),
  ];
  let at = 0;
  return {
    step() {
      const more = quietly(db, () => steps[at]!());
      if (!more) at++;
      return at === steps.length;
    },
  };
}

/** Ids go up with time, so the oldest have the lowest; and where a clock was wrong the number decides. */
function dropRows(
  db: Database.Database,
  table: 'events' | 'gaps' | 'alarms',
  time: 'time_ms' | 'to_ms',
  beforeMs: number,
  max: number,
): boolean {
  const newest = db.prepare<[], number | null>(`SELECT max(id) FROM ${table}`).pluck().get() ?? 0;
  const gone = db.prepare(
    `DELETE FROM ${table} WHERE id IN (
       SELECT id FROM (SELECT id, ${time} AS at FROM ${table} ORDER BY id LIMIT ${rowsAtOnce})
       WHERE id <= ? OR (at >= ? AND at < ?))`,
  );
  return gone.run(newest - max, earliestMs, beforeMs).changes === rowsAtOnce;
}

/** The lines stay. */
function dropEvidence(db: Database.Database): boolean {
  const gone = db.prepare(
    `UPDATE alarms SET evidence = NULL WHERE id IN (
       SELECT id FROM alarms WHERE evidence IS NOT NULL ORDER BY id DESC LIMIT ${rowsAtOnce} OFFSET ${evidenceMax})`,
  );
  return gone.run().changes === rowsAtOnce;
}

/** Runs that ended before: the next one whose clock was set began by then. */
function dropEndedRuns(db: Database.Database, supportMs: number): boolean {
  const run = db
    .prepare<[number, number], number>(
      `SELECT id FROM runs r WHERE
         (SELECT min(n.opened_ms) FROM runs n WHERE n.id > r.id AND n.opened_ms >= ?) <= ?
       ORDER BY id LIMIT 1`,
    )
    .pluck()
    .get(earliestMs, supportMs);
  if (run === undefined) return false;
  const acts = db.prepare(
    `DELETE FROM acts WHERE id IN (SELECT id FROM acts WHERE run = ? LIMIT ${rowsAtOnce})`,
  );
  if (acts.run(run).changes > 0) return true;
  const snapshots = db.prepare(
    'DELETE FROM snapshots WHERE run = ? AND tick IN (SELECT tick FROM snapshots WHERE run = ? LIMIT 4)',
  );
  if (snapshots.run(run, run).changes > 0) return true;
  db.prepare('DELETE FROM runs WHERE id = ?').run(run);
  return true;
}

/** Of a run that goes on for months: what was before its oldest samples. A replay can begin at a later snapshot. */
function dropOfRun(db: Database.Database, supportMs: number): boolean {
  const oldest = db
    .prepare<[], { id: number; startMs: number; periodMs: number }>(
      'SELECT id, start_ms AS startMs, period_ms AS periodMs FROM runs ORDER BY id LIMIT 1',
    )
    .get();
  if (oldest === undefined || oldest.startMs < earliestMs) return false;
  const tick = Math.floor((supportMs - oldest.startMs) / oldest.periodMs);
  const snapshot = db
    .prepare<[number, number], number | null>('SELECT max(tick) FROM snapshots WHERE run = ? AND tick <= ?')
    .pluck()
    .get(oldest.id, tick);
  if (snapshot === null || snapshot === undefined) return false;
  const acts = db.prepare(
    `DELETE FROM acts WHERE id IN (SELECT id FROM acts WHERE run = ? AND tick < ? LIMIT ${rowsAtOnce})`,
  );
  if (acts.run(oldest.id, snapshot).changes > 0) return true;
  const snapshots = db.prepare(
    'DELETE FROM snapshots WHERE run = ? AND tick IN (SELECT tick FROM snapshots WHERE run = ? AND tick < ? LIMIT 4)',
  );
  return snapshots.run(oldest.id, oldest.id, snapshot).changes > 0;
}
