// The answer of an axis in the words of the house's models: friction is a mean and how much harder one direction is,
// and what an ampere moves is a motor, a gear and a lever. Whatever is printed predicts what was measured.
import type { FittedParameter } from '../core/fit/fit.ts';
import type { Model } from '../core/model.ts';
import { models } from '../core/models/index.ts';
import type { NamedValue, Naming } from './fitted.ts';
import { namingOf } from './naming.ts';

export interface AxisNaming {
  /** `axis.x` */
  readonly as: string;
  readonly output: 'force' | 'torque' | 'current';
  readonly turns: boolean;
  /** On the command line. */
  readonly given: Readonly<Record<string, number>>;
}

/** From an ampere to what moves the axis: kt·gear·efficiency/lever, in a model that has them. */
interface Drive {
  readonly kt: number;
  readonly gear: number;
  readonly efficiency: number;
  readonly lever: number;
}

const mechanical = ['mass', 'inertia', 'viscous', 'coulomb', 'gravity'];
const driveNames = ['kt', 'gear', 'efficiency', 'lever'] as const;
const ratios = ['forcePerAmpere', 'torquePerAmpere', 'forcePerTorque'];

export function nameAxis(parameters: readonly FittedParameter[], wish: AxisNaming): Naming {
  const { as } = wish;
  const found = withMeans(parameters).map((one) =>
    one.name === 'offset' ? { ...one, name: 'gravity' } : one,
  );
  const ratio = found.find(({ name }) => ratios.includes(name));
  const names = [...mechanical, 'asymmetry', ...driveNames];
  const model = modelOf(wish);
  const { values, left } = namingOf(
    found.filter(({ name }) => !ratios.includes(name)),
    (name) => {
      const whole = `${as}.${name}`;
      const has = model === undefined || model.parameters.some((spec) => spec.name === whole);
      return names.includes(name) && has ? whole : undefined;
    },
  );
  if (wish.output === 'force') return { values, left };
  const drive = driveOf(wish);
  const isOwn = found.some(({ name, unit }) => /^(mass|inertia)$/.test(name) && !unit.startsWith('kg'));
  const scale = isOwn ? perMeasured(drive, wish) : 1;
  const inModel = values.map((value) => scaled(value, scale, as));
  return { values: [...inModel, ...driveValues(wish, drive, inModel, ratio)], left };
}

/** The one that has such an axis. */
function modelOf({ as, turns }: AxisNaming): Model | undefined {
  const moved = `${as}.${turns ? 'inertia' : 'mass'}`;
  return [...models.values()].find(({ parameters }) => parameters.some(({ name }) => name === moved));
}

/** With a motor given, what else was not given was taken as 1; without one, a model's own drive is as good as any. */
function driveOf(wish: AxisNaming): Drive {
  const { as, given, output, turns } = wish;
  const model = modelOf(wish);
  const told = given[output === 'current' ? 'kt' : 'lever'] !== undefined;
  const partOf = (name: string) =>
    given[name] ??
    (told ? undefined : model?.parameters.find((spec) => spec.name === `${as}.${name}`)?.value) ??
    1;
  const [kt, gear, efficiency] = [partOf('kt'), partOf('gear'), partOf('efficiency')];
  return { kt, gear, efficiency, lever: turns ? 1 : partOf('lever') };
}

function perMeasured({ kt, gear, efficiency, lever }: Drive, { output }: AxisNaming): number {
  return ((output === 'current' ? kt : 1) * gear * efficiency) / lever;
}

/** What was told in amperes, as the model's drive would give it. */
function scaled(value: NamedValue, scale: number, as: string): NamedValue {
  const name = value.name.slice(as.length + 1);
  if (scale === 1 || !mechanical.includes(name)) return value;
  const size = { value: value.value * scale, low95: value.low95 * scale, high95: value.high95 * scale };
  return { ...value, ...size, unit: `${value.unit} × ${Number(scale.toPrecision(6))}` };
}

/** All of the drive that the model needs besides what was fitted; one of it takes what the fit says of an ampere. */
function driveValues(
  { as, given, output, turns }: AxisNaming,
  drive: Drive,
  named: readonly NamedValue[],
  ratio: FittedParameter | undefined,
): NamedValue[] {
  const names = driveNames.filter(
    (name) => !(turns && name === 'lever') && !(output === 'torque' && name === 'kt'),
  );
  const taker = turns ? 'kt' : 'lever';
  return names.flatMap((name): NamedValue[] => {
    if (named.some((one) => one.name === `${as}.${name}`)) return [];
    const unit = name === 'kt' ? 'Nm/A' : name === 'lever' ? 'm' : 'ratio';
    const value = drive[name];
    const fixed = { name: `${as}.${name}`, unit, value, low95: value, high95: value, known: true };
    if (ratio === undefined || name !== taker)
      return [{ ...fixed, remark: given[name] === undefined ? 'taken so, not measured' : 'known' }];
    const { kt, gear, efficiency } = drive;
    const of = (size: number) =>
      turns ? size / (gear * efficiency) : ((output === 'current' ? kt : 1) * gear * efficiency) / size;
    const ends = [of(ratio.low95), of(ratio.high95)];
    const sure = { value: of(ratio.value), low95: Math.min(...ends), high95: Math.max(...ends) };
    return [
      {
        ...fixed,
        ...sure,
        known: ratio.known,
        remark: `makes ${ratio.name} ${Number(ratio.value.toPrecision(6))}`,
      },
    ];
  });
}

function withMeans(parameters: readonly FittedParameter[]): FittedParameter[] {
  const find = (name: string) => parameters.find((parameter) => parameter.name === name);
  const rest = parameters.filter(({ name }) => !/^(viscous|coulomb)(Positive|Negative)$/.test(name));
  const viscous = meanOf('viscous', find('viscousPositive'), find('viscousNegative'));
  const coulomb = meanOf('coulomb', find('coulombPositive'), find('coulombNegative'));
  return [...rest, ...viscous.slice(0, 1), ...coulomb];
}

/** The mean of both directions, and half their difference as a share of it. */
function meanOf(
  name: string,
  up: FittedParameter | undefined,
  down: FittedParameter | undefined,
): FittedParameter[] {
  if (up === undefined || down === undefined) return [];
  const value = (up.value + down.value) / 2;
  const share = (up.value - down.value) / (2 * value);
  const sigma = Math.hypot(up.sigma || 0, down.sigma || 0) / 2;
  const half = Math.hypot(up.high95 - up.low95, down.high95 - down.low95) / 4;
  const row = (
    called: string,
    unit: string,
    at: number,
    spread: number,
    deviation: number,
  ): FittedParameter => ({
    ...{ ...up, name: called, unit, value: at, sigma: deviation, low95: at - spread, high95: at + spread },
  });
  return [
    row(name, up.unit, value, half, sigma),
    row('asymmetry', 'ratio', share, half / Math.abs(value), sigma / Math.abs(value)),
  ];
}
