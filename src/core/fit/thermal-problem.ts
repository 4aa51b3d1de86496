// The residuals of a thermal fit: simulated freely through each run against what was measured. The temperatures a
// run starts from enter linearly, so that they are solved for within, and the search has only the parameters.
import type { LeastSquaresProblem } from './least-squares.ts';
import { modesOf, type ThermalModes } from './thermal-modes.ts';
import { searchParameter, type ThermalParameters, valuesAt } from './thermal-parameters.ts';
import { driveOf, networkOf, powerOf, type ThermalPlan, type ThermalValues } from './thermal-plan.ts';
import { bridged, linesOf, type ThermalRun } from './thermal-runs.ts';
import { simulateRun, type ThermalDrive } from './thermal-simulate.ts';

export interface ThermalSystem {
  readonly modes: ThermalModes;
  readonly drive: ThermalDrive;
  /** Of the sensors, by node. */
  readonly offsets: Float64Array;
}

export function systemOf(plan: ThermalPlan, values: ThermalValues): ThermalSystem {
  return {
    modes: modesOf(networkOf(plan, values)),
    drive: driveOf(plan, values),
    offsets: Float64Array.from({ length: plan.nodes }, (_, i) => values[`offset${i + 1}`] ?? 0),
  };
}

/** Runs whose speed losses follow the exponents of the moment. */
export type RunsAt = (values: ThermalValues) => readonly ThermalRun[];

export function runsAt(plan: ThermalPlan, runs: readonly ThermalRun[], wanted: readonly string[]): RunsAt {
  const moving = plan.sources.flatMap((source, channel) =>
    wanted.includes(`${source.name}.exponent`) ? [{ source, channel, exponent: Number.NaN }] : [],
  );
  if (moving.length === 0) return () => runs;
  const own = runs.map((run) => ({ ...run, mean: [...run.mean], rise: [...run.rise] }));
  return (values) => {
    for (const entry of moving) {
      const exponent = values[`${entry.source.name}.exponent`]!;
      if (exponent === entry.exponent) continue;
      entry.exponent = exponent;
      const power = bridged(plan.record, powerOf(plan.record, entry.source, exponent));
      const { between } = plan.channels[entry.channel]!;
      for (const run of own) {
        const { mean, rise } = linesOf(plan.record.timeS, { values: power, between }, run.rows);
        run.mean[entry.channel] = mean;
        run.rise[entry.channel] = rise;
      }
    }
    return own;
  };
}

/** A residual per measured node and point, and per node one for what is believed of the start of each run. */
export function thermalProblem(
  plan: ThermalPlan,
  parameters: ThermalParameters,
  runs: readonly ThermalRun[],
  sigma: Float64Array,
): LeastSquaresProblem {
  const at = runsAt(
    plan,
    runs,
    parameters.wanted.map((p) => p.name),
  );
  const counts = countsOf(plan, runs);
  const rooms = runs.map((run) => roomFor(plan, run));
  return {
    parameters: parameters.wanted.map(searchParameter),
    length: counts.length,
    counts,
    residuals(theta, out) {
      const values = valuesAt(parameters, theta);
      const system = systemOf(plan, values);
      let offset = 0;
      for (const [r, run] of at(values).entries()) {
        const room = rooms[r]!;
        const z = startOfRun(run, system, sigma, room);
        offset = tellResiduals(run, system, sigma, room, z, out, offset);
      }
    },
  };
}

/** In the order of time, so that who judges the residuals sees what is slow in them. */
function countsOf(plan: ThermalPlan, runs: readonly ThermalRun[]): Uint8Array {
  const rows: number[] = [];
  for (const { measured, rows: points } of runs) {
    for (let i = 0; i < plan.nodes; i++) rows.push(1);
    for (let k = 0; k < points.length; k++) {
      for (const column of measured) if (column !== undefined) rows.push(Number.isNaN(column[k]!) ? 0 : 1);
    }
  }
  return Uint8Array.from(rows);
}

/** What a simulation through a run is written into. */
export interface ThermalRoom {
  readonly forced: readonly (Float64Array | undefined)[];
  /** By mode: what remains of one at the start. */
  readonly free: readonly (readonly (Float64Array | undefined)[])[];
  /** What is believed of the temperatures at the start, by node, and how surely. */
  readonly believed: Float64Array;
  readonly doubt: number;
}

