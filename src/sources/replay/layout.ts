// Which cell of a row holds what: the names of the file and the configuration brought together, once.
import { GemError } from '../../errors.ts';
import { printable } from '../../formats/excerpt.ts';
import type { JsonObject } from '../../formats/json.ts';
import type { Field } from './field.ts';
import { lookUp } from './jsonl.ts';
import type { RowContent } from './row.ts';
import type { Column, ReplaySourceConfig } from './schema.ts';

export type At = (content: RowContent) => unknown;

export interface Layout {
  readonly time: At | undefined;
  readonly dayTime: At | undefined;
  readonly quality: At | undefined;
  /** In a long recording: the name of the tag, and its value. */
  readonly name: At | undefined;
  readonly value: At | undefined;
  /** By field; undefined for one this recording does not have. */
  readonly fields: readonly (At | undefined)[];
}

export interface LayoutSettings {
  readonly file: string;
  readonly fields: readonly Field[];
  readonly time: ReplaySourceConfig['time'];
  readonly rateHz: number | undefined;
  readonly long: ReplaySourceConfig['long'];
  readonly quality: ReplaySourceConfig['quality'];
}

/** In this order; a file that has a date and a time has its time in two columns. */
const timeNames = ['timestamp', 'datetime', 'date_time', 'time', '_time', 't', 'ts', 'zeitstempel', 'zeit'];
const shownNames = 12;
const shownLetters = 60;

interface Finder {
  find(column: Column): At | undefined;
  /** The first of several that there is. */
  findFirst(columns: readonly Column[]): At | undefined;
  missing(what: string, column: Column): GemError;
  refuse(why: string): GemError;
  readonly names: readonly string[];
}

/** Throws what the writer of the configuration has to mend. */
export function layOut(
  settings: LayoutSettings,
  names: readonly string[] | undefined,
  columns: number,
  isJson: boolean,
): Layout {
  const finder = createFinder(settings.file, names, columns, isJson);
  const need = (what: string, column: Column | undefined) => {
    if (column === undefined) return undefined;
    const found = finder.find(column);
    if (found === undefined) throw finder.missing(what, column);
    return found;
  };
  const { long } = settings;
  return {
    ...timeOf(settings, finder, need),
    quality: need('the quality', settings.quality?.column),
    name: need('the name of the tag', long?.tag),
    value: need('the value', long?.value),
    fields: long === undefined ? fieldsIn(settings.fields, finder) : [],
  };
}

function createFinder(
  file: string,
  names: readonly string[] | undefined,
  columns: number,
  isJson: boolean,
): Finder {
  const known = names ?? [];
  const refuse = (why: string) => new GemError('GEM_REPLAY_MAPPING', { file, why });
  const byIndex = (index: number): At | undefined =>
    index >= 0 && index < columns ? (content) => (content as readonly string[])[index] : undefined;
  const find = (column: Column): At | undefined => {
    // Which fields an object has, each says for itself.
    if (isJson) return (content) => lookUp(content as JsonObject, String(column));
    return byIndex(typeof column === 'number' ? column - 1 : indexOf(known, column));
  };
  return {
    names: known,
    refuse,
    find,
    findFirst(columns) {
      const found = columns.map(find).filter((at) => at !== undefined);
      if (!isJson || found.length < 2) return found[0];
      return (content) => found.map((at) => at(content)).find((value) => value !== undefined);
    },
    missing(what, column) {
      if (typeof column === 'number') return refuse(`${what}: there is no column ${column} of ${columns}`);
      const listed = listOf(known);
      const there = known.length === 0 ? `it has no header; name columns by number, 1 to ${columns}` : listed;
      const coded = listed.includes('\ufffd') ? ' (its text is not UTF-8: set encoding)' : '';
      return refuse(`${what}: there is no column "${column}"; there is ${there}${coded}`);
    },
  };
}

/** The names of a file that may be anything, even no text at all. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).map((name) => printable(name.slice(0, shownLetters)));
  return `${shown.join(', ')}${names.length > shownNames ? ', …' : ''}`;
}

function indexOf(names: readonly string[], name: string): number {
  const exact = names.indexOf(name);
  if (exact >= 0) return exact;
  const lower = name.toLowerCase();
  return names.findIndex((each) => each.toLowerCase() === lower);
}

function timeOf(
  { time, rateHz }: LayoutSettings,
  finder: Finder,
  need: (what: string, column: Column | undefined) => At | undefined,
): Pick<Layout, 'time' | 'dayTime'> {
  if (time !== undefined) {
    return { time: need('the time', time.column), dayTime: need('the time of day', time.dayTimeColumn) };
  }
  if (rateHz !== undefined) return { time: undefined, dayTime: undefined };
  const named = (name: string) => finder.names.find((each) => each.toLowerCase() === name);
  const date = named('date') ?? named('datum');
  const dayTime = named('time') ?? named('zeit');
  const known = timeNames.map(named).find((name) => name !== undefined);
  const whole = known === dayTime && date !== undefined ? date : (known ?? date);
  if (whole !== undefined) {
    const both = whole === date && dayTime !== undefined;
    return { time: finder.find(whole), dayTime: both ? finder.find(dayTime) : undefined };
  }
  const there = finder.names.length === 0 ? 'it has no header' : `there is ${listOf(finder.names)}`;
  throw finder.refuse(`which column has the time? ${there}; set time.column, or rateHz where there is none`);
}

function fieldsIn(fields: readonly Field[], finder: Finder): (At | undefined)[] {
  const found = fields.map(({ spec, columns, required }) => {
    const at = finder.findFirst(columns);
    if (at !== undefined) return at;
    if (required) throw finder.missing(`the tag ${spec.name}`, columns[0] ?? spec.name);
    return undefined;
  });
  if (found.some((at) => at !== undefined)) return found;
  const wanted = fields.slice(0, shownNames).map(({ columns }) => columns[0]);
  throw finder.refuse(
    `none of its columns is a tag that is wanted (${wanted.join(', ')}); there is ${listOf(finder.names)}`,
  );
}
