// Samples of a tag into its blocks: the newest one, for late ones that of their time, else a new one. Runs inside a
// transaction of the writer. Must never touch what it remembers after a rollback (`forget`), nor hold without bound.
import type { Series } from '../core/sample.ts';
import { DamagedBlock } from './codec/damage.ts';
import { decodeBlockInto } from './codec/decode-block.ts';
import { encodeBlock } from './codec/encode-block.ts';
import { newSeriesBuffer } from './codec/series-buffer.ts';
import { createOpenSpots } from './compact-open.ts';
import {
  accepts,
  backMs,
  capacityFor,
  isFull,
  newSpot,
  type Spot,
  samplesMin,
  take,
  timeOf,
} from './compact-spot.ts';
import type { Connection } from './database.ts';
import { blockKey, blockKeys, keyStepsMax } from './keys.ts';

/** So many blocks of a tag may be open while a batch is moved. */
const spotsMax = 64;
const lateLooked = 8;
/** How far a key may lie below the start of its block, which is a short one then, and still be found: five minutes. */
const keyStepsBelow = 2400;

export interface CompactBlocks {
  /** `isRush`: so much comes at once that time is dearer than room. */
  add(tag: number, series: Series, isRush: boolean): void;
  /** After a rollback: what it remembers was never stored. */
  forget(): void;
}

/** `samplesHeld`: so many decoded samples are remembered. */
export function createCompactBlocks(database: Connection, samplesHeld: number): CompactBlocks {
  const rows = createBlockRows(database);
  const open = createOpenSpots(rows, samplesHeld);

  return {
    add(tag, series, isRush) {
      let spots = open.take(tag);
      const damaged = new Set<number>();
      if (isRush) for (const spot of spots) spot.capacity = samplesMin;
      for (let from = 0; from < series.length; ) {
        const timeMs = timeOf(series, from);
        const at = place(spots, timeMs, () => rows.near(tag, timeMs, spots, damaged));
        const spot = at ?? newSpot(tag, isRush ? samplesMin : spots.at(-1)?.capacity);
        if (!spots.includes(spot)) spots = withSpot(spots, spot, rows);
        if (!rows.load(spot, series.length - from)) {
          damaged.add(spot.key);
          spots = spots.filter((other) => other !== spot);
          continue;
        }
        const next = spots.find(({ startMs }) => startMs > timeMs + backMs && startMs < Infinity);
        from += take(spot, series, from, next === undefined ? Infinity : next.startMs - backMs);
        spots.sort((a, b) => a.startMs - b.startMs);
      }
      for (const spot of spots) rows.put(spot);
      open.keep(tag, spots);
    },
    forget: () => open.forget(),
  };
}

/** The block with the latest start that takes it. */
function place(spots: readonly Spot[], timeMs: number, look: () => Spot | undefined): Spot | undefined {
  for (let i = spots.length - 1; i >= 0; i--) if (accepts(spots[i]!, timeMs)) return spots[i];
  const newest = spots[spots.length - 1];
  return newest === undefined || timeMs >= newest.startMs ? undefined : look();
}

/** One more; where they are too many, the one with the earliest start is written and let go. */
function withSpot(spots: readonly Spot[], spot: Spot, rows: BlockRows): Spot[] {
  if (spots.length < spotsMax) return [...spots, spot];
  rows.put(spots[0]!);
  return [...spots.slice(1), spot];
}

interface BlockRows {
  exists(key: number): boolean;
  newest(tag: number): Spot[];
  /** One of the file that takes a sample of this time, is not among those, and is not known to be damaged. */
  near(tag: number, timeMs: number, known: readonly Spot[], damaged: ReadonlySet<number>): Spot | undefined;
  /** Brings its samples, with room for so many more; false when they are damaged: it stays as it is. */
  load(spot: Spot, more: number): boolean;
  put(spot: Spot): void;
}

interface Row {
  readonly key: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly received_first: number;
  readonly received_last: number;
  readonly samples: number;
  readonly bad: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
  readonly bytes: number;
}

const columns = 'key, start_ms, end_ms, received_first, received_last, samples, bad, min, max, sum';

