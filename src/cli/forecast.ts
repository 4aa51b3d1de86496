// `gemel forecast`: how likely a machine is to fail, asked of the gateway that runs, or worked out of what it has kept.
import { type Command, InvalidArgumentError } from 'commander';
import type { Risk } from '../core/forecast.ts';
import { GemError } from '../errors.ts';
import { riskText } from './forecast-view.ts';
import { registerForecastWear } from './forecast-wear.ts';
import { onlyMachine, readTwin, twinStateDir, type WhoseTwins } from './twin-files.ts';

interface ForecastFlags extends WhoseTwins {
  readonly machine?: string;
  readonly hours?: number;
  readonly particles?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** What came of it, and where it was worked out. */
export interface Foretold {
  readonly machine: string;
  readonly running: boolean;
  readonly risk: Risk;
}

const examples = `
Examples:
  gemel forecast                             of the one machine there is, over its usual horizon
  gemel forecast mill-1 --hours 72           of three days
  gemel forecast mill-1 --particles 20000 --seed 7 --json
  gemel forecast wear points.csv --limit 300 of a few measurements of one tool; --help has more

A gateway that runs works it out beside its ticks, from its twin as it is now. When none runs, it is worked out here, from
what was kept when it stopped. The same seed on the same state is the same forecast.`;

export function registerForecast(program: Command): void {
  const forecast = program
    .command('forecast')
    .description('tell how likely a machine is to fail, and how')
    .argument('[machine]', 'name of the machine in the configuration')
    .option('--machine <name>', 'the same')
    .option('--hours <n>', 'how far it looks (default: as configured, 24)', hours)
    .option('--particles <n>', 'futures that are played through (default: as configured, 1000)', particles)
    .option('--seed <n>', 'of those futures (default: from machine and time)', seed)
    .option('--config <file>', 'configuration whose state directory is meant (default: as for `gemel run`)')
    .option('--state-dir <folder>', 'the state directory itself')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (machine: string | undefined, flags: ForecastFlags) => {
      const foretold = await foretell({ ...flags, ...(machine !== undefined && { machine }) });
      process.stdout.write(
        flags.json === true ? toJson(foretold) : riskText(foretold, outputOf(process.stdout)),
      );
    });
  registerForecastWear(forecast);
}

async function foretell({
  machine: named,
  hours,
  particles,
  seed,
  ...whose
}: ForecastFlags): Promise<Foretold> {
  const stateDir = await twinStateDir(whose, process.env);
  const machine = named ?? (await onlyMachine(stateDir));
  const [{ mailboxOf }, { isRunning }] = await Promise.all([
    import('../runtime/twins/mailbox.ts'),
    import('../runtime/twins/presence.ts'),
  ]);
  const folder = mailboxOf(stateDir);
  const wish = {
    ...(hours !== undefined && { horizonH: hours }),
    ...(particles !== undefined && { particles }),
    ...(seed !== undefined && { seed }),
  };
  if (!(await isRunning(folder).catch(() => false)))
    return { machine, running: false, risk: await workOut(stateDir, machine, wish) };
  const [{ askGateway }, { parseRisk }] = await Promise.all([
    import('../runtime/twins/ask.ts'),
    import('../runtime/forecast/risk-json.ts'),
  ]);
  const answer = await askGateway(folder, { kind: 'forecast', machine, ...wish });
  if (!answer.ok) throw new GemError('GEM_REQUEST_REFUSED', { why: answer.why });
  const risk = parseRisk(answer.risk);
  if (risk === undefined)
    throw new GemError('GEM_REQUEST_REFUSED', {
      why: 'its answer has no forecast; is it of another version?',
    });
  return { machine, running: true, risk };
}

interface Wish {
  readonly horizonH?: number;
  readonly particles?: number;
  readonly seed?: number;
}

const usual = { horizonH: 24, particles: 1000 } as const;

/** Of the memory of the twin, and of its load where that was kept. */
async function workOut(stateDir: string, machine: string, wish: Wish): Promise<Risk> {
  const [{ decodeLoad, loadFile }, { hostDisk, peekSealed }, { models }, books, { riskOf }, { seedOf }] =
    await Promise.all([
      import('../runtime/forecast/load-file.ts'),
      import('../runtime/twins/sealed-file.ts'),
      import('../core/models/index.ts'),
      import('../core/forecast/load-book.ts'),
      import('../core/forecast/risk.ts'),
      import('../runtime/forecast/settings.ts'),
    ]);
  const { memory } = await readTwin(stateDir, machine);
  const model = models.get(memory.twin.model);
  if (model === undefined)
    throw new GemError('GEM_USAGE', {
      why: `${machine} is a ${memory.twin.model}, which this gemel does not know`,
    });
  const kept = await peekSealed(hostDisk, loadFile(stateDir, machine), decodeLoad);
  const { timeMs } = memory;
  const load =
    kept === undefined ? books.profileOf(books.newLoadBook(model, 1)) : books.profileFrom(model, kept.load);
  const input = Float64Array.from(model.inputs, ({ name, initial }) => kept?.input[name] ?? initial);
  const begunMs = performance.now();
  const risk = riskOf(
    {
      ...{ machine, model: model.id, memory: memory.twin, input, timeMs, load },
      failures: kept?.failures ?? model.failures ?? [],
      horizonH: wish.horizonH ?? kept?.horizonH ?? usual.horizonH,
      particles: wish.particles ?? kept?.particles ?? usual.particles,
      seed: wish.seed ?? seedOf(machine, timeMs),
    },
    model,
  );
  return { ...risk, tookMs: performance.now() - begunMs };
}

/** What is not in sight is null. */
function toJson({ machine, running, risk }: Foretold): string {
  const { timeMs, limiting = null, ...rest } = risk;
  const told = { machine, running, time: new Date(timeMs).toISOString(), limiting, ...rest };
  return `${JSON.stringify(told, null, 2)}\n`;
}

function outputOf({ isTTY, columns }: NodeJS.WriteStream) {
  return { width: isTTY ? columns : 100 };
}

function hours(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 8760) return value;
  throw new InvalidArgumentError('expected hours, 0.1 to 8760');
}

function particles(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  throw new InvalidArgumentError('expected a whole number, 1 to 100000');
}

function seed(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 0xffffffff) return value;
  throw new InvalidArgumentError('expected a whole number, 0 to 4294967295');
}
