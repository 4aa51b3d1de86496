// `gemel fit axis`: mass, friction and more of an axis, from its motion and what it takes.
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  boundsOf,
  type DataFlags,
  dataOptions,
  knownOf,
  namesOf,
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

interface AxisFlags extends DataFlags, SearchFlags, OutputFlags {
  readonly position?: string;
  readonly velocity?: string;
  readonly acceleration?: string;
  readonly force?: string;
  readonly torque?: string;
  readonly current?: string;
  readonly gain?: number;
  readonly lag?: number;
  readonly fit?: readonly string[];
  readonly byDirection?: boolean;
  readonly stribeck?: boolean;
  readonly unsigned?: boolean;
  readonly method?: 'inverse' | 'output-error';
  readonly cutoff?: number;
  readonly deadZone?: number;
  readonly gainSigma?: number;
  readonly as?: string;
}

const help = `
  force = mass·a + viscous·v + coulomb·sign(v) + offset        torque = force·lever/(gear·efficiency)
                                                               current = torque/kt, or force/forcePerAmpere
Columns             becomes        from, for example
  --position        m or rad       mm, µm, in, deg, rev
  --velocity        m/s or rad/s   mm/min, mm/s, rpm, deg/s
  --acceleration    m/s²           g; where one is measured
  --force           N              kN; or another measure with a gain: 'u:V*35.2'
  --torque          Nm             mNm
  --current         A              mA
A column is NAME, NAME:UNIT, NAME*SCALE or its number. What a header says in () or [] is its unit.
An axis in deg, rad, rev or rpm turns: then mass is inertia [kg·m²], and --torque or --current is what it takes.

Parameters          unit           (turning)
  mass              kg             inertia, kg·m²
  viscous           N/(m/s)        Nm/(rad/s)
  coulomb           N              Nm
  offset            N              Nm       gravity, or a sensor that is off
  kt, lever, gear, efficiency      Nm/A, m, 1, 1; forcePerAmpere N/A
  ...Positive, ...Negative of viscous and coulomb with --by-direction
Give what you know (--known mass=95.1): without a mass or a gain, all is in units of what was measured.

Examples:
  gemel fit axis log.csv --position x:mm --force F:N
  gemel fit axis servo.csv --rate 1000 --position qm --force 'vir*35.15' --by-direction --report axis.html
  gemel fit axis drive.csv.gz --velocity 'v [mm/min]' --current 'I (mA)' --known mass=120,lever=0.0016 --unsigned
  gemel fit axis log.csv --position x:mm --current I --known kt=0.5,lever=0.1,gear=10 --yaml --as axis.x

Exit codes: 0 fitted, 1 it cannot be (too little motion, not settled), 2 usage, columns or units. docs/fit.md has more.`;

export function registerFitAxis(fit: Command, to: () => FitConsole): void {
  const command = fit
    .command('axis')
    .description('mass and friction of an axis, from its motion and its force, torque or current')
    .argument('<file>', 'CSV or JSON lines, packed by gzip or not')
    .optionsGroup('Columns:')
    .option('--position <column>', 'where the axis is')
    .option('--velocity <column>', 'how fast it is, beside or instead of its position')
    .option('--acceleration <column>', 'where it is measured')
    .option('--force <column>', 'what it takes to move it')
    .option('--torque <column>', 'or at its motor')
    .option('--current <column>', 'or what its motor draws')
    .option('--gain <number>', 'times that column: a drive gain', factor)
    .option('--lag <ms>', 'that column comes so much after the motion; before it: a negative number', factor);
  searchOptions(command)
    .option('--fit <names>', 'only these are estimated; the others are left out', collect)
    .addOption(
      new Option(
        '--method <method>',
        'inverse: linear, on filtered columns. output-error: against what was measured (default)',
      ).choices(['inverse', 'output-error']),
    )
    .option('--by-direction', 'friction for each direction')
    .option('--stribeck', 'more friction at creep')
    .option('--unsigned', 'what was measured has lost its sign')
    .option('--cutoff <hz>', 'of the filter that differentiates (default: by the noise)', positive)
    .option('--dead-zone <m/s>', 'slower is at rest (default: by the noise)', positive)
    .option(
      '--gain-sigma <share>',
      'the sensor of force, torque or current may be off by this share',
      positive,
    );
  outputOptions(command).option('--as <name>', 'call parameters as a model does: axis.x');
  textOptions(dataOptions(command));
  command
    .addHelpText('after', help)
    .action((file: string, flags: AxisFlags) => fitAxisFile(file, flags, to()));
}

async function fitAxisFile(file: string, flags: AxisFlags, to: FitConsole): Promise<void> {
  const [{ axisKind }, { runFit }] = await Promise.all([import('../fit/axis.ts'), import('../fit/run.ts')]);
  const {
    byDirection = false,
    stribeck = false,
    unsigned = false,
    fit,
    cutoff,
    deadZone,
    lag,
    ...others
  } = flags;
  const names = namesOf(fit);
  const kind = axisKind({
    ...pick(others),
    ...{ known: knownOf(flags), bounds: boundsOf(flags), byDirection, stribeck, unsigned },
    ...(names === undefined ? {} : { fit: names }),
    ...(cutoff === undefined ? {} : { cutoffHz: cutoff }),
    ...(deadZone === undefined ? {} : { deadZone }),
    ...(lag === undefined ? {} : { lagS: lag / 1000 }),
  });
  await tellFit(await withBar(to, (bar) => runFit(kind, runWishes(file, flags, bar))), flags, to);
}

function factor(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value !== 0) return value;
  throw new InvalidArgumentError('expected a number that is not 0');
}

const passed = [
  ...['position', 'velocity', 'acceleration', 'force', 'torque', 'current', 'gain'],
  ...['method', 'starts', 'seed', 'as', 'gainSigma'],
] as const;

/** What goes on as it is. */
function pick(flags: Partial<AxisFlags>): Partial<AxisFlags> {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => passed.some((one) => one === name)));
}
