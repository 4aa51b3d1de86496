// `gemel forecast wear`: how long one part will last, from a few measurements of it and what others of its kind did.
import { type Command, InvalidArgumentError } from 'commander';
import { GemError } from '../errors.ts';
import type { ReadingWishes } from '../fit/reading.ts';
import { textOptions } from './fit-options.ts';
import { positive, whole } from './replay.ts';

interface WearFlags extends ReadingWishes {
  readonly fleet?: string;
  readonly limit?: number;
  readonly timeOfUse?: string;
  readonly wear?: string;
  readonly part?: string;
  readonly only?: string;
  readonly now?: number;
  readonly fresh?: number;
  readonly particles?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

const help = `
The file has a row for each measurement: how long the part was used (minutes, hours, parts, cuts; 0 is new) and how worn
it was found. Of several parts in one file, --part names the column that tells them apart; the last one is meant, or
--only; the others are its fleet, beside those of --fleet. One point and a fleet is enough; without a fleet the band is
as wide as a few points leave it.

A column is NAME, NAME:UNIT, NAME*SCALE or its number. --limit and --fresh are in the unit of the wear.

Examples:
  gemel forecast wear points.csv --limit 300
  gemel forecast wear points.csv --fleet others.csv --part tool --limit 300 --json
  gemel forecast wear mill.csv --time-of-use time:min --wear 'VB [mm]' --part case --only 7 --limit 0.3`;

export function registerForecastWear(forecast: Command): void {
  const command = forecast
    .command('wear')
    .description('tell how long a part lasts, from a few measurements and its fleet')
    .argument('<file>', 'CSV or JSON lines, packed by gzip or not')
    .option('--fleet <file>', 'the same of earlier parts')
    .option('--limit <wear>', 'worn so far it has to be exchanged (default: 300)', positive)
    .option('--time-of-use <column>', 'how long it was used (default: use, time, cut, hours … or the first)')
    .option('--wear <column>', 'how worn it was (default: wear, VB, flank … or the second)')
    .option('--part <column>', 'which part, where a file has several')
    .option('--only <name>', 'of several parts the one that is meant')
    .option('--now <use>', 'used so far (default: at the last measurement)', positive)
    .option('--fresh <wear>', 'of a new one (default: 0)', fromZero)
    .option('--particles <n>', 'futures (default: 1500)', whole)
    .option('--seed <n>', 'of those futures', whole)
    .option('--json', 'as JSON');
  textOptions(command)
    .addHelpText('after', help)
    .action(async (file: string, _: WearFlags, given: Command) => {
      // What it shares with its parent (--seed, --json …) commander keeps there when it is said first.
      const flags = given.optsWithGlobals<WearFlags>();
      process.stdout.write(await forecastFile(file, flags));
    });
}

const usualLimit = 300;

async function forecastFile(file: string, flags: WearFlags): Promise<string> {
  const [{ readCurves, splitCurves }, { forecastWear }, { wearText, wearJson }, { FitRefusal }] =
    await Promise.all([
      import('./forecast-wear-file.ts'),
      import('../core/forecast/degradation.ts'),
      import('./forecast-wear-view.ts'),
      import('../core/fit/refusal.ts'),
    ]);
  const { limit = usualLimit, fleet, now, fresh, particles, seed } = flags;
  const own = splitCurves(await readCurves(file, flags), flags.only, file);
  const others = fleet === undefined ? [] : [...(await readCurves(fleet, flags)).curves.values()];
  const work = () =>
    forecastWear(own.points, [...own.fleet, ...others], limit, {
      ...(now !== undefined && { now }),
      ...(fresh !== undefined && { fresh }),
      ...(particles !== undefined && { particles }),
      ...(seed !== undefined && { seed }),
    });
  const told = toldOr(work, (error) =>
    error instanceof FitRefusal
      ? new GemError('GEM_FIT_IMPOSSIBLE', { file, why: error.message }, error)
      : error,
  );
  const about = { part: own.part, useUnit: own.useUnit, wearUnit: own.wearUnit, notes: own.notes };
  return flags.json === true ? wearJson(told, about) : wearText(told, about);
}

function toldOr<T>(work: () => T, explain: (error: unknown) => unknown): T {
  try {
    return work();
  } catch (error) {
    throw explain(error);
  }
}

function fromZero(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0) return value;
  throw new InvalidArgumentError('expected a number from 0');
}
