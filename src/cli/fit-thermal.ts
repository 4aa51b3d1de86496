// `gemel fit thermal`: resistances and capacities of one to three nodes, from what heats and the temperatures.
import { type Command, InvalidArgumentError } from 'commander';
import {
  boundsOf,
  type DataFlags,
  dataOptions,
  knownOf,
  type OutputFlags,
  outputOptions,
  runWishes,
  type SearchFlags,
  searchOptions,
  textOptions,
} from './fit-options.ts';
import { type FitConsole, tellFit, withBar } from './fit-output.ts';
import { collect } from './repeated.ts';
import { positive } from './replay.ts';

interface ThermalFlags extends DataFlags, SearchFlags, OutputFlags {
  readonly heat?: readonly string[];
  readonly copper?: readonly string[];
  readonly speed?: readonly string[];
  readonly temp?: readonly string[];
  readonly ambient?: string;
  readonly nodes?: 1 | 2 | 3 | 'auto';
  readonly cooled?: readonly string[];
  readonly offsetSigma?: number;
  readonly robust?: boolean;
  readonly as?: string;
}

const help = `
  A chain of nodes:  C1 dT1/dt = P1 + (T2 − T1)/R12,   C2 dT2/dt = P2 + (T1 − T2)/R12 + (Ta − T2)/R2a, …
Columns         becomes   what it is
  --heat        W         heat into node 1; P@2 is into node 2, P@1,2 into both
  --copper      A         a current: R·I²·(1 + α(T − 25)) into node 1
  --speed       rpm       losses that grow with speed: gain·(n/nmax)^exponent
  --temp        °C        of node 1, then of node 2, … (K, °F); none for a node without a sensor
  --ambient     °C        of what it cools to; without it, a constant that is estimated
  --cooled      °C        which nodes lose heat: last (default), each, 1, or to another column: 1=coolant
A column is NAME, NAME:UNIT, NAME*SCALE or its number. What a header says in () or [] is its unit.

Parameters                    unit     what it is
  capacity1, capacity2, …     J/K      of each node
  resistance12, resistance23  K/W      from node to node
  resistance2a                K/W      from the last node to the ambient
  copper.gain                 ohm      at 25 °C            heat.gain is 1 unless told otherwise
  speed.gain, speed.exponent  W, 1
  timeConstant1, …            s        what follows from them
Without heat in watts (or a known gain, capacity or resistance) resistances are in units of what heats.

Examples:
  gemel fit thermal motor.csv --heat P:W --ambient Ta --temp Tw --temp Th --nodes 2
  gemel fit thermal pmsm.csv --rate 2 --run profile_id --copper i_q --speed motor_speed --temp stator_winding --ambient coolant
  gemel fit thermal spindle.csv --copper I@1 --temp none --temp T_housing --ambient T_shop --known copper.gain=0.4
  gemel fit thermal motor.csv --heat P --temp Tw --temp Th --ambient Ta --yaml --as winding,housing

Exit codes: 0 fitted, 1 it cannot be (too little change, not settled), 2 usage, columns or units. docs/fit.md has more.`;

export function registerFitThermal(fit: Command, to: () => FitConsole): void {
  const command = fit
    .command('thermal')
    .description('thermal resistances and capacities of one to three nodes, from heat and temperatures')
    .argument('<file>', 'CSV or JSON lines, packed by gzip or not')
    .optionsGroup('Columns:')
    .option('--heat <column>', 'what heats, in watts; may be given again', collect)
    .option('--copper <column>', 'a current that heats by its square; may be given again', collect)
    .option('--speed <column>', 'a speed that heats; may be given again', collect)
    .option('--temp <column>', 'a temperature, from node 1 on; may be given again', collect)
    .option('--ambient <column>', 'the temperature around')
    .option('--cooled <node>', 'which nodes lose heat; may be given again', collect);
  searchOptions(command)
    .option('--nodes <n>', '1, 2, 3 or auto (default: as many as there are temperatures)', nodesOf)
    .option('--offset-sigma <K>', 'sensors may be off against each other by about so much', positive)
    .option('--robust', 'rows that are far off count less');
  outputOptions(command).option('--as <names>', 'call parameters as a model does, by node: winding,housing');
  textOptions(dataOptions(command));
  command
    .addHelpText('after', help)
    .action((file: string, flags: ThermalFlags) => fitThermalFile(file, flags, to()));
}

async function fitThermalFile(file: string, flags: ThermalFlags, to: FitConsole): Promise<void> {
  const [{ thermalKind }, { runFit }] = await Promise.all([
    import('../fit/thermal.ts'),
    import('../fit/run.ts'),
  ]);
  const { heat = [], copper = [], speed = [], temp = [], cooled = [], robust = false } = flags;
  const { ambient, nodes, offsetSigma, starts, seed, as } = flags;
  const kind = thermalKind({
    ...{ heat, copper, speed, temp, cooled, robust, known: knownOf(flags), bounds: boundsOf(flags) },
    ...(ambient === undefined ? {} : { ambient }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(offsetSigma === undefined ? {} : { offsetSigma }),
    ...(starts === undefined ? {} : { starts }),
    ...(seed === undefined ? {} : { seed }),
    ...(as === undefined ? {} : { as }),
  });
  await tellFit(await withBar(to, (bar) => runFit(kind, runWishes(file, flags, bar))), flags, to);
}

function nodesOf(text: string): 1 | 2 | 3 | 'auto' {
  if (text === 'auto') return 'auto';
  const nodes = Number(text);
  if (nodes === 1 || nodes === 2 || nodes === 3) return nodes;
  throw new InvalidArgumentError('expected 1, 2, 3 or auto');
}
