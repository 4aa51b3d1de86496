// Where the times of a file come from: a column, a date and a time of day, or a rate.
import { GemError } from '../errors.ts';
import { printable } from '../formats/excerpt.ts';
import { timeNames } from '../sources/replay/layout.ts';
import { chooseColumn, columnError } from './column-word.ts';
import type { FileColumn } from './file-column.ts';
import type { FileLook } from './peek.ts';
import { conversion } from './unit-words.ts';

export interface TimeWishes {
  readonly time?: string;
  readonly timeFormat?: string;
  readonly date?: 'iso' | 'dmy' | 'mdy';
  readonly zone?: string;
  readonly rateHz?: number;
}

export interface TimePlan {
  /** For the replay source: `time` or `rateHz`. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Times in units the reading does not know are read as seconds, of which each is so many. */
  readonly times: number;
  /** In words. */
  readonly from: string;
}

export const timeFormats = ['auto', 's', 'ms', 'us', 'ns', 'min', 'h', 'iso'] as const;

export function planTime(look: FileLook, wishes: TimeWishes): TimePlan {
  const { rateHz } = wishes;
  if (rateHz !== undefined) {
    if (wishes.time !== undefined)
      throw new GemError('GEM_USAGE', {
        why: '--rate is for a file without times; leave out --time or --rate',
      });
    return { source: { rateHz }, times: 1, from: `${rateHz} rows a second` };
  }
  const found = wishes.time === undefined ? named(look.columns) : chosen(look, wishes.time);
  if (found === undefined) {
    const why = 'which column has the time? Say it with --time, or with --rate HZ where no column has it';
    throw columnError(look.file, why, look.columns);
  }
  const { column, dayTime } = found;
  const format = wishes.timeFormat ?? formatOf(found.unit);
  const isLong = format === 'min' || format === 'h';
  const isJson = look.format !== 'csv';
  const date = wishes.date ?? (format === 'auto' ? dateOf(look.file, column) : undefined);
  const time = {
    column: isJson ? column.header : column.number,
    ...(dayTime === undefined ? {} : { dayTimeColumn: isJson ? dayTime.header : dayTime.number }),
    format: isLong ? 's' : format,
    ...(isLong ? { relative: true } : {}),
    ...(date === undefined ? {} : { date }),
    ...(wishes.zone === undefined ? {} : { zone: wishes.zone }),
  };
  const also = dayTime === undefined ? '' : ` and "${dayTime.name}"`;
  const how = [format === 'auto' ? '' : `, ${format}`, date === undefined ? '' : `, ${date}`].join('');
  const times = format === 'min' ? 60 : format === 'h' ? 3600 : 1;
  return { source: { time }, times, from: `the column "${column.name}"${also}${how}` };
}

const dotted = /^\s*\d{1,2}\.\d{1,2}\.\d{4}\b/;
const slashed = /^\s*\d{1,2}[/-]\d{1,2}[/-]\d{4}\b/;

/** Points are written where the day comes first; of 3/4/2026 nobody knows who does not know the house. */
function dateOf(file: string, { name, samples }: FileColumn): 'dmy' | undefined {
  if (samples.some((cell) => slashed.test(cell))) {
    const why = `${file}: "${printable(name)}" has dates as ${printable(samples[0]!)}: say --date dmy where the day comes first, --date mdy where the month does`;
    throw new GemError('GEM_USAGE', { why });
  }
  return samples.some((cell) => dotted.test(cell)) ? 'dmy' : undefined;
}

interface TimeColumn {
  readonly column: FileColumn;
  readonly dayTime?: FileColumn;
  readonly unit: string | undefined;
}

function chosen({ file, columns }: FileLook, word: string): TimeColumn {
  const { column, unit } = chooseColumn('--time', word, file, columns);
  return { column, unit: unit ?? column.unit };
}

/** As the reading of recordings does it, with the unit in the header left aside. */
function named(columns: readonly FileColumn[]): TimeColumn | undefined {
  const called = (name: string) => columns.find((column) => column.name.toLowerCase() === name);
  const date = called('date') ?? called('datum');
  const dayTime = called('time') ?? called('zeit') ?? called('uhrzeit');
  if (date !== undefined && dayTime !== undefined) return { column: date, dayTime, unit: undefined };
  for (const name of [...timeNames, 'date', 'datum']) {
    const column = called(name);
    if (column !== undefined) return { column, unit: column.unit };
  }
  return undefined;
}

function formatOf(unit: string | undefined): string {
  const seconds = unit === undefined ? undefined : conversion(unit, 's')?.scale;
  if (seconds === undefined) return 'auto';
  const known: readonly [number, string][] = [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'us'],
    [1e-9, 'ns'],
    [60, 'min'],
    [3600, 'h'],
  ];
  return known.find(([size]) => Math.abs(size / seconds - 1) < 1e-9)?.[1] ?? 'auto';
}
