// `gemel parameters`: every set of parameters a machine's twin has had, and the way back to one of them.
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { GemError } from '../errors.ts';
import { machinesText, setText, setYaml, versionsText } from './parameters-view.ts';
import {
  type KeptTwin,
  keptMachines,
  onlyMachine,
  readTwin,
  twinStateDir,
  type WhoseTwins,
} from './twin-files.ts';

interface ShowOptions extends WhoseTwins {
  readonly show?: number;
  readonly json?: boolean;
  readonly yaml?: boolean;
}

interface RollbackOptions extends WhoseTwins {
  readonly to?: number;
  readonly json?: boolean;
}

const examples = `
Examples:
  gemel parameters                          the machines, and which version each has
  gemel parameters mill-1                   its versions: why, when, how much better
  gemel parameters mill-1 --show 4          all values of version 4, with what is known of them
  gemel parameters mill-1 --show 4 --yaml   as lines for the configuration
  gemel parameters rollback mill-1          to the version before
  gemel parameters rollback mill-1 --to 1   to what the configuration says`;

const rollbackExamples = `
Examples:
  gemel parameters rollback mill-1          to the version before
  gemel parameters rollback mill-1 --to 3

A gateway that runs takes them between two ticks, as a new version, and goes on learning from there. When none runs, what
is kept for the next one is changed.`;

export function registerParameters(program: Command): void {
  const parameters = program
    .command('parameters')
    .description("list the versions of a twin's parameters, and go back to one")
    .argument('[machine]', 'name of the machine in the configuration')
    .option('--show <version>', 'the values of one version', wholeNumber)
    .option('--yaml', 'the values as lines for the configuration (default: of the newest version)')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (machine: string | undefined, options: ShowOptions) => {
      process.stdout.write(await show(machine, options));
    });
  const rollback = parameters
    .command('rollback')
    .description('go back to an earlier version')
    .argument('<machine>', 'name of the machine in the configuration')
    .option('--to <version>', 'which one (default: the one before)', wholeNumber)
    .option('--json', 'as JSON')
    .addHelpText('after', rollbackExamples)
    .action(async (machine: string, _: RollbackOptions, command: Command) => {
      process.stdout.write(await goBack(machine, command.optsWithGlobals<RollbackOptions>()));
    });
  for (const command of [parameters, rollback]) {
    command
      .option('--config <file>', 'configuration whose state directory is meant (default: as for `gemel run`)')
      .option('--state-dir <folder>', 'the state directory itself');
  }
}

async function show(named: string | undefined, options: ShowOptions): Promise<string> {
  const stateDir = await twinStateDir(options, process.env);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const all = await keptMachines(stateDir);
  if (named === undefined && all.length > 1 && options.show === undefined && options.yaml !== true) {
    const machines = await Promise.all(all.map((machine) => readTwin(stateDir, machine)));
    return options.json === true ? json({ machines: machines.map(overview) }) : machinesText(machines);
  }
  const machine = named ?? (await onlyMachine(stateDir));
  const twin = await readTwin(stateDir, machine);
  const { versions, memory } = twin;
  if (options.show === undefined && options.yaml !== true) {
    return options.json === true ? json({ ...overview(twin), versions }) : versionsText(twin);
  }
  const wanted =
    options.show === undefined ? versions.at(-1) : versions.find(({ version }) => version === options.show);
  if (wanted === undefined) {
    const there = versions.map(({ version }) => version).join(', ') || 'none';
    throw new GemError('GEM_USAGE', {
      why: `${machine} has no version ${options.show ?? ''}; it has ${there}`,
    });
  }
  if (options.yaml === true) return setYaml(machine, wanted, memory);
  return options.json === true
    ? json({ machine, ...wanted, configured: memory.configured })
    : setText(twin, wanted);
}

function overview({ memory, versions }: KeptTwin) {
  const { machine, timeMs, configured, twin } = memory;
  const { model, modelVersion } = twin;
  return { machine, model, modelVersion, version: versions.at(-1)?.version ?? 0, timeMs, configured };
}

async function goBack(machine: string, { to, json, ...whose }: RollbackOptions): Promise<string> {
  const { grant, grantedJson, grantedText } = await import('./twin-files.ts');
  const stateDir = await twinStateDir(whose, process.env);
  await readTwin(stateDir, machine);
  const granted = await grant(stateDir, { kind: 'rollback', machine, ...(to !== undefined && { to }) });
  return json === true ? grantedJson(machine, granted) : grantedText(granted);
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}
