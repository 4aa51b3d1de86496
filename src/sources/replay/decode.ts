// Text of a recording to rows with a time, and rows to samples and rejections. Pure but for the feed it is
// given; the cut of the text changes nothing. A row that cannot be used is refused and stops nothing.
import { isBad, Quality } from '../../core/quality.ts';
import type { RejectReason } from '../../core/sample.ts';
import { beginningOf, joinExcerpt } from '../../formats/excerpt.ts';
import type { Feed } from '../../ports.ts';
import { createCsvRows } from './csv-rows.ts';
import { createTakeCell, type Field, type TakeCell } from './field.ts';
import { createJsonRows } from './jsonl.ts';
import { type Layout, type LayoutSettings, layOut } from './layout.ts';
import type { Row, RowContent, RowListener } from './row.ts';
import { createRowTime, type RowTime } from './row-time.ts';
import type { ReplaySourceConfig } from './schema.ts';

export interface DecodeSettings extends LayoutSettings {
  readonly format: 'csv' | 'jsonl';
  readonly csv: ReplaySourceConfig['csv'];
  /** What relative times, and rows without any, count from. */
  readonly startMs: number;
}

export interface Decode {
  /** Appends the rows that have come to an end. */
  write(text: string, rows: Row[]): void;
  end(rows: Row[]): void;
  /** Hands a row to the feed as of `sourceMs`. */
  take(row: Row, sourceMs: number): void;
  /** Refuses a row that could be read. */
  refuse(row: Row, reason: RejectReason, why: string): void;
  readonly taken: number;
  /** Why nothing was taken, when nothing was: the first few refusals, in words. */
  readonly complaint: () => string;
}

const refusalsKept = 3;

export function createDecode(settings: DecodeSettings, feed: Feed): Decode {
  const { file } = settings;
  const refusals: string[] = [];
  const time: RowTime = createRowTime({
    format: settings.time?.format ?? 'auto',
    date: settings.time?.date ?? 'iso',
    zone: settings.time?.zone ?? 'Z',
    relative: settings.time?.relative,
    startMs: settings.startMs,
  });
  let target: Row[] = [];
  let layout: Layout | undefined;
  let taker: Taker | undefined;
  let decimalComma = settings.csv.decimal !== 'point';
  let counted = 0;
  let rowsTaken = 0;

  const refuse = (row: Row, reason: RejectReason, why: string) => {
    const where = `${file}:${row.line} ${why}`;
    const text = joinExcerpt(where, beginningOf(Buffer.from(textOf(row.content))));
    if (refusals.length < refusalsKept) refusals.push(text.slice(0, 200));
    feed.reject(reason, text);
  };

  const listener: RowListener = {
    names(names, columns) {
      layout = layOut(settings, names, columns, settings.format === 'jsonl');
      const cells = createTakeCell({ decimalComma, empty: new Set(settings.csv.empty) }, feed);
      taker = createTaker({ settings, layout, cells, feed, refuse });
    },
    content(content, line) {
      const index = counted++;
      const timeMs = layout?.time === undefined ? byRate(settings, index) : timeIn(layout, time, content);
      const fault = Number.isNaN(timeMs) ? unreadable(layout!, content) : undefined;
      target.push({ line, timeMs, content, fault });
    },
    fault(reason, why, text, line) {
      target.push({ line, timeMs: Number.NaN, content: text, fault: { reason, why } });
    },
  };
  const reader = createRows(settings, listener, (delimiter) => {
    if (settings.csv.decimal === 'auto') decimalComma = delimiter !== ',';
  });

  return {
    complaint: () => complaintOf(refusals, rowsTaken, layout?.sought),
    refuse,
    get taken() {
      return taker?.taken ?? 0;
    },
    write(text, rows) {
      target = rows;
      reader.write(text);
    },
    end(rows) {
      target = rows;
      reader.end();
    },
    take(row, sourceMs) {
      if (row.fault !== undefined) refuse(row, row.fault.reason, row.fault.why);
      else {
        rowsTaken++;
        taker!.take(row, sourceMs);
      }
    },
  };
}

function createRows(
  { format, csv, time }: DecodeSettings,
  listener: RowListener,
  onDelimiter: (delimiter: string) => void,
) {
  if (format === 'jsonl') return createJsonRows(listener);
  const byNumber = typeof time?.column === 'number';
  return createCsvRows(csv, byNumber, { ...listener, delimiter: onDelimiter });
}

