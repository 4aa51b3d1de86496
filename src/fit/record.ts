// From a file to the record of a fit: read, put in order, cut at gaps, and split into what is learnt from and what
// only judges. Whatever was left out or changed on the way is told.
import type { FitRecord, FitSegment } from '../core/fit/fit.ts';
import { GemError } from '../errors.ts';
import type { Moment } from '../replay/rows.ts';
import { cutAndBridge, rowsMin } from './cut.ts';
import type { FileColumn } from './file-column.ts';
import { notesOf } from './notes.ts';
import { inOrder, type Ordered, pick, type Timed } from './order.ts';
import type { FileLook } from './peek.ts';
import { readingConfig } from './reading.ts';
import type { Span } from './segment.ts';
import { splitLast } from './split.ts';
import { labelKey, readTable, type Table } from './table.ts';
import { planTime, type TimeWishes } from './time-plan.ts';
import type { Use } from './use.ts';

export interface RecordWishes {
  /** As the user names it. */
  readonly path: string;
  readonly look: FileLook;
  readonly time: TimeWishes;
  readonly uses: readonly Use[];
  /** Where its word changes, a new run begins. */
  readonly run?: FileColumn;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly maxGapS?: number;
  readonly onProgress: (share: number) => void;
}

export interface LoadedRecord {
  readonly timeS: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly spans: readonly Span[];
  readonly stepS: number;
  /** Of the first row, where the file has a calendar; NaN where it has none. */
  readonly startMs: number;
  /** Rows of the file, and those that can be used. */
  readonly rows: number;
  readonly usable: number;
  readonly timeFrom: string;
  /** What was left out, sorted, bridged, cut: in plain words. */
  readonly notes: readonly string[];
}

/** Times below are no calendar's. */
const calendarMs = 1e11;

export async function loadRecord(wishes: RecordWishes): Promise<LoadedRecord> {
  const { look, uses } = wishes;
  const plan = planTime(look, wishes.time);
  const config = readingConfig(wishes.path, look.reading, {
    ...plan.source,
    format: look.format === 'csv' ? 'csv' : 'jsonl',
    csv: { header: look.hasHeader, ...(look.unitsRow ? { skipRows: 1 } : {}) },
  });
  const wanted = new Map(uses.map(({ key, mapping }) => [key, mapping]));
  const table = await readTable(config, { wanted, label: wishes.run }, wishes.onProgress);
  if (table.rows === 0) throw unusable(look.file, table);
  const missing = missingOf(table);
  const startMs = table.timeMs.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  const timeS = table.timeMs.map((ms) => ((ms - startMs) * plan.times) / 1000);
  const inside = within({ timeS, columns: table.columns }, startMs, wishes);
  if (inside.timeS.length === 0) {
    const ends = {
      first: momentOf(0, startMs),
      last: momentOf(
        timeS.reduce((a, b) => Math.max(a, b), 0),
        startMs,
      ),
    };
    throw new GemError('GEM_REPLAY_OUTSIDE', { file: look.file, ...ends });
  }
  const ordered = inOrder(inside, inside.columns.get(labelKey));
  const cut = cutAndBridge(ordered, uses, wishes.maxGapS);
  const { rows, spans, stepS } = cut;
  const usable = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  if (usable === 0) throw unusable(look.file, table, ordered, uses);
  return {
    timeS: rows.timeS,
    columns: rows.columns,
    spans,
    stepS,
    startMs: startMs >= calendarMs ? startMs : Number.NaN,
    rows: table.rows,
    usable,
    timeFrom: plan.from,
    notes: notesOf({ table, uses, missing, ordered, cut, passedOver: table.rows - inside.timeS.length }),
  };
}

/** Before anything is bridged. */
function missingOf({ columns }: Table): ReadonlyMap<string, number> {
  const count = (column: Float64Array) =>
    column.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
  return new Map([...columns].map(([key, column]) => [key, count(column)]));
}

function within(rows: Timed, startMs: number, { from, to }: RecordWishes): Timed {
  if (from === undefined && to === undefined) return rows;
  const limit = (moment: Moment | undefined, otherwise: number) => {
    if (moment === undefined) return otherwise;
    return 'atMs' in moment ? (moment.atMs - startMs) / 1000 : moment.afterMs / 1000;
  };
  const [lowS, highS] = [limit(from, Number.NEGATIVE_INFINITY), limit(to, Number.POSITIVE_INFINITY)];
  const kept: number[] = [];
  for (const [row, atS] of rows.timeS.entries()) if (atS >= lowS && atS <= highS) kept.push(row);
  return pick(rows, Uint32Array.from(kept));
}

function momentOf(timeS: number, startMs: number): string {
  return startMs < calendarMs
    ? `${Number(timeS.toPrecision(6))} s`
    : new Date(startMs + timeS * 1000).toISOString();
}

function unusable(file: string, table: Table, ordered?: Ordered, uses: readonly Use[] = []): GemError {
  const empty = uses.filter(({ key }) => ordered?.columns.get(key)?.every(Number.isNaN) === true);
  const names = empty.map(({ mapping }) => `"${mapping.column.name}"`).join(', ');
  const reasons = [
    ...(empty.length > 0 ? [`no row has a number in ${names}`] : []),
    ...(ordered !== undefined && ordered.repeated > 0.5 * table.rows
      ? [
          `${ordered.repeated} of its ${table.rows} rows have the time of another: say with --time or --rate which time is meant`,
        ]
      : []),
    ...table.refused.examples,
  ];
  const short = table.rows === 0 ? 'it has no rows' : `of its ${table.rows} rows no ${rowsMin} hang together`;
  const why = table.damage?.message ?? (reasons.length > 0 ? reasons.join('; ') : short);
  return new GemError('GEM_FIT_IMPOSSIBLE', { file, why });
}

/** One record of what is learnt from and what judges: of one file by share, or of two. */
export function toFitRecord(learn: LoadedRecord, judge: LoadedRecord | number): FitRecord {
  if (typeof judge === 'number') {
    const segments = splitLast(learn.spans, judge);
    return { timeS: learn.timeS, columns: Object.fromEntries(learn.columns), segments };
  }
  const rows = learn.timeS.length;
  const shiftS = (learn.timeS.at(-1) ?? 0) + 10 * learn.stepS - (judge.timeS[0] ?? 0);
  const both = (a: Float64Array, b: Float64Array) => {
    const joined = new Float64Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  };
  const columns = [...learn.columns].map(
    ([key, column]) => [key, both(column, judge.columns.get(key)!)] as const,
  );
  const segments: FitSegment[] = [
    ...learn.spans.map((span) => ({ ...span, use: 'fit' as const })),
    ...judge.spans.map(({ from, to, apart = false }, k) => ({
      ...{ from: from + rows, to: to + rows, use: 'validation' as const },
      apart: apart || k === 0,
    })),
  ];
  const timeS = both(
    learn.timeS,
    judge.timeS.map((atS) => atS + shiftS),
  );
  return { timeS, columns: Object.fromEntries(columns), segments };
}
