// What `gemel fit axis` makes of a file: which columns are motion and which is the effort, in a straight line or
// turning, and how the answer is called by a model.
import { fitAxis } from '../core/fit/axis.ts';
import type { AxisOptions } from '../core/fit/axis-setup.ts';
import type { FitRecord } from '../core/fit/fit.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Range } from './assignments.ts';
import { nameAxis } from './axis-naming.ts';
import type { Against } from './fitted.ts';
import { unlagged } from './late.ts';
import type { FitKind } from './run.ts';
import { turned } from './turning.ts';
import type { NamedUse } from './use.ts';
import { needed, useOf } from './uses.ts';

export interface AxisWishes {
  readonly position?: string;
  readonly velocity?: string;
  readonly acceleration?: string;
  readonly force?: string;
  readonly torque?: string;
  readonly current?: string;
  /** Times the column of the effort. */
  readonly gain?: number;
  /** The effort comes so much after the motion. */
  readonly lagS?: number;
  readonly method?: 'output-error' | 'inverse';
  readonly known: Readonly<Record<string, number>>;
  readonly bounds: Readonly<Record<string, Range>>;
  /** What is estimated; the other terms are left out. */
  readonly fit?: readonly string[];
  readonly byDirection: boolean;
  readonly stribeck: boolean;
  readonly unsigned: boolean;
  readonly cutoffHz?: number;
  readonly deadZone?: number;
  /** How far the sensor of the effort may be off all the time, as a share. */
  readonly gainSigma?: number;
  readonly starts?: number;
  readonly seed?: number;
  /** `axis.x` */
  readonly as?: string;
}

const motions = ['position', 'velocity', 'acceleration'] as const;
const efforts = ['force', 'torque', 'current'] as const;
const terms = ['mass', 'viscous', 'coulomb', 'offset'] as const;
const directed = ['viscous', 'coulomb'].flatMap((name) => [`${name}Positive`, `${name}Negative`]);
/** Besides terms and gains, by output error. */
const searched = ['smoothing', 'stribeck', 'stribeckVelocity'];
const gains = ['kt', 'lever', 'gear', 'efficiency', 'forcePerAmpere'];

const motionUnits: Readonly<Record<(typeof motions)[number], readonly string[]>> = {
  position: ['m', 'rad'],
  velocity: ['m/s', 'rad/s'],
  acceleration: ['m/s2'],
};
const effortUnits = { force: ['N'], torque: ['Nm'], current: ['A'] } as const;

export function axisKind(wishes: AxisWishes): FitKind {
  const [effort, second] = efforts.filter((name) => wishes[name] !== undefined);
  if (second !== undefined) throw usage(`--${effort} and --${second}: one of them is what is predicted`);
  let turns = false;
  return {
    kind: 'axis',
    uses(look) {
      if (effort === undefined)
        throw needed(look, 'say with --force, --torque or --current what moves the axis');
      if (wishes.position === undefined && wishes.velocity === undefined)
        throw needed(look, 'say with --position or --velocity how the axis moves');
      const motion = motions.flatMap((key) =>
        wishes[key] === undefined
          ? []
          : [useOf(look, { option: `--${key}`, word: wishes[key], key, targets: motionUnits[key] })],
      );
      turns = isTurning(motion);
      // What turns has an inertia where others have a mass: the same equation in other units.
      const key = turns && effort === 'torque' ? 'force' : effort;
      const wish = { option: `--${effort}`, word: wishes[effort]!, key, targets: effortUnits[effort] };
      return [...motion, toldLate(useOf(look, { ...wish, gain: wishes.gain }), wishes.lagS)];
    },
    fit(record, onProgress) {
      const answer = fitAxis(inTime(record, wishes.lagS), { ...optionsOf(wishes, turns), onProgress });
      return turns ? turned(answer) : answer;
    },
    against: (record) => [velocityOf(record, turns ? 'rad/s' : 'm/s')],
    naming: ({ parameters }) =>
      wishes.as === undefined
        ? undefined
        : nameAxis(parameters, { as: wishes.as, output: effort!, turns, given: wishes.known }),
  };
}

function toldLate(use: NamedUse, lagS: number | undefined): NamedUse {
  if (lagS === undefined) return use;
  const { option, mapping } = use;
  const size = `${Number((1000 * Math.abs(lagS)).toPrecision(6))} ms`;
  const said = `${option}: taken to come ${size} ${lagS > 0 ? 'after' : 'before'} the motion, and put in time with it`;
  return { ...use, mapping: { ...mapping, note: [mapping.note, said].filter(Boolean).join('; ') } };
}

