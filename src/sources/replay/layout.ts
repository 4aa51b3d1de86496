// Which cell of a row holds what: the names of the file and the configuration brought together, once.
import { GemError } from '../../errors.ts';
import { nearest } from '../../formats/edit-distance.ts';
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
  /** Of objects, which say for themselves what they have: what was looked for, and what the first one had. */
  readonly sought: string;
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
export const timeNames = [
  'timestamp',
  'datetime',
  'date_time',
  'time',
  '_time',
  't',
  'ts',
  'zeitstempel',
  'zeit',
];
const shownNames = 12;
const shownLetters = 60;
const shownNear = 3;
const shownMissing = 5;

interface Finder {
  find(column: Column): At | undefined;
  /** The first of several that there is. */
  findFirst(columns: readonly Column[]): At | undefined;
  /** In words. */
  missing(what: string, column: Column): string;
  /** What there is, in words. */
  readonly there: string;
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
    if (found === undefined) throw finder.refuse(`${finder.missing(what, column)}; ${finder.there}`);
    return found;
  };
  const { long } = settings;
  return {
    ...timeOf(settings, finder, need),
    quality: need('the quality', settings.quality?.column),
    name: need('the name of the tag', long?.tag),
    value: need('the value', long?.value),
    fields: long === undefined ? fieldsIn(settings.fields, finder) : [],
    sought: isJson && long === undefined ? wantedWords(settings.fields, finder) : '',
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
  const find = (column: Column): At | undefined => {
    // Which fields an object has, each says for itself.
    if (isJson) return (content) => lookUp(content as JsonObject, String(column));
    const [index = -1, ...others] = typeof column === 'number' ? [column - 1] : indexesOf(known, column);
    if (others.length > 0) throw refuse(severalWords(column, [index, ...others]));
    return index >= 0 && index < columns ? (content) => (content as readonly string[])[index] : undefined;
  };
  return {
    names: known,
    refuse,
    find,
    findFirst(columns) {
      // One name after the other: of those behind the one that is there, it does not matter whether they are clear.
      if (!isJson) return firstOf(columns, find);
      const found = columns.map(find);
      return (content) => firstOf(found, (at) => at?.(content));
    },
    there: thereIs(known, columns),
    missing(what, column) {
      if (typeof column === 'number') return `${what}: there is no column ${column} of ${columns}`;
      return `${what}: there is no column "${column}"${nearWords(column, known)}`;
    },
  };
}

function firstOf<From, To>(all: readonly From[], to: (each: From) => To | undefined): To | undefined {
  for (const each of all) {
    const found = to(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

function thereIs(names: readonly string[], columns: number): string {
  if (names.length === 0) return `it has no header; name columns by number, 1 to ${columns}`;
  const listed = listOf(names);
  return `there is ${listed}${listed.includes('\ufffd') ? ' (its text is not UTF-8: set encoding)' : ''}`;
}

function nearWords(column: Column, names: readonly string[]): string {
  // What is no text cannot be copied from here.
  const short = names.filter((name) => name.length <= shownLetters && !name.includes('\ufffd'));
  const near = nearest(String(column), short).slice(0, shownNear);
  return near.length === 0
    ? ''
    : ` (did you mean ${near.map((name) => `"${printable(name)}"`).join(' or ')}?)`;
}

/** The names of a file that may be anything, even no text at all. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).map((name) => printable(name.slice(0, shownLetters)));
  return `${shown.join(', ')}${names.length > shownNames ? ', …' : ''}`;
}

/** More than one where nobody can tell which is meant. */
function indexesOf(names: readonly string[], name: string): number[] {
  const where = (fits: (each: string) => boolean) =>
    names.flatMap((each, index) => (fits(each) ? [index] : []));
  const exact = where((each) => each === name);
  const lower = name.toLowerCase();
  return exact.length > 0 ? exact : where((each) => each.toLowerCase() === lower);
}

function severalWords(column: Column, indexes: readonly number[]): string {
  const numbers = indexes.map((index) => index + 1);
  const list = `${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;
  return `"${printable(String(column))}" is the name of columns ${list}; give the number of the one you mean`;
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
  const there = finder.names.length === 0 ? 'it has no header' : finder.there;
  throw finder.refuse(`which column has the time? ${there}; set time.column, or rateHz where there is none`);
}

function fieldsIn(fields: readonly Field[], finder: Finder): (At | undefined)[] {
  const found = fields.map(({ columns }) => finder.findFirst(columns));
  const missing = fields.filter(({ required }, i) => required && found[i] === undefined);
  if (missing.length > 0) throw finder.refuse(missingWords(missing, finder));
  if (found.some((at) => at !== undefined)) return found;
  throw finder.refuse(`none of its columns is a tag that is wanted${wantedWords(fields, finder)}`);
}

/** What was looked for, and what there is instead. */
function wantedWords(fields: readonly Field[], { names, there }: Finder): string {
  const wanted = fields
    .slice(0, shownNames)
    .map(({ spec, columns: [column = spec.name] }) => `${column}${nearWords(column, names)}`);
  return ` (${wanted.join(', ')}); ${there}`;
}

/** All that are missing are said at once, the first few by name. */
function missingWords(missing: readonly Field[], finder: Finder): string {
  const said = missing
    .slice(0, shownMissing)
    .map(({ spec, columns }) => finder.missing(`the tag ${spec.name}`, columns[0] ?? spec.name));
  const more = missing.length - said.length;
  return [...said, ...(more > 0 ? [`and ${more} more tags`] : []), finder.there].join('; ');
}
