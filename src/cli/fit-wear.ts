// `gemel fit wear`: how a tool wears with use, and how long it lasts.
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  boundsOf,
  type DataFlags,
  type OutputFlags,
  outputOptions,
  readingOf,
  textOptions,
  validation,
} from './fit-options.ts';
import { type FitConsole, tellFit, withBar } from './fit-output.ts';
import { collect } from './repeated.ts';
import { positive, whole } from './replay.ts';

interface WearFlags extends DataFlags, OutputFlags {
  readonly wear?: string;
  readonly timeOfUse?: string;
  readonly limit?: number;
  readonly fresh?: number | 'estimate';
  readonly criterion?: 'aicc' | 'bic';
  readonly validate: number | string;
  readonly bounds?: readonly string[];
  readonly seed?: number;
}

const help = `
  Shapes that are tried:  linear · a power of use · steady with an end zone · run-in, steady and end zone
  All tools share life and shape; each has a rate of its own about the common one.
Columns           what it is
  --time-of-use   how long it was used when it was measured: minutes, hours, parts, cuts; from 0 for a new one
  --wear          what was measured (VB); rows without it are no points
  --run           which tool; without it, all rows are one
A column is NAME, NAME:UNIT, NAME*SCALE or its number. What a header says in () or [] is its unit. Wear and use stay
in their units, and --limit is in that of the wear.

Parameters        unit             what it is
  rate            wear by use      on average until the limit
  life            use              until the limit, by the shape that fits best
  exponent, endZone.start, endZone.scale, runIn.wear, runIn.use    the shape, as shares of a life
  run.NAME.rate   1                of each tool, by the common one

Examples:
  gemel fit wear flutes.csv --time-of-use cut --wear 'flute_1:µm' --limit 150 --fresh estimate
  gemel fit wear mill.csv --time-of-use time:min --wear 'VB [mm]' --run case --limit 0.3 --report wear.html

Exit codes: 0 fitted, 1 it cannot be (too few points, not settled), 2 usage, columns or units. docs/fit.md has more.`;

export function registerFitWear(fit: Command, to: () => FitConsole): void {
  const command = fit
    .command('wear')
    .description('how a tool wears with use, and how long it lasts')
    .argument('<file>', 'CSV or JSON lines, packed by gzip or not')
    .optionsGroup('Columns:')
    .option('--time-of-use <column>', 'how long it was used')
    .option('--wear <column>', 'how worn it was')
    .option('--run <column>', 'which tool')
    .optionsGroup('The fit:')
    .option(
      '--limit <wear>',
      'worn so far it has to be exchanged; without it there is no life to tell',
      positive,
    )
    .option('--fresh <wear>', 'of a new one: a number, or estimate (default: 0)', fresh)
    .addOption(
      new Option('--criterion <name>', 'that compares shapes (default: aicc)').choices(['aicc', 'bic']),
    )
    .option('--bounds <name=low..high>', 'between what it is sought; may be given again', collect)
    .option('--seed <n>', 'of the places to search from', whole)
    .option(
      '--validate <share|file>',
      'only judged by: the last share of each tool, foretold from the rest, or another file',
      validation,
      0.3,
    );
  textOptions(outputOptions(command))
    .addHelpText('after', help)
    .action((file: string, flags: WearFlags) => fitWearFlags(file, flags, to()));
}

async function fitWearFlags(file: string, flags: WearFlags, to: FitConsole): Promise<void> {
  const { fitWearFile } = await import('../fit/wear.ts');
  const { wear, timeOfUse, run, limit, fresh: begin, criterion, validate, seed } = flags;
  const fitted = await withBar(to, (onProgress) =>
    fitWearFile({
      ...{ path: file, reading: readingOf(flags), bounds: boundsOf(flags), validate, onProgress },
      ...(wear === undefined ? {} : { wear }),
      ...(timeOfUse === undefined ? {} : { use: timeOfUse }),
      ...(run === undefined ? {} : { run }),
      ...(limit === undefined ? {} : { limit }),
      ...(begin === undefined ? {} : { fresh: begin }),
      ...(criterion === undefined ? {} : { criterion }),
      ...(seed === undefined ? {} : { seed }),
    }),
  );
  await tellFit(fitted, flags, to);
}

function fresh(text: string): number | 'estimate' {
  const value = Number(text);
  if (text === 'estimate' || (text.trim() !== '' && value >= 0)) return text === 'estimate' ? text : value;
  throw new InvalidArgumentError('expected a number from 0, or estimate');
}
