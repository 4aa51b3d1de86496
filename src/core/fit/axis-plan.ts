// The parameters of an axis search: where each starts and between what it may lie, from the solution of the inverse
// model. Only rows that are fitted have a say.
import type { InverseSolution } from './axis-inverse.ts';
import { type AxisMotion, isMoving } from './axis-motion.ts';
import type { AxisPlan } from './axis-problem.ts';
import type { AxisSetup, Term } from './axis-setup.ts';
import type { FitParameter } from './fit.ts';

/** Rows near zero speed that it takes to learn how sharply friction turns. */
const reversalRowsMin = 12;

export interface PlanAsk {
  /** The smooth sign of output error, with its smoothing and Stribeck terms. */
  readonly smooth: boolean;
  /** m/s, if it is not to be learnt. */
  readonly smoothing: number | undefined;
  /** What the inverse model found; 0: none. */
  readonly smoothingFound: number;
}

export function planAxis(
  setup: AxisSetup,
  motion: AxisMotion,
  inverse: InverseSolution,
  size: number,
  ask: PlanAsk,
): AxisPlan {
  const parameters: FitParameter[] = [];
  const add = (parameter: FitParameter): number =>
    parameters.push(within(parameter, setup.bounds[parameter.name])) - 1;
  const force = size / inverse.ratio;
  const terms = setup.terms.map((term, k) =>
    term.known === undefined ? add(boundedTerm(term, inverse.terms[k]!, motion, force)) : -1,
  );
  const { gain } = setup;
  const value = gain.factor / inverse.ratio;
  const gainAt =
    gain.value === undefined
      ? add({
          name: gain.name,
          unit: gain.unit,
          about: gain.about,
          start: value,
          min: value / 1e3,
          max: value * 1e3,
        })
      : -1;
  const learn = ask.smooth && ask.smoothing === undefined && reversals(motion) >= reversalRowsMin;
  const smoothing = learn ? add(smoothingOf(motion, ask.smoothingFound)) : -1;
  const stribeck = ask.smooth && setup.stribeck ? add(stribeckOf(setup, force)) : -1;
  const stribeckVelocity = stribeck < 0 ? -1 : add(stribeckVelocityOf(motion));
  return {
    setup,
    parameters,
    terms,
    gain: gainAt,
    smoothing,
    stribeck,
    stribeckVelocity,
    smoothingGiven: ask.smoothing ?? (ask.smoothingFound || motion.deadZone / 3),
  };
}

/** What was asked for takes the place of what the data suggest. */
function within(
  parameter: FitParameter,
  asked: { readonly min: number; readonly max: number } | undefined,
): FitParameter {
  if (asked === undefined) return parameter;
  const start = Math.min(Math.max(parameter.start, asked.min), asked.max);
  return { ...parameter, ...asked, start };
}

function boundedTerm(term: Term, found: number, motion: AxisMotion, force: number): FitParameter {
  const { name, unit, about, kind } = term;
  const over = kind === 'acceleration' ? accelerationOf(motion) : kind === 'velocity' ? motion.pace : 1;
  const most = 100 * Math.max(Math.abs(found), force / over);
  const least = kind === 'one' ? -most : 0;
  return { name, unit, about, start: Math.min(Math.max(found, least), most), min: least, max: most };
}

/** Root mean square over the rows that are fitted. */
export function accelerationOf(motion: AxisMotion): number {
  let square = 0;
  let count = 0;
  eachMoving(motion, (row) => {
    square += motion.acceleration[row]! ** 2;
    count++;
  });
  return count > 0 && square > 0 ? Math.sqrt(square / count) : 1;
}

function reversals(motion: AxisMotion): number {
  let count = 0;
  eachMoving(motion, (row) => {
    if (Math.abs(motion.velocity[row]!) < 2 * motion.deadZone) count++;
  });
  return count;
}

export function eachMoving(motion: AxisMotion, visit: (row: number) => void): void {
  for (const { use, rows } of motion.pieces) {
    if (use === 'fit') for (const row of rows) if (isMoving(motion, row)) visit(row);
  }
}

/** Not below what the velocity itself is sure of. */
function smoothingOf({ deadZone, pace }: AxisMotion, found: number): FitParameter {
  const min = Math.min(deadZone / 6, 0.05 * pace);
  const max = 0.3 * pace;
  return {
    name: 'smoothing',
    unit: 'm/s',
    about: 'velocity within which friction changes its sign',
    start: Math.min(Math.max(found || deadZone / 2, min), max),
    min,
    max,
  };
}

function stribeckOf({ terms }: AxisSetup, force: number): FitParameter {
  const unit = terms.find((term) => term.kind === 'sign')!.unit;
  const about = 'friction at creep on top of coulomb';
  return { name: 'stribeck', unit, about, start: 0.05 * force, min: 0, max: 10 * force };
}

function stribeckVelocityOf({ pace, deadZone }: AxisMotion): FitParameter {
  const about = 'velocity over which the Stribeck term decays';
  const min = Math.min(deadZone, 0.02 * pace);
  return { name: 'stribeckVelocity', unit: 'm/s', about, start: 0.1 * pace, min, max: pace };
}
