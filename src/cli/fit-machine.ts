// `gemel fit machine`: a group of parameters of a machine's own model, from a recording of it.
import { type Command, InvalidArgumentError } from 'commander';
import {
  boundsOf,
  knownOf,
  namesOf,
  type OutputFlags,
  outputOptions,
  type SearchFlags,
  searchOptions,
} from './fit-options.ts';
import { type FitConsole, tellFit, withBar } from './fit-output.ts';
import { collect } from './repeated.ts';
import { overridesOf, type ReplayFlags, recordingOptions } from './replay.ts';
import { findConfig } from './run.ts';

type RecordingFlags = Pick<
  ReplayFlags,
  'config' | 'source' | 'map' | 'time' | 'timeFormat' | 'rate' | 'start' | 'from' | 'to'
>;

interface MachineFlags extends SearchFlags, OutputFlags, RecordingFlags {
  readonly machine?: string;
  readonly group?: string;
  readonly fit?: readonly string[];
  readonly priors?: boolean;
  readonly robust?: boolean;
  readonly gainSigma?: number;
}

const help = `
The recording goes through the configuration as with \`gemel replay\`: what \`gemel run --record\` wrote, or CSV or JSON
lines whose columns are the tags of a source. The model then runs freely over it, and the parameters of the group are
found with which its outputs miss least. All others stay as the configuration has them.

Groups of the model mill      parameters                                    learn from
  axis.x, axis.y, axis.z      mass, viscous, coulomb, asymmetry             the axis's current while it moves
  spindle                     inertia, dragCoulomb, dragViscous, …          the spindle's current out of the cut
  cut                         kc                                            the spindle's current in the cut
  heat                        capacities and resistances                    the three temperatures
Without --group they are listed with the parameters' units, values and bounds.

Examples:
  gemel fit machine run.jsonl --config gemel.yaml --machine mill-1 --group heat
  gemel fit machine log.csv --config gemel.yaml --machine mill-1 --group axis.x --known axis.x.mass=95.1 --yaml
  gemel fit machine monday.jsonl --config gemel.yaml --machine mill-1 --group heat --validate tuesday.jsonl --report heat.html

Exit codes: 0 fitted, 1 it cannot be (too little change, not settled), 2 usage or configuration. docs/fit.md has more.`;

export function registerFitMachine(fit: Command, to: () => FitConsole): void {
  const command = fit
    .command('machine')
    .description("a group of parameters of a machine's own model, from a recording")
    .argument('<file>', 'what --record wrote, CSV or JSON lines, packed by gzip or not')
    .optionsGroup('Which:')
    .option('--config <file>', 'configuration (default: as for `gemel run`)')
    .option('--machine <id>', 'a machine of it (default: the only one)')
    .option('--group <name>', 'what is estimated; without it, what there is is listed');
  searchOptions(command)
    .option('--fit <names>', 'only these parameters', collect)
    .option('--priors', 'hold the search to what the model expects')
    .option('--robust', 'rows that are far off count less')
    .option(
      '--gain-sigma <share>',
      'each sensor may be off by this share all the time (default: 0.01)',
      share,
    );
  recordingOptions(outputOptions(command).optionsGroup('The recording:'))
    .addHelpText('after', help)
    .action((file: string, flags: MachineFlags) => fitMachineFile(file, flags, to()));
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('expected a share from 0, below 1');
}

async function fitMachineFile(file: string, flags: MachineFlags, to: FitConsole): Promise<void> {
  const [{ loadConfig }, { models }, { onlyMachine, modelOf }, { fitMachine }, { groupsText }] =
    await Promise.all([
      import('../config/load.ts'),
      import('../core/models/index.ts'),
      import('../fit/machine-frames.ts'),
      import('../fit/machine.ts'),
      import('../fit/groups-text.ts'),
    ]);
  const { config } = loadConfig(flags.config ?? findConfig(to.env), { env: to.env, models });
  const machine = flags.machine ?? onlyMachine(config);
  const model = modelOf(config, machine, models);
  const {
    group,
    source,
    map = [],
    from,
    to: end,
    fit,
    starts,
    seed,
    validate,
    priors = false,
    robust = false,
    gainSigma,
  } = flags;
  if (group === undefined) {
    to.print(groupsText(machine, model, config.machines[machine]?.parameters ?? {}));
    return;
  }
  const names = namesOf(fit);
  const fitted = await withBar(to, (onProgress) =>
    fitMachine({
      ...{
        config,
        machine,
        model,
        group,
        file,
        source,
        map,
        from,
        to: end,
        validate,
        priors,
        robust,
        onProgress,
      },
      ...{
        overrides: overridesOf(flags),
        known: knownOf(flags),
        bounds: boundsOf(flags),
      },
      ...(names === undefined ? {} : { fit: names }),
      ...(starts === undefined ? {} : { starts }),
      ...(seed === undefined ? {} : { seed }),
      ...(gainSigma === undefined ? {} : { gainSigma }),
    }),
  );
  await tellFit(fitted, flags, to);
}
