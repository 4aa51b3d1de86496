// What earlier runs left, read once when the file is opened. Must stay quick in a file of any size: it looks at the
// journal and at the newest blocks of each tag, and at nothing else that grows.
import type { Series } from '../core/sample.ts';
import type { HistoryTag } from '../ports/history.ts';
import { DamagedBlock } from './codec/damage.ts';
import { decodeBlock } from './codec/decode-block.ts';
import { append, newSeriesBuffer, reserveExact, type SeriesBuffer } from './codec/series-buffer.ts';
import { type LedgerEntry, type Left, recentMax } from './commit.ts';
import type { Connection } from './database.ts';
import { decodeJournal } from './journal-row.ts';
import { blockKey, blockKeys, tagOfBlock } from './keys.ts';

/** Of the journal no more is looked through, the newest first: seconds of the highest rates, hours of usual ones. */
const journalSamplesLooked = 2_000_000;
/** So many of the newest blocks of a tag are compared by receipt. */
const blocksLooked = 4;

export function readLeft(database: Connection): Left {
  const tags = database
    .prepare<[], HistoryTag>('SELECT id, source, name, unit, kind, tier FROM tags ORDER BY id')
    .all();
  return {
    tags,
    recent: readRecent(database, tags),
    ledger: database
      .prepare<[], { source: string; row: string }>('SELECT source, row FROM ledger')
      .all()
      .map(({ source, row }) => ({ source, ...(JSON.parse(row) as Omit<LedgerEntry, 'source'>) })),
    memory: new Map(
      database
        .prepare<[], { key: string; text: string }>('SELECT key, text FROM memory')
        .all()
        .map(({ key, text }) => [key, text]),
    ),
    cursors: database
      .prepare<[], { sink: string; stream: string; position: number }>(
        'SELECT sink, stream, position FROM cursors',
      )
      .all(),
    lastEventId: database.prepare<[], number | null>('SELECT max(id) FROM events').pluck().get() ?? 0,
    lastReceivedMs: readLastReceived(database),
    unclean: endedUnclean(database),
  };
}

function readLastReceived(database: Connection): number {
  const latest = (sql: string) => database.prepare<[], number | null>(sql).pluck().get() ?? Number.NaN;
  // Receipts never decrease within a run; over runs they may, when the wall clock was wrong.
  const journal = latest('SELECT received_last FROM journal ORDER BY seq DESC LIMIT 1');
  if (!Number.isNaN(journal)) return journal;
  return latest('SELECT received_last FROM runs WHERE received_last IS NOT NULL ORDER BY id DESC LIMIT 1');
}

function endedUnclean(database: Connection): boolean {
  return (
    database
      .prepare<[], number>(
        `SELECT NOT EXISTS (SELECT 1 FROM acts WHERE acts.run = runs.id AND kind = 'end')
         FROM runs ORDER BY id DESC LIMIT 1`,
      )
      .pluck()
      .get() === 1
  );
}

function readRecent(database: Connection, tags: readonly HistoryTag[]): Map<number, Series> {
  const found = recentOfJournal(database);
  const ofBlocks = createBlockLook(database);
  const recent = new Map<number, Series>();
  for (const { id, tier } of tags) {
    // What a twin says never comes twice.
    if (tier !== 'raw') continue;
    const newest = found.get(id);
    const series = (newest?.length ?? 0) < recentMax ? ofBlocks(id, newest) : newest;
    if (series !== undefined && series.length > 0) recent.set(id, series);
  }
  return recent;
}

interface JournalRow {
  readonly seq: number;
  readonly samples: number;
  readonly data: Buffer;
}

/** From the newest to the oldest, so that each tag is full with its last. */
function recentOfJournal(database: Connection): Map<number, Series> {
  const moved = readMoved(database);
  /** By tag. */
  const last: SeriesBuffer[] = [];
  const rows = database.prepare<[], JournalRow>('SELECT seq, samples, data FROM journal ORDER BY seq DESC');
  let looked = 0;
  for (const { seq, samples, data } of rows.iterate()) {
    const columns = unlessDamaged(() => decodeJournal(data));
    looked += samples;
    if (columns === undefined) continue;
    for (let i = columns.length - 1; i >= 0; i--) {
      const tag = columns.tag[i]!;
      let buffer = last[tag];
      if (buffer === undefined) {
        buffer = newSeriesBuffer(recentMax);
        last[tag] = buffer;
      }
      if (buffer.length < recentMax && !(seq <= (moved.get(tag) ?? -1))) putBefore(buffer, columns, i);
    }
    if (looked > journalSamplesLooked) break;
  }
  const found = new Map<number, Series>();
  last.forEach((buffer, tag) => {
    found.set(tag, tail(buffer));
  });
  return found;
}