export function complaintOf(refusals: readonly string[], rowsTaken: number, sought = ''): string {
  if (refusals.length > 0) return refusals.join('; ');
  return rowsTaken > 0 ? `no row has a value for a tag that is wanted${sought}` : noRows;
}

/** The complaint of a recording that holds nothing, not even something wrong. */
export const noRows = 'it has no rows';

function byRate({ rateHz, startMs }: DecodeSettings, index: number): number {
  return rateHz === undefined ? Number.NaN : startMs + (index * 1000) / rateHz;
}

function timeIn(layout: Layout, time: RowTime, content: RowContent): number {
  return time(layout.time!(content), layout.dayTime?.(content));
}

function unreadable(layout: Layout, content: RowContent): Row['fault'] {
  const cells = [layout.time?.(content), layout.dayTime?.(content)].filter((cell) => cell !== undefined);
  const shown = cells.map((cell) => wordOf(cell).slice(0, 40)).join(' ');
  return { reason: 'parse', why: cells.length === 0 ? 'there is no time' : `"${shown}" is no time` };
}

function textOf(content: RowContent): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.join(' | ');
  return JSON.stringify(content, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}

interface TakerParts {
  readonly settings: DecodeSettings;
  readonly layout: Layout;
  readonly cells: TakeCell;
  readonly feed: Feed;
  readonly refuse: (row: Row, reason: RejectReason, why: string) => void;
}

interface Taker {
  take(row: Row, sourceMs: number): void;
  readonly taken: number;
}

const unasked = -2;

function createTaker({ settings, layout, cells, feed, refuse }: TakerParts): Taker {
  const { fields } = settings;
  const tags = new Int32Array(fields.length).fill(unasked);
  const places = new Map(fields.flatMap((field, f) => field.columns.map((name) => [String(name), f])));
  const good = new Set(settings.quality?.good);
  const uncertain = new Set(settings.quality?.uncertain);
  let taken = 0;

  const takeField = (row: Row, f: number, cell: unknown, quality: number, sourceMs: number) => {
    const field = fields[f]!;
    let tag = tags[f]!;
    if (tag === unasked) {
      tag = feed.tag(field.spec);
      tags[f] = tag;
    }
    const fate = tag < 0 ? 'too_many_tags' : cells(field, tag, cell, quality, sourceMs);
    if (fate === 'empty' && isBad(quality)) feed.push(tag, Number.NaN, quality, sourceMs);
    else if (fate === undefined) taken++;
    else if (fate !== 'empty') refuse(row, fate, complaint(field, cell));
  };

  const qualityOf = (content: RowContent): number => {
    if (layout.quality === undefined) return Quality.good;
    const word = wordOf(layout.quality(content));
    if (good.has(word)) return Quality.good;
    // A quality was promised: without one nothing vouches for the value.
    if (word === '' || uncertain.has(word)) return Quality.uncertain;
    const code = Number(word);
    return Number.isInteger(code) && code >= 0x40000000 && code <= 0xffffffff ? code : Quality.bad;
  };

  // Where the tags were named one by one, another is a mistake; else it is one that nobody asked for.
  const unknown = (row: Row, name: string) => {
    if (fields.some(({ required }) => required)) {
      refuse(row, 'unmapped', `no tag is called "${name.slice(0, 60)}"`);
    }
  };

  return {
    get taken() {
      return taken;
    },
    take(row, sourceMs) {
      const { content } = row;
      const quality = qualityOf(content);
      if (layout.name === undefined) {
        for (let f = 0; f < fields.length; f++) {
          const cell = layout.fields[f]?.(content);
          if (cell !== undefined && (cell !== '' || isBad(quality)))
            takeField(row, f, cell, quality, sourceMs);
        }
        return;
      }
      const name = wordOf(layout.name(content));
      const f = places.get(name);
      const cell = layout.value!(content);
      if (f === undefined) unknown(row, name);
      else if (cell !== undefined && (cell !== '' || isBad(quality)))
        takeField(row, f, cell, quality, sourceMs);
    },
  };
}

/** Of a cell that should be one; nothing else has a text worth showing. */
function wordOf(cell: unknown): string {
  if (typeof cell === 'string') return cell.trim();
  return typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : '';
}

function complaint({ spec }: Field, cell: unknown): string {
  const text = typeof cell === 'object' ? 'this' : `"${wordOf(cell).slice(0, 40)}"`;
  return `${text} is no ${spec.kind === 'enum' ? 'word' : spec.kind} for ${spec.name}`;
}
