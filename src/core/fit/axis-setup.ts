// What an axis fit estimates and in which units, from the columns there are and from what is known:
//   force = mass·a + viscous·v + coulomb·s(v) + offset (+ stribeck·s(v)·exp(−(v/stribeckVelocity)²))
//   measured = force / gain;  gain = 1 of a force, gear·efficiency/lever of a torque, kt times that of a current
// It looks at no number of the record.

import type { FitProgress, FitRecord } from './fit.ts';
import { FitRefusal } from './refusal.ts';

export interface AxisOptions {
  readonly method?: 'output-error' | 'inverse';
  /** By name: mass, viscous, coulomb, offset (each also with Positive, Negative), forcePerAmpere, kt, lever, gear, efficiency. */
  readonly known?: Readonly<Record<string, number>>;
  /** By name: between what an estimated one may lie, narrower than what the data suggest. */
  readonly bounds?: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
  /** Friction of its own for each direction. */
  readonly byDirection?: boolean;
  readonly stribeck?: boolean;
  /** What was measured is a magnitude, as clamp sensors give. */
  readonly unsigned?: boolean;
  /** m/s within which friction changes its sign, if it is not to be learnt. */
  readonly smoothing?: number;
  /** m/s below which an axis counts as at rest. */
  readonly deadZone?: number;
  readonly cutoffHz?: number;
  /** Relative standard deviation of the gain of the sensor of force, current or torque. */
  readonly gainSigma?: number;
  readonly starts?: number;
  readonly seed?: number;
  readonly onProgress?: FitProgress;
}

export type TermKind = 'acceleration' | 'velocity' | 'sign' | 'one';

/** One summand of the force. */
export interface Term {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  readonly kind: TermKind;
  /** Of one direction only: 1 or −1. */
  readonly direction?: 1 | -1;
  readonly known: number | undefined;
}

/** What turns force into what was measured: measured = force · factor / value. */
export interface Gain {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  readonly factor: number;
  /** Absent: estimated. */
  readonly value: number | undefined;
}