function createBlockRows(database: Connection): BlockRows {
  const exists = database.prepare<[number], number>('SELECT 1 FROM blocks WHERE key = ?').pluck();
  const before = database.prepare<[number, number, number], Row>(
    `SELECT ${columns}, length(data) AS bytes FROM blocks WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?`,
  );
  const read = database.prepare<[number], Buffer>('SELECT data FROM blocks WHERE key = ?').pluck();
  const put = createPut(database);

  return {
    exists: (key) => exists.get(key) !== undefined,
    newest(tag) {
      const { last } = blockKeys(tag, 0, Number.MAX_SAFE_INTEGER);
      return before.all(blockKey(tag, -Infinity), last, 1).map((row) => spotOf(tag, row));
    },
    near(tag, timeMs, known, damaged) {
      const { first } = blockKeys(tag, timeMs, timeMs);
      const last = blockKey(tag, timeMs + backMs);
      const found = before.all(first, last, lateLooked).map((row) => spotOf(tag, row));
      return found.find(
        (spot) =>
          accepts(spot, timeMs) && !damaged.has(spot.key) && !known.some(({ key }) => key === spot.key),
      );
    },
    load(spot, more) {
      if (spot.series !== undefined) return true;
      const series = newSeriesBuffer(Math.min(spot.capacity, spot.samples + more));
      try {
        decodeBlockInto(read.get(spot.key)!, series);
      } catch (error) {
        if (error instanceof DamagedBlock) return false;
        throw error;
      }
      spot.series = series;
      return true;
    },
    put,
  };
}

function spotOf(tag: number, row: Row): Spot {
  return {
    tag,
    key: row.key,
    slot: blockKey(tag, row.start_ms),
    startMs: row.start_ms,
    endMs: row.end_ms,
    receivedFirst: row.received_first,
    receivedLast: row.received_last,
    samples: row.samples,
    bad: row.bad,
    min: row.min ?? Number.NaN,
    max: row.max ?? Number.NaN,
    sum: row.sum ?? 0,
    series: undefined,
    isDirty: false,
    capacity: capacityFor(row.samples, row.bytes),
  };
}

function createPut(database: Connection): (spot: Spot) => void {
  const exists = database.prepare<[number], number>('SELECT 1 FROM blocks WHERE key = ?').pluck();
  const remove = database.prepare('DELETE FROM blocks WHERE key = ?');
  const insert = database.prepare(
    `INSERT INTO blocks (${columns}, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET start_ms = excluded.start_ms, end_ms = excluded.end_ms,
       received_first = excluded.received_first, received_last = excluded.received_last,
       samples = excluded.samples, bad = excluded.bad, min = excluded.min, max = excluded.max,
       sum = excluded.sum, data = excluded.data`,
  );
  const freeKey = (tag: number, slot: number): number => {
    const { first, last } = blockKeys(tag, 0, Number.MAX_SAFE_INTEGER);
    const isFree = (key: number) => key >= first && key <= last && exists.get(key) === undefined;
    for (let key = slot; key <= slot + keyStepsMax; key++) if (isFree(key)) return key;
    for (let key = slot - 1; key >= slot - keyStepsBelow; key--) if (isFree(key)) return key;
    throw new RangeError(`tag ${tag} has too many blocks of one time`);
  };
  return (spot) => {
    if (!spot.isDirty) return;
    const slot = blockKey(spot.tag, spot.startMs);
    const isMoved = slot !== spot.slot;
    // A full row has most of itself on pages of its own, and leaves nearly empty the one that it grew on: a removal
    // makes SQLite put that together with its neighbours, a change does not.
    if (spot.key >= 0 && (isMoved || isFull(spot))) remove.run(spot.key);
    if (spot.key < 0 || isMoved) {
      spot.key = freeKey(spot.tag, slot);
      spot.slot = slot;
    }
    const { key, startMs, endMs, receivedFirst, receivedLast, samples, bad, min, max, sum } = spot;
    const hasGood = samples > bad;
    const data = encodeBlock(spot.series!);
    insert.run(
      key,
      Math.floor(startMs),
      Math.ceil(endMs),
      Math.floor(receivedFirst),
      Math.ceil(receivedLast),
      samples,
      bad,
      hasGood ? min : null,
      hasGood ? max : null,
      hasGood ? sum : null,
      data,
    );
    spot.isDirty = false;
    spot.capacity = capacityFor(samples, data.length);
  };
}
