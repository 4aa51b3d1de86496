// The rows of a commit, each kind in its table. Runs inside a transaction of the writer; must never begin or end one,
// nor remember anything of one that may be rolled back.
import type { SampleColumns } from '../core/sample.ts';
import { createAlarmRows } from './alarm-rows.ts';
import type { Act, Commit, NewTag, Run } from './commit.ts';
import type { Connection } from './database.ts';
import { encodeJournal } from './journal-row.ts';
import { tagMax } from './keys.ts';

export interface CommitRows {
  /** `ids`: of tags by index, those of this commit too. */
  write(commit: Commit, ids: ReadonlyMap<number, number>, seq: number): void;
  /** The id of a tag, made where it has none. */
  tagId(tag: NewTag): number;
}

/** The same run of the gateway goes on with another writer: then its row is there. */
export function startRun(database: Connection, run: Run): number {
  const known = database
    .prepare<[number, number, string], number>(
      'SELECT id FROM runs WHERE start_ms = ? AND opened_ms = ? AND fingerprint = ? ORDER BY id DESC LIMIT 1',
    )
    .pluck()
    .get(run.startMs, run.openedMs, run.fingerprint);
  if (known !== undefined) return known;
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO runs (start_ms, period_ms, opened_ms, gemel, site, fingerprint, config)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(run.startMs, run.periodMs, run.openedMs, run.gemel, run.site, run.fingerprint, run.config);
  return Number(lastInsertRowid);
}

export function createCommitRows(database: Connection, run: number): CommitRows {
  const state = stateRows(database);
  const tagId = tagRows(database);
  const writeJournal = journalRows(database);
  const act = database.prepare('INSERT INTO acts (run, tick, kind, text) VALUES (?, ?, ?, ?)');
  const snapshot = database.prepare(
    'INSERT INTO snapshots (run, tick, data) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data',
  );
  const event = database.prepare('INSERT INTO events (time_ms, event) VALUES (?, ?)');
  const alarm = createAlarmRows(database);
  const gap = database.prepare('INSERT INTO gaps (from_ms, to_ms, reason, samples) VALUES (?, ?, ?, ?)');

  return {
    tagId,
    write(commit, ids, seq) {
      if (commit.samples !== undefined && commit.samples.length > 0) writeJournal(commit.samples, ids, seq);
      state(commit);
      for (const { tick, kind, text } of commit.acts) act.run(run, tick, kind satisfies Act['kind'], text);
      for (const { tick, data } of commit.snapshots) snapshot.run(run, tick, data);
      for (const one of commit.events) event.run(one.timeMs, JSON.stringify(one));
      for (const one of commit.alarms ?? []) alarm(one);
      for (const { fromMs, toMs, reason, samples } of commit.gaps) {
        gap.run(Math.floor(fromMs), Math.ceil(toMs), reason, samples);
      }
    },
  };
}

/** Of what has a last state: the account, the memory of the twins, where the sinks are. */
function stateRows(database: Connection): (commit: Commit) => void {
  const ledger = database.prepare(
    'INSERT INTO ledger (source, row) VALUES (?, ?) ON CONFLICT DO UPDATE SET row = excluded.row',
  );
  const memory = database.prepare(
    `INSERT INTO memory (key, saved_ms, text) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET saved_ms = excluded.saved_ms, text = excluded.text`,
  );
  const cursor = database.prepare(
    `INSERT INTO cursors (sink, stream, position) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET position = excluded.position`,
  );
  return (commit) => {
    for (const { source, ...rest } of commit.ledger) ledger.run(source, JSON.stringify(rest));
    for (const { key, text } of commit.memory) memory.run(key, commit.nowMs, text);
    for (const { sink, stream, position } of commit.cursors) cursor.run(sink, stream, position);
  };
}

function tagRows(database: Connection): (tag: NewTag) => number {
  const columns = 'source = ? AND name = ? AND unit = ? AND kind = ? AND tier = ?';
  const find = database.prepare<string[], number>(`SELECT id FROM tags WHERE ${columns}`).pluck();
  const add = database.prepare('INSERT INTO tags (source, name, unit, kind, tier) VALUES (?, ?, ?, ?, ?)');
  return ({ source, name, unit, kind, tier }) => {
    const id =
      find.get(source, name, unit, kind, tier) ??
      Number(add.run(source, name, unit, kind, tier).lastInsertRowid);
    if (id > tagMax) throw new RangeError(`more than ${tagMax} tags in one file`);
    return id;
  };
}

function journalRows(database: Connection) {
  const insert = database.prepare(
    'INSERT INTO journal (seq, received_first, received_last, samples, data) VALUES (?, ?, ?, ?, ?)',
  );
  return (samples: SampleColumns, ids: ReadonlyMap<number, number>, seq: number): void => {
    const idOf = (index: number): number => {
      const id = ids.get(index);
      if (id === undefined) throw new RangeError(`a sample of tag ${index}, which has no name`);
      return id;
    };
    const { length, receiveMs } = samples;
    // What a twin says at a tick was received when that was due: before samples that came since.
    let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < length; i++) {
      firstMs = Math.min(firstMs, receiveMs[i]!);
      lastMs = Math.max(lastMs, receiveMs[i]!);
    }
    insert.run(seq, Math.floor(firstMs), Math.ceil(lastMs), length, encodeJournal(samples, idOf));
  };
}
