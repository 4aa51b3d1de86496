// Simulates a thermal network through a run, mode by mode, each step exact. Copper loss that grows with the
// winding's own temperature couples the modes: it is taken as a straight line between the temperatures at both
// ends of the step, the end one by a first guess. Everything is linear in the initial state, which others use.
import type { ThermalModes } from './thermal-modes.ts';
import type { ThermalRun } from './thermal-runs.ts';
import { answerToLine } from './thermal-step.ts';

export interface ThermalDrive {
  /** Watts into node i by a unit of channel c, at [c * n + i]. */
  readonly into: Float64Array;
  /** Watts by a unit of the channel and a kelvin of the node `sense`, by node. */
  readonly feedback: readonly ThermalFeedback[];
}

export interface ThermalFeedback {
  readonly channel: number;
  readonly sense: number;
  readonly into: Float64Array;
}

/** Temperatures by node, for those wanted. */
export type ThermalTraces = readonly (Float64Array | undefined)[];

/** From `z` (by mode, advanced to the end). Without `forced` only what remains of the initial state is simulated. */
export function simulateRun(
  run: ThermalRun,
  modes: ThermalModes,
  drive: ThermalDrive,
  forced: boolean,
  z: Float64Array,
  out: ThermalTraces,
): void {
  const points = run.rows.length;
  for (const trace of out) trace?.fill(0, 0, points);
  if (drive.feedback.length > 0) simulateCoupled(run, modes, drive, forced, z, out);
  else for (let m = 0; m < modes.n; m++) simulateMode(run, modes, drive, forced, m, z, out);
}

function simulateMode(
  run: ThermalRun,
  modes: ThermalModes,
  drive: ThermalDrive,
  forced: boolean,
  m: number,
  z: Float64Array,
  out: ThermalTraces,
): void {
  if (!forced && z[m] === 0) return;
  const { dtS } = run;
  const track = new Float64Array(dtS.length + 1);
  const rate = modes.rates[m]!;
  const weights = new Float64Array(3);
  let value = z[m]!;
  track[0] = value;
  const [mean, rise] = forced ? forceOn(run, modes, drive, m) : [undefined, undefined];
  const nothing = 1e-14 * Math.abs(value);
  let known = 0;
  for (let k = 0; k < dtS.length; k++) {
    const dt = dtS[k]!;
    if (dt !== known) answerToLine(rate, dt, weights, 0);
    known = dt;
    value *= weights[0]!;
    if (mean !== undefined) value += weights[1]! * mean[k]! + weights[2]! * rise![k]!;
    else if (Math.abs(value) <= nothing) break;
    track[k + 1] = value;
  }
  z[m] = value;
  for (const [i, trace] of out.entries()) {
    if (trace === undefined) continue;
    const shape = modes.shape[i * modes.n + m]!;
    for (let k = 0; k < track.length; k++) trace[k] = trace[k]! + shape * track[k]!;
  }
}

/** What drives one mode, over each step: [mean, rise]. */
function forceOn(
  run: ThermalRun,
  modes: ThermalModes,
  drive: ThermalDrive,
  m: number,
): [Float64Array, Float64Array] {
  const steps = run.dtS.length;
  const mean = new Float64Array(steps);
  const rise = new Float64Array(steps);
  for (const [c, channel] of run.mean.entries()) {
    const weight = ontoMode(modes, drive.into.subarray(c * modes.n, (c + 1) * modes.n), m);
    if (weight === 0) continue;
    const slope = run.rise[c]!;
    for (let k = 0; k < steps; k++) {
      mean[k] = mean[k]! + weight * channel[k]!;
      rise[k] = rise[k]! + weight * slope[k]!;
    }
  }
  return [mean, rise];
}

function ontoMode({ n, shape }: ThermalModes, into: Float64Array, m: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += shape[i * n + m]! * into[i]!;
  return sum;
}

interface Loop {
  readonly mean: Float64Array;
  readonly rise: Float64Array;
  /** The temperature it depends on, by mode; what its watts do to each mode. */
  readonly sense: Float64Array;
  readonly onto: Float64Array;
  /** That temperature at the end of the step, as far as it is known. */
  after: number;
}

function simulateCoupled(
  run: ThermalRun,
  modes: ThermalModes,
  drive: ThermalDrive,
  forced: boolean,
  z: Float64Array,
  out: ThermalTraces,
): void {
  const { n, shape } = modes;
  const forces = Array.from({ length: n }, (_, m) => (forced ? forceOn(run, modes, drive, m) : undefined));
  const loops: Loop[] = drive.feedback.map(({ channel, sense, into }) => ({
    mean: run.mean[channel]!,
    rise: run.rise[channel]!,
    sense: shape.subarray(sense * n, (sense + 1) * n),
    onto: Float64Array.from({ length: n }, (_, m) => ontoMode(modes, into, m)),
    after: 0,
  }));
  const weights = new Float64Array(3 * n);
  const free = new Float64Array(n);
  const end = new Float64Array(n);
  tellNodes(shape, z, 0, out);
  let known = 0;
  for (let k = 0; k < run.dtS.length; k++) {
    const dt = run.dtS[k]!;
    if (dt !== known) for (let m = 0; m < n; m++) answerToLine(modes.rates[m]!, dt, weights, 3 * m);
    known = dt;
    for (let m = 0; m < n; m++) {
      const force = forces[m];
      free[m] = weights[3 * m]! * z[m]!;
      if (force === undefined) continue;
      free[m] = free[m]! + weights[3 * m + 1]! * force[0][k]! + weights[3 * m + 2]! * force[1][k]!;
    }
    // The end is first guessed to be as the start, then corrected twice.
    end.set(z);
    for (let pass = 0; pass < 3; pass++) closeLoops(loops, weights, k, z, free, end);
    z.set(end);
    tellNodes(shape, z, k + 1, out);
  }
}

/** `end` anew: what is free, and the loops with their temperature going from that at `z` to that at `end`. */
function closeLoops(
  loops: readonly Loop[],
  weights: Float64Array,
  k: number,
  z: Float64Array,
  free: Float64Array,
  end: Float64Array,
): void {
  const n = z.length;
  for (const loop of loops) loop.after = along(loop.sense, end);
  end.set(free);
  for (const loop of loops) {
    const before = along(loop.sense, z);
    const { after } = loop;
    const middle = 0.5 * (before + after);
    const mean = loop.mean[k]! * middle;
    const rise = loop.rise[k]! * middle + loop.mean[k]! * (after - before);
    for (let m = 0; m < n; m++) {
      end[m] = end[m]! + loop.onto[m]! * (weights[3 * m + 1]! * mean + weights[3 * m + 2]! * rise);
    }
  }
}

function along(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function tellNodes(shape: Float64Array, z: Float64Array, at: number, out: ThermalTraces): void {
  const n = z.length;
  for (let i = 0; i < n; i++) {
    const trace = out[i];
    if (trace === undefined) continue;
    let sum = 0;
    for (let m = 0; m < n; m++) sum += shape[i * n + m]! * z[m]!;
    trace[at] = sum;
  }
}
