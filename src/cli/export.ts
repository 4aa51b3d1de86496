// `gemel export`: samples of the history to a file, for spreadsheets, pandas and whatever reads Parquet.
import { type Command, Option } from 'commander';
import { GemError } from '../errors.ts';
import type { HistoryReader, RollupStep, Tier } from '../ports/history.ts';
import type { CsvStyle } from '../transfer/csv.ts';
import type { Exported, ExportWishes, Shape } from '../transfer/export.ts';
import type { TimeStyle } from '../transfer/time-text.ts';
import { bytesText } from './bytes-text.ts';
import {
  choiceOptions,
  duration,
  historyFile,
  loadPlant,
  type WhoseHistory,
  withReader,
} from './history-file.ts';
import { collect } from './repeated.ts';
import { createBar, whole } from './replay.ts';

export interface ExportFlags extends WhoseHistory {
  readonly tag?: readonly string[];
  readonly machine?: string;
  readonly signal?: readonly string[];
  readonly tier: Tier | 'all';
  readonly from?: number;
  readonly to?: number;
  readonly format?: string;
  readonly wide?: boolean;
  readonly every?: number;
  readonly align?: 'previous' | 'linear';
  readonly stale?: number;
  readonly rollup?: string;
  readonly points?: number;
  readonly method?: 'min-max' | 'lttb';
  readonly delimiter: 'comma' | 'semicolon' | 'tab';
  readonly decimal: 'point' | 'comma';
  readonly times: TimeStyle;
  readonly units?: boolean;
  readonly excel?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

export interface ExportConsole {
  readonly env: NodeJS.ProcessEnv;
  /** A promise when the reader is slower than we are. */
  readonly print: (bytes: Uint8Array) => Promise<void> | undefined;
  /** Beside the output: progress, and what came of it. */
  readonly tell: (text: string) => void;
  /** Whether someone watches `tell`. */
  readonly terminal: boolean;
}

const help = `
Examples:
  gemel export all.parquet                                       every sample there is
  gemel export day.csv.gz --from -24h                            the last day, packed
  gemel export x.csv --tag 'shop/mill-1/spindle.*' --from 2026-03-02T08:00 --to 2026-03-02T09:00
  gemel export x.csv --machine mill-1 --signal spindle.current --wide --every 100ms
  gemel export week.csv --excel --wide --every 1s --from -7d     for a spreadsheet
  gemel export hours.jsonl --rollup 1h --tier twin               least, mean and most of each hour
  gemel export - --points 1000 --tag mill-1/winding.temp | head  to the standard output

A wide CSV is what \`gemel replay\` and \`gemel fit\` read; a long one (without --wide) has everything and is what \`gemel
import\` takes. Times are UTC. docs/history.md describes the columns.
Exit codes: 0 written, 1 nothing to write or it cannot be written, 2 usage, or a tag that is not there.`;

export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('write samples of the history to a file: CSV, JSON lines or Parquet')
    .argument(
      '<file>',
      'where to: .csv, .jsonl, .parquet, also .csv.gz and .jsonl.gz; - for standard output',
    );
  choiceOptions(command, 'raw')
    .option('--tag <source/name>', 'only this one, with * and ? as wildcards; may be given again', collect)
    .option('--format <format>', 'csv, jsonl or parquet (default: by the name of the file)')
    .option('--wide', 'a row every so often, a column a tag')
    .option('--every <time>', 'how often (with --wide; default 1s)', duration)
    .addOption(
      new Option('--align <how>', 'what a tag is worth between samples (with --wide)').choices([
        'previous',
        'linear',
      ]),
    )
    .option(
      '--stale <time>',
      'after so long without a sample the cell is empty (with --wide; default: never)',
      duration,
    )
    .addOption(
      new Option('--rollup <step>', 'number, least, mean, most and sum of each stretch').choices(
        Object.keys(steps),
      ),
    )
    .option('--points <n>', 'at most so many points a tag, which keep what a chart would show', whole)
    .addOption(new Option('--method <method>', 'how the points are chosen').choices(['min-max', 'lttb']))
    .addOption(
      new Option('--delimiter <sign>', 'of CSV').choices(['comma', 'semicolon', 'tab']).default('comma'),
    )
    .addOption(new Option('--decimal <sign>', 'of CSV').choices(['point', 'comma']).default('point'))
    .addOption(
      new Option('--times <style>', 'how times are written').choices(['iso', 'plain', 'ms']).default('iso'),
    )
    .option('--units', 'a row of units below the names (CSV)')
    .option('--excel', 'CSV as spreadsheets want it: marked as UTF-8, times without T and Z')
    .option('--force', 'overwrite the file')
    .option('--json', 'what came of it, as JSON')
    .addHelpText('after', help)
    .action(async (file: string, flags: ExportFlags) => {
      await runExport(file, flags, {
        env: process.env,
        print: (bytes) =>
          process.stdout.write(bytes)
            ? undefined
            : new Promise((resolve) => process.stdout.once('drain', () => resolve())),
        tell: (text) => process.stderr.write(text),
        terminal: process.stderr.isTTY === true,
      });
    });
}

