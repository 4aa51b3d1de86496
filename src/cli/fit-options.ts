// What every `gemel fit` can be told: how a file is read, which of its rows count, what becomes of the answer.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readNames, readRanges, readValues } from '../fit/assignments.ts';
import type { ReadingWishes } from '../fit/reading.ts';
import type { RunWishes } from '../fit/run.ts';
import { timeFormats } from '../fit/time-plan.ts';
import type { Moment } from '../replay/rows.ts';
import { collect } from './repeated.ts';
import { moment, positive, whole } from './replay.ts';

export interface DataFlags extends ReadingWishes {
  readonly time?: string;
  readonly timeFormat?: string;
  readonly date?: 'iso' | 'dmy' | 'mdy';
  readonly zone?: string;
  readonly rate?: number;
  readonly run?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly maxGap?: number;
}

export interface OutputFlags {
  readonly json?: boolean;
  readonly yaml?: boolean;
  readonly report?: string;
  readonly predictions?: string;
}

export interface SearchFlags {
  readonly validate: number | string;
  readonly known?: readonly string[];
  readonly bounds?: readonly string[];
  readonly starts?: number;
  readonly seed?: number;
}

/** Of a file of rows. */
export function dataOptions(command: Command): Command {
  return command
    .optionsGroup('Time and rows:')
    .option(
      '--time <column>',
      'the column with the time (default: the one called time, t, timestamp or the like)',
    )
    .addOption(new Option('--time-format <format>', 'how it is written there').choices(timeFormats))
    .addOption(
      new Option('--date <order>', 'of a date that is not ISO: 31.12.2026 is dmy').choices([
        'iso',
        'dmy',
        'mdy',
      ]),
    )
    .option('--zone <zone>', 'of times that carry none: Z or +01:00')
    .option('--rate <hz>', 'rows a second, where no column has the time', positive)
    .option('--run <column>', 'a new run begins where its word changes: nothing goes across')
    .option('--from <time>', 'ISO time, or seconds after the first row', moment)
    .option('--to <time>', 'ISO time, or seconds after the first row', moment)
    .option('--max-gap <seconds>', 'a longer gap ends a piece (default: 10 usual steps)', positive);
}

/** How the text of a file is written; nearly always found out. */
export function textOptions(command: Command): Command {
  return command
    .optionsGroup('Text of the file:')
    .addOption(
      new Option('--delimiter <sign>').choices(['auto', 'comma', 'semicolon', 'tab', 'pipe', 'space']),
    )
    .addOption(new Option('--decimal <sign>').choices(['auto', 'point', 'comma']))
    .addOption(new Option('--encoding <name>').choices(['auto', 'utf-8', 'utf-16le', 'windows-1252']))
    .option('--no-header', 'the first line is a row already; columns are numbers')
    .option('--skip-lines <n>', 'lines before the first that counts', whole)
    .option('--comment <sign>', 'lines that begin with it are skipped (default: #; "" for none)')
    .option('--empty <word>', 'stands for no value; may be given again', collect);
}

export function searchOptions(command: Command): Command {
  return command
    .optionsGroup('The fit:')
    .option('--known <name=value>', 'given, not estimated; may be given again, or with commas', collect)
    .option(
      '--validate <share|file>',
      'only judged by, never learnt from: the last share of the rows, or another file',
      validation,
      0.3,
    )
    .option('--bounds <name=low..high>', 'between what it is sought; may be given again', collect)
    .option('--starts <n>', 'searches from so many places at most', whole)
    .option('--seed <n>', 'of the places to search from', whole);
}

export function outputOptions(command: Command): Command {
  return command
    .optionsGroup('The answer:')
    .option('--json', 'all of it as JSON')
    .option('--yaml', 'as YAML, to paste under machines.<id>')
    .option('--report <file.html>', 'with plots, in one file that needs nothing else')
    .option('--predictions <file.csv>', 'measured and predicted, row by row');
}

export function runWishes(
  path: string,
  flags: DataFlags & SearchFlags,
  onProgress: (share: number) => void,
): RunWishes {
  const { run, from, to, maxGap, validate } = flags;
  return {
    ...{ path, validate, onProgress, reading: readingOf(flags), time: timeOf(flags) },
    ...(run === undefined ? {} : { run }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(maxGap === undefined ? {} : { maxGapS: maxGap }),
  };
}

export function readingOf(flags: DataFlags): RunWishes['reading'] {
  const { delimiter, decimal, encoding, header, skipLines, comment, empty } = flags;
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(encoding === undefined ? {} : { encoding }),
    // Commander says true where --no-header is not there.
    ...(header === false ? { header } : {}),
    ...(skipLines === undefined ? {} : { skipLines }),
    ...(comment === undefined ? {} : { comment }),
    ...(empty === undefined ? {} : { empty }),
  };
}

function timeOf({ time, timeFormat, date, zone, rate }: DataFlags): RunWishes['time'] {
  return {
    ...(time === undefined ? {} : { time }),
    ...(timeFormat === undefined ? {} : { timeFormat }),
    ...(date === undefined ? {} : { date }),
    ...(zone === undefined ? {} : { zone }),
    ...(rate === undefined ? {} : { rateHz: rate }),
  };
}

export function knownOf({ known = [] }: { readonly known?: readonly string[] }): Record<string, number> {
  return readValues('--known', known);
}

export function boundsOf({ bounds = [] }: { readonly bounds?: readonly string[] }) {
  return readRanges('--bounds', bounds);
}

export function namesOf(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined ? undefined : readNames(words);
}

export function validation(text: string): number | string {
  const share = Number(text);
  if (text.trim() === '' || Number.isNaN(share)) return text;
  if (share >= 0 && share <= 0.9) return share;
  throw new InvalidArgumentError('expected a share from 0 to 0.9, or a file');
}
