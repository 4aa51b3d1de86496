// Velocity and acceleration of an axis for every row, and which rows can teach friction and mass. All choices are
// made from the rows that are fitted; rows of validation are only treated the same way.

import type { AxisOptions } from './axis-setup.ts';
import { type DifferentiationPlan, differentiate, planDifferentiation } from './differentiate.ts';
import type { FitRecord } from './fit.ts';
import { type Piece, piecesOf, stepOf } from './pieces.ts';
import { FitRefusal } from './refusal.ts';

export interface AxisMotion {
  readonly pieces: readonly Piece[];
  readonly plan: DifferentiationPlan;
  readonly stepS: number;
  /** NaN where there is no motion to be told. */
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;
  /** Standard deviations that noise of the columns leaves in them. */
  readonly velocityNoise: number;
  readonly accelerationNoise: number;
  readonly deadZone: number;
  /** What the axis usually runs at, m/s. */
  readonly pace: number;
  /** 1: at rest for longer than a moment, or so near to it that filters mix both. */
  readonly rest: Uint8Array;
  /** 1: so near to the end of a piece that a filter had to guess how the motion goes on. */
  readonly edge: Uint8Array;
}

export function motionOf(record: FitRecord, measured: Float64Array, options: AxisOptions): AxisMotion {
  const { position, velocity, acceleration } = record.columns;
  const stepS = stepOf(record, 'fit');
  if (!(stepS > 0)) throw new FitRefusal('too few rows: there are no two of different time to fit');
  const columns = [position, velocity, acceleration].filter((column) => column !== undefined);
  const pieces = piecesOf(record, [...columns, measured], stepS);
  refuseRest(pieces, position === undefined ? 'velocity' : 'position', (position ?? velocity)!);
  const plans = { ...(options.cutoffHz === undefined ? {} : { cutoffHz: options.cutoffHz }) };
  const byPosition =
    position && planDifferentiation(pieces, position, stepS, { ...plans, order: 2, name: 'position' });
  const byVelocity =
    velocity && planDifferentiation(pieces, velocity, stepS, { ...plans, order: 1, name: 'velocity' });
  const fromVelocity =
    byVelocity !== undefined && (byPosition === undefined || byVelocity.cutoffHz > byPosition.cutoffHz);
  const plan = (fromVelocity ? byVelocity : byPosition)!;
  const derived = differentiate(pieces, (fromVelocity ? velocity : position)!, plan);
  const v = fromVelocity ? derived.value : derived.first;
  const own = fromVelocity ? derived.first : derived.second;
  const a = acceleration === undefined ? own : differentiate(pieces, acceleration, plan).value;
  const noise = fromVelocity ? 0 : plan.firstNoise;
  const accelerationNoise = fromVelocity ? plan.firstNoise : plan.secondNoise;
  if (!pieces.some(({ use, rows }) => use === 'fit' && rows.some((row) => Number.isFinite(v[row]!)))) {
    throw new FitRefusal(
      'too few rows: no stretch of those to be fitted has motion and what drives it for seven rows on end',
    );
  }
  const pace = paceOf(pieces, v);
  if (!(pace > 8 * noise) || pace === 0) {
    throw new FitRefusal(
      `the axis does not move in the rows to be fitted: its velocity stays within ${show(Math.max(pace, 8 * noise))} m/s, which is noise. Give data with motion in both directions`,
    );
  }
  const deadZone = options.deadZone ?? Math.max(0.01 * pace, 3 * noise);
  const guardS = plan.way === 'low-pass' ? 0.35 / plan.cutoffHz : 0;
  const rest = restOf(pieces, v, deadZone, guardS, record.timeS.length);
  const edge = edgeOf(pieces, plan, record.timeS.length);
  const told = { velocity: v, acceleration: a, velocityNoise: noise, accelerationNoise };
  return { pieces, plan, stepS, ...told, deadZone, pace, rest, edge };
}

/** A sensor that says one number throughout: what is differentiated from it is nothing but rounding. */
function refuseRest(pieces: readonly Piece[], name: string, column: Float64Array): void {
  const rows = pieces.flatMap((piece) => (piece.use === 'fit' ? [piece.rows] : []));
  const first = column[rows[0]?.[0] ?? 0]!;
  if (rows.length === 0 || rows.some((some) => some.some((row) => column[row] !== first))) return;
  throw new FitRefusal(
    `the axis does not move: its ${name} is ${show(first)} in all rows that are learnt from`,
  );
}

/** It moves, or passes through zero, and its velocity and acceleration can be trusted. */
export function isMoving({ rest, edge, velocity, acceleration }: AxisMotion, row: number): boolean {
  return rest[row] === 0 && edge[row] === 0 && Number.isFinite(velocity[row]! + acceleration[row]!);
}

function edgeOf(pieces: readonly Piece[], plan: DifferentiationPlan, length: number): Uint8Array {
  const edge = new Uint8Array(length);
  for (const { rows, timeS, stepS } of pieces) {
    const nearS = plan.way === 'low-pass' ? 0.75 / plan.cutoffHz : (plan.window / 2) * stepS;
    for (const [k, row] of rows.entries()) {
      if (timeS[k]! - timeS[0]! < nearS || timeS.at(-1)! - timeS[k]! < nearS) edge[row] = 1;
    }
  }
  return edge;
}

/** The speed that 95 % of the motion stays below; standstill does not count, however long. */
function paceOf(pieces: readonly Piece[], velocity: Float64Array): number {
  const speeds: number[] = [];
  let top = 0;
  for (const { use, rows } of pieces) {
    if (use !== 'fit') continue;
    for (const row of rows) {
      const speed = Math.abs(velocity[row]!);
      if (!Number.isFinite(speed)) continue;
      speeds.push(speed);
      top = Math.max(top, speed);
    }
  }
  const moving = Float64Array.from(speeds.filter((speed) => speed > 0.02 * top)).sort();
  return moving[Math.floor(0.95 * (moving.length - 1))] ?? 0;
}

/** A passage through zero is no rest: that takes several rows, and as long as the filter sees. */
function restOf(
  pieces: readonly Piece[],
  velocity: Float64Array,
  deadZone: number,
  guardS: number,
  length: number,
): Uint8Array {
  const rest = new Uint8Array(length);
  for (const { rows, timeS, stepS } of pieces) {
    const leastS = Math.max(4 * stepS, 2 * guardS);
    let from = 0;
    for (let k = 0; k <= rows.length; k++) {
      if (k < rows.length && Math.abs(velocity[rows[k]!]!) < deadZone) continue;
      if (k > from && timeS[k - 1]! - timeS[from]! >= leastS) {
        const start = timeS[from]! - guardS;
        const end = timeS[k - 1]! + guardS;
        let g = from;
        while (g > 0 && timeS[g - 1]! >= start) g--;
        for (; g < rows.length && timeS[g]! <= end; g++) rest[rows[g]!] = 1;
      }
      from = k + 1;
    }
  }
  return rest;
}

export function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