const steps: Readonly<Record<string, RollupStep>> = {
  '1s': 1000,
  '1m': 60_000,
  '1min': 60_000,
  '1h': 3_600_000,
};
const pointsMax = 1_000_000;
const everyUsualMs = 1000;

export async function runExport(file: string, flags: ExportFlags, to: ExportConsole): Promise<Exported> {
  const { formOf } = await import('../transfer/file-format.ts');
  const form = { ...formOf(file, flags.format), shape: shapeOf(flags), csv: csvStyle(flags) };
  return withReader(await historyFile(flags, to.env), async (reader) => {
    const tags = await chosenTags(reader, flags, to.env);
    const done = await exportTo(
      file,
      reader,
      { ...form, tags, fromMs: flags.from, toMs: flags.to },
      flags,
      to,
    );
    if (file !== '-' || flags.json === true) to.tell(told(file, done, flags.json === true));
    if (reader.damages > 0) to.tell(`gemel: ${damaged(reader.damages)}\n`);
    return done;
  });
}

async function exportTo(
  file: string,
  reader: HistoryReader,
  wishes: ExportWishes & { readonly gzip: boolean },
  flags: ExportFlags,
  to: ExportConsole,
): Promise<Exported> {
  const [{ openOutput, openStream }, { exportHistory }] = await Promise.all([
    import('../transfer/output.ts'),
    import('../transfer/export.ts'),
  ]);
  const { gzip } = wishes;
  const toFile = file !== '-';
  const output = toFile
    ? await openOutput(file, { gzip, force: flags.force === true })
    : openStream(to.print, gzip);
  const bar = to.terminal && toFile ? createBar(to.tell) : undefined;
  const onInterrupt = () => {
    bar?.clear();
    void output.abandon().finally(() => process.exit(130));
  };
  process.once('SIGINT', onInterrupt);
  return exportHistory(reader, wishes, output, (share) => bar?.show(share)).finally(() => {
    bar?.clear();
    process.off('SIGINT', onInterrupt);
  });
}

async function chosenTags(reader: HistoryReader, flags: ExportFlags, env: NodeJS.ProcessEnv) {
  const { chooseTags } = await import('../transfer/tag-choice.ts');
  const plant = flags.machine === undefined ? undefined : await loadPlant(flags, env);
  const { tag: tags = [], machine, signal: signals = [], tier } = flags;
  return chooseTags(await reader.tags(), { tags, machine, signals, tier }, plant);
}

function shapeOf(flags: ExportFlags): Shape {
  const { wide, rollup, points, method, every, align, stale } = flags;
  const asked = [wide === true && '--wide', rollup && '--rollup', points && '--points'].filter(Boolean);
  if (asked.length > 1) throw usage(`${asked.join(' and ')} exclude each other`);
  if (wide !== true && (every ?? align ?? stale) !== undefined)
    throw usage('--every, --align and --stale go with --wide');
  if (points === undefined && method !== undefined) throw usage('--method goes with --points');
  if (points !== undefined && points > pointsMax) throw usage(`--points: at most ${pointsMax}`);
  if (wide === true) {
    const everyMs = every ?? everyUsualMs;
    return { kind: 'wide', everyMs, align: align ?? 'previous', staleMs: stale ?? Number.POSITIVE_INFINITY };
  }
  if (rollup !== undefined) return { kind: 'rollup', stepMs: steps[rollup]! };
  if (points !== undefined) return { kind: 'points', points, method: method ?? 'min-max' };
  return { kind: 'long' };
}

function csvStyle({ delimiter, decimal, times, units, excel }: ExportFlags): CsvStyle {
  if (delimiter === 'comma' && decimal === 'comma')
    throw usage('--decimal comma wants --delimiter semicolon or tab');
  const sign = ({ comma: ',', semicolon: ';', tab: '\t' } as const)[delimiter];
  return {
    delimiter: sign,
    decimalComma: decimal === 'comma',
    times: excel === true && times === 'iso' ? 'plain' : times,
    byteOrderMark: excel === true,
    units: units === true,
    noFormulas: excel === true,
  };
}

function told(file: string, done: Exported, json: boolean): string {
  const { fromMs, toMs, rows, tags, bytes } = done;
  const [from, until] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  if (json) return `${JSON.stringify({ file, rows, tags, bytes, from, to: until })}\n`;
  const counts = `${rows} row${rows === 1 ? '' : 's'} of ${tags} tag${tags === 1 ? '' : 's'}`;
  return `wrote ${file}: ${counts}, ${from} to ${until}, ${bytesText(bytes)}\n`;
}

function damaged(rows: number): string {
  return `${rows} row${rows === 1 ? ' of the file is' : 's of the file are'} damaged, and what was in them is missing here; \`gemel doctor\` has more`;
}

function usage(why: string): GemError {
  return new GemError('GEM_USAGE', { why });
}
