// What the fitted network says at every row of the record: runs it was fitted on from the start that suits them,
// others freely from where the run before ended, or from their first sample. Never uses more of a validation run than
// that sample.
import type { FitTrace } from './fit.ts';
import { goodnessOf } from './goodness.ts';
import { balanceOf } from './thermal-modes.ts';
import { networkOf, type ThermalPlan, type ThermalValues } from './thermal-plan.ts';
import {
  nearestStart,
  roomFor,
  runsAt,
  startOfRun,
  systemOf,
  type ThermalSystem,
} from './thermal-problem.ts';
import { runsOf, stretchesOf, type ThermalRun } from './thermal-runs.ts';
import { simulateRun } from './thermal-simulate.ts';

export function tracesOf(
  plan: ThermalPlan,
  values: ThermalValues,
  wanted: readonly string[],
  sigma: Float64Array,
): FitTrace[] {
  const rows = plan.record.timeS.length;
  const predicted = plan.measured.map((column) =>
    column === undefined ? undefined : new Float64Array(rows).fill(Number.NaN),
  );
  const system = systemOf(plan, values);
  const { capacities } = networkOf(plan, values);
  let last: Ended | undefined;
  for (const run of runsAt(plan, runsOf(plan, stretchesOf(plan), 0), wanted)(values)) {
    const z =
      run.use === 'fit'
        ? startOfRun(run, system, sigma, roomFor(plan, run))
        : modesAt(system, capacities, firstSample(run, system, run.joined ? last : undefined));
    const out = predicted.map((trace) => trace?.subarray(run.rows[0]!, run.rows.at(-1)! + 1));
    simulateRun(run, system.modes, system.drive, true, z, out);
    for (const [i, trace] of out.entries()) {
      for (let k = 0; k < (trace?.length ?? 0); k++) trace![k] = trace![k]! + system.offsets[i]!;
    }
    last = { nodes: nodesAt(system, z), noise: missOf(run, out) };
  }
  return plan.measured.flatMap((measured, i) =>
    measured === undefined ? [] : [traceOf(plan, i, measured, predicted[i]!)],
  );
}

function traceOf(plan: ThermalPlan, node: number, measured: Float64Array, predicted: Float64Array): FitTrace {
  const { segments } = plan.record;
  const unseen = segments.filter(({ use }) => use === 'validation');
  return {
    output: plan.names[node]!,
    unit: 'degC',
    measured,
    predicted,
    fit: goodnessOf(
      measured,
      predicted,
      segments.filter(({ use }) => use === 'fit'),
    ),
    validation: unseen.length > 0 ? goodnessOf(measured, predicted, unseen) : undefined,
  };
}

/** How a run ended. */
interface Ended {
  readonly nodes: Float64Array;
  /** By node: what it was missed by, in a run that was not learnt from too. */
  readonly noise: readonly number[];
}

function missOf({ rows, measured }: ThermalRun, predicted: readonly (Float64Array | undefined)[]): number[] {
  return measured.map((column, i) => {
    let square = 0;
    let count = 0;
    for (const [k, row] of rows.entries()) {
      const miss = (column?.[k] ?? Number.NaN) - (predicted[i]?.[row - rows[0]!] ?? Number.NaN);
      if (!Number.isFinite(miss)) continue;
      square += miss * miss;
      count++;
    }
    return Math.sqrt(square / Math.max(1, count));
  });
}

/**
 * Where a run goes on it starts from where the one before ended, unless the first sample says otherwise by more than
 * noise: a step is long in a file of slow samples. Without one before, measured nodes are as first measured, and
 * hidden ones in balance with their neighbours.
 */
function firstSample(
  run: ThermalRun,
  { modes, drive, offsets }: ThermalSystem,
  before: Ended | undefined,
): Float64Array {
  const n = run.measured.length;
  const start = Float64Array.from({ length: n }, (_, i) => {
    const ended = before?.nodes[i];
    if (run.measured[i] === undefined) return ended ?? nearestStart(run, i);
    const told = nearestStart(run, i) - offsets[i]!;
    return ended !== undefined && Math.abs(told - ended) < 3 * before!.noise[i]! ? ended : told;
  });
  if (before !== undefined || run.measured.every((column) => column !== undefined)) return start;
  // Watts that hold the measured nodes where they are, found by what a watt does to each node in balance.
  const watts = Array.from({ length: n }, (_, i) =>
    run.mean.reduce((sum, mean, c) => sum + mean[0]! * drive.into[c * n + i]!, 0),
  );
  const answers = watts.map((_, i) =>
    balanceOf(
      modes,
      watts.map((_w, j) => (i === j ? 1 : 0)),
    ),
  );
  for (let pass = 0; pass < 200; pass++) {
    for (let i = 0; i < n; i++) {
      if (run.measured[i] === undefined) continue;
      const miss = start[i]! - balanceOf(modes, watts)[i]!;
      watts[i] = watts[i]! + miss / answers[i]![i]!;
    }
  }
  const balance = balanceOf(modes, watts);
  return start.map((value, i) => (run.measured[i] === undefined ? balance[i]! : value));
}

function modesAt({ modes }: ThermalSystem, capacities: readonly number[], nodes: Float64Array): Float64Array {
  const { n, shape } = modes;
  return Float64Array.from({ length: n }, (_, m) =>
    nodes.reduce((sum, temperature, i) => sum + shape[i * n + m]! * capacities[i]! * temperature, 0),
  );
}

function nodesAt({ modes }: ThermalSystem, z: Float64Array): Float64Array {
  const { n, shape } = modes;
  return Float64Array.from({ length: n }, (_, i) =>
    z.reduce((sum, value, m) => sum + shape[i * n + m]! * value, 0),
  );
}
