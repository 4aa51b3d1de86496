// `gemel detect`: what is unusual in a record, row by row, by the detectors of the gateway.
import type { Command } from 'commander';
import type { Detected } from '../detect/run.ts';
import { GemError } from '../errors.ts';
import { type DetectFlags, detectOptions, kindsOf, listOf } from './detect-options.ts';
import { readingOf } from './fit-options.ts';
import { createBar } from './replay.ts';

export interface DetectConsole {
  /** A promise where whoever reads is slower. */
  readonly print: (text: string | Uint8Array) => Promise<void> | undefined;
  /** Beside the output: progress and the summary. */
  readonly tell: (text: string) => void;
  /** Whether someone watches `tell`, and how wide. */
  readonly terminal: boolean;
  readonly columns: number;
  readonly stdin: () => AsyncIterable<Uint8Array>;
}

const help = `
Writes a line for each row: time,score,flag,columns,detector. Nothing has to be told: what is usual is learnt from the
rows before, never from those after. The score is 0 as long as too little is known, and from --threshold (0.5) on a row
is flagged. Columns that look like labels (label, is_anomaly, ...) are never looked at.

Detectors: ensemble (default), limits, rate, cusum, robust-z, ewma, change-point, stuck, pca, forest, spectrum
  --limit temperature=60/85       warning above 60, trip above 85; --limit flow=low:5/2 below

Examples:
  gemel detect plant.csv > scores.csv
  gemel detect plant.csv --events                      # only the stretches that stand out, each with a sentence
  gemel detect plant.csv --out scores.csv --json       # rows to a file, the summary as JSON
  gemel detect vibration.csv --rate 1000 --columns x,y,z
  gemel detect log.csv --detector cusum,robust-z --threshold 0.7
  gemel detect log.csv --detector limits --limit 'T motor=60/85' --limit flow=low:5/2 --events
  zcat log.csv.gz | gemel detect - --mode state

Exit codes: 0 judged (whatever was found), 1 nothing to judge or too short to learn, 2 usage or columns. docs/detect.md has more.`;

export function registerDetect(program: Command, to: () => DetectConsole = processConsole): void {
  const command = program
    .command('detect')
    .description('find what is unusual in a CSV file: a score, a flag and the columns for each row')
    .argument('<file>', 'CSV or JSON lines, packed by gzip or not; - for standard input');
  detectOptions(command)
    .addHelpText('after', help)
    .action((file: string, flags: DetectFlags) => detectFile(file, flags, to()));
}

function processConsole(): DetectConsole {
  return {
    print: (text) =>
      process.stdout.write(text)
        ? undefined
        : new Promise((resolve) => process.stdout.once('drain', () => resolve())),
    tell: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    stdin: () => process.stdin,
  };
}

async function detectFile(file: string, flags: DetectFlags, to: DetectConsole): Promise<void> {
  const [{ runDetect }, { ensembleKind, fileKinds, judgeOf }, { readLimits }, { openRows }, summary] =
    await Promise.all([
      import('../detect/run.ts'),
      import('../detect/judges.ts'),
      import('../detect/limit-words.ts'),
      import('../detect/rows-out.ts'),
      import('./detect-summary.ts'),
    ]);
  const limits = readLimits(flags.limit ?? []);
  const kinds = kindsFor(kindsOf(flags.detector, fileKinds), limits.length > 0, ensembleKind);
  const toScreen = flags.out === undefined && flags.events !== true && flags.json !== true;
  const rows = await openRows({ ...flags, toScreen }, to.print);
  const bar =
    to.terminal && (flags.out !== undefined || !toScreen || !process.stdout.isTTY)
      ? createBar(to.tell)
      : undefined;
  try {
    const columns = flags.columns === undefined ? {} : { columns: listOf(flags.columns) };
    const learnRows = flags.learn === undefined ? {} : { learnRows: flags.learn };
    const { threshold } = flags;
    const judging = { limits, threshold, moded: flags.mode !== undefined, ...learnRows };
    const needed = limits.map(({ column }) => ({ option: '--limit', column }));
    const found = await runDetect({
      ...{ path: file, reading: readingOf(flags), threshold, detectors: kinds },
      layout: {
        ...columns,
        ...timeWishes(flags),
        needed,
        ...(flags.mode === undefined ? {} : { mode: flags.mode }),
      },
      judgeOf: (names, periodS) => judgeOf(kinds, { names, periodS, ...judging }),
      stdin: to.stdin,
      onRow: rows.take,
      onEvent: () => {},
      onProgress: (share) => {
        if (!Number.isNaN(share)) bar?.show(share);
      },
    });
    await rows.finish();
    bar?.clear();
    await tellFound(found, flags, to, summary);
  } catch (error) {
    bar?.clear();
    await rows.abandon();
    throw error;
  }
}

async function tellFound(
  found: Detected,
  flags: DetectFlags,
  to: DetectConsole,
  { eventsText, summaryJson, summaryText }: typeof import('./detect-summary.ts'),
): Promise<void> {
  const { json, events } = flags;
  if (json === true) await to.print(`${JSON.stringify(summaryJson(found, events === true))}\n`);
  else if (events === true) await to.print(eventsText(found));
  if (json !== true || to.terminal) {
    const width = flags.plot === false || !to.terminal ? 0 : Math.min(100, to.columns - 12);
    to.tell(summaryText(found, width));
  }
  if (flags.out !== undefined) to.tell(`wrote ${flags.out}\n`);
}

function kindsFor(kinds: readonly string[], limited: boolean, usual: string): string[] {
  const all = kinds.length === 0 ? [limited ? 'limits' : usual] : [...kinds];
  if (limited && !all.includes('limits')) return [...all, 'limits'];
  if (all.includes('limits') && !limited) {
    throw new GemError('GEM_USAGE', { why: '--detector limits: say which with --limit COLUMN=WARNING/TRIP' });
  }
  return all;
}

function timeWishes({ time, timeFormat, date, zone, rate }: DetectFlags) {
  return {
    ...(time === undefined ? {} : { time }),
    ...(timeFormat === undefined ? {} : { timeFormat }),
    ...(date === undefined ? {} : { date }),
    ...(zone === undefined ? {} : { zone }),
    ...(rate === undefined ? {} : { rateHz: rate }),
  };
}
