// What `gemel detect` can be told, and what becomes of the words.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { textOptions } from './fit-options.ts';
import { collect } from './repeated.ts';
import { positive, whole } from './replay.ts';

export interface DetectFlags {
  readonly detector?: readonly string[];
  readonly columns?: readonly string[];
  readonly limit?: readonly string[];
  readonly threshold: number;
  readonly mode?: string;
  readonly learn?: number;
  readonly time?: string;
  readonly timeFormat?: 'auto' | 's' | 'ms' | 'us' | 'ns' | 'min' | 'h' | 'iso';
  readonly date?: 'iso' | 'dmy' | 'mdy';
  readonly zone?: string;
  readonly rate?: number;
  readonly out?: string;
  readonly format?: 'csv' | 'jsonl';
  readonly force?: boolean;
  readonly events?: boolean;
  readonly json?: boolean;
  readonly plot?: boolean;
}

export function detectOptions(command: Command): Command {
  command
    .optionsGroup('What looks:')
    .option('--detector <kinds>', 'one or more of them, with commas (default: ensemble)', collect)
    .option('--limit <column=warning/trip>', 'try a threshold; may be given again', collect)
    .option('--threshold <score>', 'from this score on a row is flagged', share, 0.5)
    .option('--columns <names>', 'look only at these, with commas (default: all with numbers)', collect)
    .option('--mode <column>', 'what the machine does: each word of it has a normal of its own')
    .option(
      '--learn <rows>',
      'a detector by name learns from so many rows before it speaks (default: 300)',
      whole,
    )
    .optionsGroup('Time:')
    .option('--time <column>', 'the column with the time (default: found by its name or its looks)')
    .addOption(
      new Option('--time-format <format>', 'how it is written there').choices([
        ...['auto', 's', 'ms', 'us', 'ns', 'min', 'h', 'iso'],
      ]),
    )
    .addOption(new Option('--date <order>', 'of 3/4/2026').choices(['iso', 'dmy', 'mdy']))
    .option('--zone <zone>', 'of times that carry none: Z or +01:00', zone)
    .option('--rate <hz>', 'rows a second, where no column has the time', positive)
    .optionsGroup('The answer:')
    .option('--out <file>', 'rows go to this file (.csv, .jsonl; packed with .gz), not to standard output')
    .addOption(
      new Option('--format <format>', 'of the rows (default: by the name of --out, else csv)').choices([
        ...['csv', 'jsonl'],
      ]),
    )
    .option('--force', 'overwrite --out')
    .option('--events', 'flagged stretches instead of rows: when, how strong, which columns, a sentence')
    .option('--json', 'the summary as JSON instead of rows; with --events the events in it')
    .option('--no-plot', 'no picture of the scores in the summary on a terminal');
  return textOptions(command);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a score above 0, up to 1');
}

function zone(text: string): string {
  if (/^(Z|z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/.test(text)) return text;
  throw new InvalidArgumentError('expected Z, or hours and minutes such as +01:00');
}

/** Of an option that is given more than once, or with commas. */
export function listOf(words: readonly string[] = []): string[] {
  return words
    .flatMap((word) => word.split(','))
    .flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

/** What needs more than the rows of a file. */
const notOfFiles: Readonly<Record<string, string>> = {
  silent:
    'it watches whether samples come, and rows of a file say nothing of that; gaps in time are told anyway',
};

/** `known`: of those that can be run over a file. */
export function kindsOf(words: readonly string[] | undefined, known: readonly string[]): string[] {
  const kinds = listOf(words).map((word) => word.toLowerCase());
  for (const kind of kinds) {
    if (known.includes(kind)) continue;
    const reason = notOfFiles[kind];
    const why =
      reason ?? `there is no such detector${didYouMean(kind, known) || `; there are ${known.join(', ')}`}`;
    throw new GemError('GEM_USAGE', { why: `--detector ${kind}: ${why}` });
  }
  return [...new Set(kinds)];
}
