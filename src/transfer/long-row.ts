// A row of a long table back to the sample it was: the opposite of long.ts. Must refuse what it cannot read to the bit.
import { isBad, Quality } from '../core/quality.ts';
import type { ValueKind } from '../core/sample.ts';
import { readTime } from '../formats/time.ts';
import type { Tier } from '../ports/history.ts';
import type { ImportedRow, ImportedTag } from './imported.ts';

const needed = ['time', 'source', 'tag', 'value'] as const;
const others = ['unit', 'quality', 'status', 'received', 'raw_ms', 'kind', 'tier', 'value_exact'] as const;
export type LongName = (typeof needed)[number] | (typeof others)[number];
export const longNames: readonly LongName[] = [...needed, ...others];

/** Whether these are the columns of a long table; what is missing otherwise. */
export function missingOf(names: readonly string[]): string[] {
  return needed.filter((name) => !names.includes(name));
}

/** A cell of the row; undefined, null and '' are nothing. */
export type CellOf = (name: LongName) => unknown;

export interface LongRows {
  readonly tags: readonly ImportedTag[];
  /** In words what is wrong with it, else the sample. */
  take(cell: CellOf): ImportedRow | string;
}

const kinds: readonly string[] = ['number', 'boolean', 'enum', 'int64', 'uint64'] satisfies ValueKind[];
const words: Readonly<Record<string, number>> = {
  good: Quality.good,
  uncertain: Quality.uncertain,
  bad: Quality.bad,
};
const statusMax = 0xffff_ffff;

/** `untilMs`: nothing can have been later. */
export function createLongRows(untilMs: number, decimalComma: boolean): LongRows {
  const tags: ImportedTag[] = [];
  const known = new Map<string, number>();
  const numberOf = (cell: unknown): number => {
    if (typeof cell === 'number') return cell;
    if (typeof cell === 'bigint') return Number(cell);
    const text = textOf(cell);
    const point = decimalComma ? text.replace(',', '.') : text;
    return point === '' || !/^[+-]?[\d.]/.test(point) ? Number.NaN : Number(point);
  };
  const tagOf = (cell: CellOf): number | string => {
    const [source, name] = [textOf(cell('source')), textOf(cell('tag'))];
    if (source === '' || name === '') return 'source or tag is empty';
    const kind = textOf(cell('kind')) || 'number';
    const tier = textOf(cell('tier')) || 'raw';
    if (!kinds.includes(kind)) return `"${kind}" is no kind; there are ${kinds.join(', ')}`;
    if (tier !== 'raw' && tier !== 'twin') return `"${tier}" is no tier; there are raw and twin`;
    const unit = textOf(cell('unit'));
    const key = JSON.stringify([source, name, unit, kind, tier]);
    const before = known.get(key);
    if (before !== undefined) return before;
    tags.push({ source, name, unit, kind: kind as ValueKind, tier: tier as Tier });
    known.set(key, tags.length - 1);
    return tags.length - 1;
  };
  return {
    tags,
    take(cell) {
      const tag = tagOf(cell);
      if (typeof tag === 'string') return tag;
      const times = timesOf(cell, numberOf, untilMs);
      if (typeof times === 'string') return times;
      const quality = qualityOf(cell, numberOf);
      if (typeof quality === 'string') return quality;
      const value = readingOf(cell, numberOf, tags[tag]!.kind, isBad(quality));
      return typeof value === 'string' ? value : { tag, quality, ...value, ...times };
    },
  };
}

function textOf(cell: unknown): string {
  if (typeof cell === 'string') return cell;
  return typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean' ? `${cell}` : '';
}

type NumberOf = (cell: unknown) => number;

function timesOf(cell: CellOf, numberOf: NumberOf, untilMs: number) {
  const timeMs = readTime(cell('time'), 'auto', 0);
  if (Number.isNaN(timeMs)) return `"${textOf(cell('time'))}" is no time`;
  const told = cell('received');
  // Nobody said when it came: it came when it was true.
  const receiveMs = textOf(told) === '' ? Math.ceil(timeMs) : Math.ceil(readTime(told, 'auto', 0));
  if (Number.isNaN(receiveMs)) return `"${textOf(told)}" is no time of receipt`;
  if (timeMs < 0 || receiveMs < 0) return 'it is of before 1970';
  if (receiveMs > untilMs) return `it lies in the future: ${new Date(receiveMs).toISOString()}`;
  return { timeMs, receiveMs, rawMs: numberOf(cell('raw_ms')) };
}

function qualityOf(cell: CellOf, numberOf: NumberOf): number | string {
  const status = cell('status');
  if (textOf(status) !== '') {
    const code = numberOf(status);
    return Number.isInteger(code) && code >= 0 && code <= statusMax
      ? code
      : `"${textOf(status)}" is no status`;
  }
  const word = textOf(cell('quality')).toLowerCase();
  return word === '' ? Quality.good : (words[word] ?? `"${word}" is no quality`);
}

function readingOf(cell: CellOf, numberOf: NumberOf, kind: ValueKind, bad: boolean) {
  if (bad) return { value: Number.NaN, exact: undefined };
  if (kind === 'int64' || kind === 'uint64') {
    const text = textOf(cell('value_exact')) || textOf(cell('value'));
    const exact = /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
    const cut =
      exact === undefined
        ? undefined
        : kind === 'int64'
          ? BigInt.asIntN(64, exact)
          : BigInt.asUintN(64, exact);
    return exact === undefined || cut !== exact ? `"${text}" is no ${kind}` : { value: Number(exact), exact };
  }
  const told = cell('value');
  const word = textOf(told);
  if (word === '') return 'there is no value';
  const value = word === 'true' ? 1 : word === 'false' ? 0 : numberOf(told);
  return Number.isFinite(value) ? { value, exact: undefined } : `"${word}" is no value`;
}