export interface AxisSetup {
  readonly output: 'force' | 'torque' | 'current';
  readonly unit: string;
  readonly terms: readonly Term[];
  readonly gain: Gain;
  /** Other quantities that were given and used, for the report. */
  readonly given: readonly { readonly name: string; readonly unit: string; readonly value: number }[];
  readonly stribeck: boolean;
  readonly unsigned: boolean;
  readonly bounds: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

const outputs = [
  ['force', 'N'],
  ['torque', 'Nm'],
  ['current', 'A'],
] as const;

const gainUnits: Readonly<Record<string, string>> = {
  forcePerAmpere: 'N/A',
  kt: 'Nm/A',
  lever: 'm',
  gear: '1',
  efficiency: '1',
};

export function setUpAxis(record: FitRecord, options: AxisOptions): AxisSetup {
  const { known = {} } = options;
  const found = outputs.find(([name]) => name in record.columns);
  if (found === undefined) throw new FitRefusal('there is no column of force, torque or current to fit');
  if (!('position' in record.columns) && !('velocity' in record.columns)) {
    throw new FitRefusal(
      'there is no column of position or velocity: without motion there is nothing to fit',
    );
  }
  const [output, unit] = found;
  const level = levelOf(options);
  const mechanical = termsOf({ ...options, known: { ...known, ...level } }, 'N');
  checkKnown(known, mechanical);
  const scaled = mechanical.some((term) => term.known !== undefined && term.known !== 0);
  const gain = gainOf(output, known);
  const warnings: string[] = [];
  const notes: string[] = [];
  if (level['offset'] !== undefined) {
    notes.push(
      'friction by direction and an offset look the same in any data: the offset is taken as 0; to have it otherwise, give it as known',
    );
  }
  if (gain.value === undefined && !scaled) {
    warnings.push(
      `neither the mass nor the force per ${unit} is known: all is told in units of the measured ${output} (mass in ${unit} per m/s², friction in ${unit}); give known mass${output === 'current' ? ', forcePerAmpere, or kt with lever' : ', or lever'} to have kilograms and newtons`,
    );
  }
  if (options.stribeck === true && options.method === 'inverse') {
    warnings.push('the inverse method is linear and leaves the Stribeck term out: use output-error for it');
  }
  const own = gain.value === undefined && !scaled;
  const usedByGain =
    gain.value === undefined && !own ? ['lever', 'gear', 'efficiency'] : Object.keys(gainUnits);
  const given = Object.keys(gainUnits)
    .filter((name) => known[name] !== undefined && usedByGain.includes(name) && name !== gain.name)
    .map((name) => ({ name, unit: gainUnits[name]!, value: known[name]! }));
  return {
    output,
    unit,
    terms: own ? termsOf({ ...options, known: { ...known, ...level } }, unit) : mechanical,
    gain: own ? { name: '', unit: '', about: '', factor: 1, value: 1 } : gain,
    given: output === 'force' ? [] : given,
    stribeck: options.stribeck === true && options.method !== 'inverse',
    unsigned: options.unsigned === true,
    bounds: options.bounds ?? {},
    warnings,
    notes,
  };
}

/** Up and down measure coulomb + offset and offset − coulomb: two numbers, which cannot tell three. */
function levelOf({ byDirection, known = {} }: AxisOptions): { offset?: number } {
  const told = ['offset', 'coulomb', 'coulombPositive', 'coulombNegative'].some((name) => name in known);
  return byDirection === true && !told ? { offset: 0 } : {};
}

function termsOf({ byDirection, known = {} }: AxisOptions, unit: string): Term[] {
  const massUnit = unit === 'N' ? 'kg' : `${unit}/(m/s²)`;
  const one = (name: string, of: string, about: string, kind: TermKind): Term[] => [
    { name, unit: of, about, kind, known: known[name] },
  ];
  const friction = (name: string, of: string, about: string, kind: TermKind): Term[] =>
    byDirection === true
      ? [
          {
            name: `${name}Positive`,
            unit: of,
            about: `${about}, moving up the scale`,
            kind,
            direction: 1,
            known: known[`${name}Positive`] ?? known[name],
          },
          {
            name: `${name}Negative`,
            unit: of,
            about: `${about}, moving down the scale`,
            kind,
            direction: -1,
            known: known[`${name}Negative`] ?? known[name],
          },
        ]
      : one(name, of, about, kind);
  return [
    ...one('mass', massUnit, 'moved mass, with what turns along', 'acceleration'),
    ...friction('viscous', `${unit}/(m/s)`, 'friction that grows with speed', 'velocity'),
    ...friction('coulomb', unit, 'friction that only knows the direction', 'sign'),
    ...one('offset', unit, 'gravity, or an offset of the sensor', 'one'),
  ];
}

function checkKnown(known: Readonly<Record<string, number>>, terms: readonly Term[]): void {
  const names = [...terms.map((term) => term.name), 'viscous', 'coulomb', ...Object.keys(gainUnits)];
  for (const [name, value] of Object.entries(known)) {
    if (!names.includes(name)) {
      throw new FitRefusal(
        `"${name}" is not a quantity of this axis; there are ${[...new Set(names)].join(', ')}`,
      );
    }
    if (!Number.isFinite(value)) throw new FitRefusal(`the known ${name} is not a number`);
    if (name in gainUnits && !(value > 0)) throw new FitRefusal(`the known ${name} has to be above 0`);
  }
}

function gainOf(output: AxisSetup['output'], known: Readonly<Record<string, number>>): Gain {
  const { lever, gear = 1, efficiency = 1, kt, forcePerAmpere } = known;
  const perTorque = lever === undefined ? undefined : (gear * efficiency) / lever;
  const about = `force for each ${output === 'current' ? 'ampere' : 'newton metre'}`;
  if (output === 'force') return { name: '', unit: '', about: '', factor: 1, value: 1 };
  if (output === 'torque') {
    if (perTorque === undefined)
      return { name: 'forcePerTorque', unit: 'N/Nm', about, factor: 1, value: undefined };
    return { name: '', unit: '', about: '', factor: 1, value: perTorque };
  }
  if (forcePerAmpere !== undefined || perTorque === undefined) {
    return { name: 'forcePerAmpere', unit: 'N/A', about, factor: 1, value: forcePerAmpere };
  }
  return { name: 'kt', unit: 'Nm/A', about: 'torque for each ampere', factor: 1 / perTorque, value: kt };
}