function inTime(record: FitRecord, lagS: number | undefined): FitRecord {
  if (lagS === undefined) return record;
  const late = efforts.flatMap((name) => {
    const column = record.columns[name];
    return column === undefined ? [] : [[name, unlagged(record, column, lagS)] as const];
  });
  return { ...record, columns: { ...record.columns, ...Object.fromEntries(late) } };
}

function isTurning(motion: readonly NamedUse[]): boolean {
  const kinds = motion.map(({ mapping }) => mapping.unit.startsWith('rad'));
  if (new Set(kinds).size > 1) {
    const words = motion.map(({ option, mapping }) => `${option} in ${mapping.unit}`).join(', ');
    throw usage(`an axis either turns or moves straight: ${words}. Say the units as NAME:UNIT`);
  }
  return kinds[0] === true;
}

function optionsOf(wishes: AxisWishes, turns: boolean): AxisOptions {
  const { method, byDirection, stribeck, unsigned, cutoffHz, deadZone, gainSigma, starts, seed } = wishes;
  return {
    ...(method === undefined ? {} : { method }),
    ...(cutoffHz === undefined ? {} : { cutoffHz }),
    ...(deadZone === undefined ? {} : { deadZone }),
    ...(gainSigma === undefined ? {} : { gainSigma }),
    ...(starts === undefined ? {} : { starts }),
    ...(seed === undefined ? {} : { seed }),
    ...{ byDirection, stribeck, unsigned },
    known: knownOf(wishes, turns),
    bounds: boundsOf(wishes, turns),
  };
}

function boundsOf({ bounds }: AxisWishes, turns: boolean): Record<string, Range> {
  const names = [...terms, ...directed, ...gains, ...searched];
  return Object.fromEntries(
    Object.entries(bounds).map(([name, range]) => {
      const called = turns && name === 'inertia' ? 'mass' : name;
      if (names.includes(called)) return [called, range];
      throw usage(
        `--bounds: an axis has no "${name}"${didYouMean(name, names) || `; there are ${names.join(', ')}`}`,
      );
    }),
  );
}

/** A term that is not to be estimated is known to be nothing. */
function knownOf({ known, fit }: AxisWishes, turns: boolean): Record<string, number> {
  const names = [...terms, ...directed, ...gains, ...(turns ? ['inertia'] : [])];
  for (const name of [...Object.keys(known), ...(fit ?? [])]) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names) || `; there are ${names.join(', ')}`;
    throw usage(`an axis has no "${name}"${hint}`);
  }
  const plain = (name: string) => (turns && name === 'inertia' ? 'mass' : name);
  const given = Object.fromEntries(Object.entries(known).map(([name, value]) => [plain(name), value]));
  const wanted = fit?.map(plain);
  const out = wanted === undefined ? [] : terms.filter((name) => !wanted.some((one) => one.startsWith(name)));
  const nothing = Object.fromEntries(
    out.filter((name) => given[name] === undefined).map((name) => [name, 0]),
  );
  return perAmpere({ ...nothing, ...given }, turns);
}

/** What turns has no lever: torque for each ampere is what its motor and its gear give. */
function perAmpere(known: Record<string, number>, turns: boolean): Record<string, number> {
  if (!turns || known['kt'] === undefined) return known;
  const { kt, gear = 1, efficiency = 1, lever: _lever, ...others } = known;
  return { ...others, forcePerAmpere: kt! * gear * efficiency };
}

/** Residuals by velocity show what friction the model has not. */
function velocityOf({ columns, timeS, segments }: FitRecord, unit: string): Against {
  const { position, velocity } = columns;
  if (velocity !== undefined) return { name: 'velocity', unit, values: velocity };
  const values = new Float64Array(timeS.length).fill(Number.NaN);
  for (const { from, to } of segments) {
    const reach = Math.max(1, Math.min(smoothRows, Math.floor((to - from) / 10)));
    for (let row = from + reach; row < to - reach; row++) {
      const spanS = timeS[row + reach]! - timeS[row - reach]!;
      values[row] = (position![row + reach]! - position![row - reach]!) / spanS;
    }
  }
  return { name: 'velocity', unit, values };
}

/** For a picture: the mean velocity over so many rows to both sides. */
const smoothRows = 5;

function usage(why: string): GemError {
  return new GemError('GEM_USAGE', { why });
}