export function roomFor(plan: ThermalPlan, run: ThermalRun): ThermalRoom {
  const traces = (): (Float64Array | undefined)[] =>
    run.measured.map((column) => (column === undefined ? undefined : new Float64Array(run.rows.length)));
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of run.measured) {
    for (const x of column ?? []) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  return {
    forced: traces(),
    free: Array.from({ length: plan.nodes }, traces),
    believed: Float64Array.from({ length: plan.nodes }, (_, i) => nearestStart(run, i)),
    doubt: Math.max(10, high - low),
  };
}

/** The first that was measured at the nearest node with a sensor. */
export function nearestStart(run: ThermalRun, node: number): number {
  for (let distance = 0; distance < run.measured.length; distance++) {
    for (const near of [node - distance, node + distance]) {
      const first = run.measured[near]?.find(Number.isFinite);
      if (first !== undefined) return first;
    }
  }
  return 0;
}

/** Simulates, and solves for the modes at the start that come nearest to all that was measured. */
export function startOfRun(
  run: ThermalRun,
  { modes, drive, offsets }: ThermalSystem,
  sigma: Float64Array,
  { forced, free, believed, doubt }: ThermalRoom,
): Float64Array {
  const { n, shape } = modes;
  simulateRun(run, modes, drive, true, new Float64Array(n), forced);
  for (let m = 0; m < n; m++) {
    const unit = new Float64Array(n);
    unit[m] = 1;
    simulateRun(run, modes, drive, false, unit, free[m]!);
  }
  const normal = new Float64Array(n * n);
  const right = new Float64Array(n);
  const h = new Float64Array(n);
  const fold = (weight: number, miss: number): void => {
    for (let a = 0; a < n; a++) {
      right[a] = right[a]! + weight * h[a]! * miss;
      for (let b = 0; b < n; b++) normal[a * n + b] = normal[a * n + b]! + weight * h[a]! * h[b]!;
    }
  };
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < n; m++) h[m] = shape[i * n + m]!;
    fold(1 / doubt ** 2, believed[i]!);
    const column = run.measured[i];
    if (column === undefined) continue;
    const weight = 1 / sigma[i]! ** 2;
    for (let k = 0; k < column.length; k++) {
      const miss = column[k]! - offsets[i]! - forced[i]![k]!;
      if (Number.isNaN(miss)) continue;
      let any = 0;
      for (let m = 0; m < n; m++) {
        h[m] = free[m]![i]![k]!;
        any += Math.abs(h[m]!);
      }
      if (any === 0) break;
      fold(weight, miss);
    }
  }
  return solvePositive(normal, right, n);
}

function tellResiduals(
  run: ThermalRun,
  { modes, offsets }: ThermalSystem,
  sigma: Float64Array,
  { forced, free, believed, doubt }: ThermalRoom,
  z: Float64Array,
  out: Float64Array,
  offset: number,
): number {
  const { n, shape } = modes;
  let at = offset;
  for (let i = 0; i < n; i++) {
    let start = 0;
    for (let m = 0; m < n; m++) start += shape[i * n + m]! * z[m]!;
    out[at++] = (start - believed[i]!) / doubt;
  }
  const sensors = run.measured.flatMap((column, i) => (column === undefined ? [] : [i]));
  for (const [place, i] of sensors.entries()) {
    const column = run.measured[i]!;
    const over = 1 / sigma[i]!;
    for (let k = 0; k < column.length; k++) {
      let predicted = forced[i]![k]! + offsets[i]!;
      for (let m = 0; m < n; m++) predicted += free[m]![i]![k]! * z[m]!;
      const miss = Number.isNaN(column[k]!) ? 0 : (predicted - column[k]!) * over;
      out[at + k * sensors.length + place] = miss;
    }
  }
  return at + run.rows.length * sensors.length;
}

/** Cholesky; what is given is spoilt. Scaled first, since modes have no common size. */
function solvePositive(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const scale = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(a[i * n + i]!));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]! * scale[i]! * scale[j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      a[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-14)) : sum / a[j * n + j]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = b[i]! * scale[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * n + k]! * x[k]!;
    x[i] = sum / a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i]! * x[k]!;
    x[i] = sum / a[i * n + i]!;
  }
  for (let i = 0; i < n; i++) x[i] = x[i]! * scale[i]!;
  return x;
}