/** Up to which row of the journal the samples of a tag are in blocks already. */
export function readMoved(database: Connection): Map<number, number> {
  const rows = database.prepare<[], { tag: number; seq: number }>('SELECT tag, seq FROM moved').all();
  return new Map(rows.map(({ tag, seq }) => [tag, seq]));
}

/** Fills from the end. */
function putBefore(buffer: SeriesBuffer, series: Series, index: number): void {
  buffer.length += 1;
  const at = recentMax - buffer.length;
  buffer.value[at] = series.value[index]!;
  buffer.quality[at] = series.quality[index]!;
  buffer.timeMs[at] = series.timeMs[index]!;
  buffer.receiveMs[at] = series.receiveMs[index]!;
  buffer.rawMs[at] = series.rawMs[index]!;
  if (series.exact.length === 0) return;
  reserveExact(buffer);
  buffer.exact[at] = series.exact[index]!;
}

function tail(buffer: SeriesBuffer): Series {
  const series = newSeriesBuffer(buffer.length);
  append(series, { ...buffer, length: recentMax }, recentMax - buffer.length, recentMax);
  return series;
}

/** What is damaged is told when it is moved or read; the rest is not given up for it. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedBlock) return undefined;
    throw error;
  }
}

interface BlockRow {
  readonly key: number;
  readonly received_last: number;
}

/** The last samples of a tag in blocks, and behind them those of the journal. */
function createBlockLook(database: Connection): (tag: number, newer: Series | undefined) => Series {
  const newest = database.prepare<[number, number, number], BlockRow>(
    'SELECT key, received_last FROM blocks WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?',
  );
  const read = database.prepare<[number], Buffer>('SELECT data FROM blocks WHERE key = ?').pluck();
  const late = readLate(database);
  return (tag, newer) => {
    const { last } = blockKeys(tag, 0, Number.MAX_SAFE_INTEGER);
    const rows = newest.all(blockKey(tag, 0), last, blocksLooked);
    const known = new Set(rows.map(({ key }) => key));
    rows.push(...(late.get(tag) ?? []).filter(({ key }) => !known.has(key)));
    rows.sort((a, b) => b.received_last - a.received_last);
    let parts: Series[] = newer === undefined ? [] : [newer];
    let held = newer?.length ?? 0;
    for (const { key, received_last } of rows) {
      const oldestMs = held < recentMax ? -Infinity : (parts[0]!.receiveMs[0] ?? -Infinity);
      if (received_last < oldestMs) break;
      const block = unlessDamaged(() => decodeBlock(read.get(key)!));
      if (block === undefined) continue;
      parts = [lastByReceipt([block, ...parts])];
      held = parts[0]!.length;
    }
    return lastByReceipt(parts);
  };
}

/** Blocks whose samples came hours after their time are not among the newest by time. */
function readLate(database: Connection): Map<number, BlockRow[]> {
  const rows = database
    .prepare<[number], BlockRow>(
      `SELECT key, received_last FROM blocks WHERE received_last - start_ms > 21600000
       ORDER BY received_last DESC LIMIT ?`,
    )
    .all(256);
  return Map.groupBy(rows, ({ key }) => tagOfBlock(key));
}

function lastByReceipt(parts: readonly Series[]): Series {
  const all = newSeriesBuffer();
  for (const part of parts) append(all, part, Math.max(0, part.length - recentMax), part.length);
  const order = Array.from({ length: all.length }, (_, i) => i);
  order.sort((a, b) => all.receiveMs[a]! - all.receiveMs[b]! || a - b);
  const last = newSeriesBuffer(recentMax);
  for (const index of order.slice(-recentMax)) append(last, all, index, index + 1);
  return trimmed(last);
}

function trimmed(buffer: SeriesBuffer): Series {
  const series = newSeriesBuffer(buffer.length);
  append(series, buffer);
  return series;
}
