// Fits a chain of one to three thermal nodes to measured temperatures by output error: simulated freely from the
// start of each run, never corrected on the way. Searches on a coarse grid, ends on a fine one.
import type { FitAnswer, FitRecord } from './fit.ts';
import { type LeastSquaresResult, leastSquares } from './least-squares.ts';
import { multiStart } from './multi-start.ts';
import { FitRefusal } from './refusal.ts';
import { fittedThermal, ratesAt } from './thermal-answer.ts';
import { chooseNodes } from './thermal-choice.ts';
import type { ThermalOptions } from './thermal-options.ts';
import { parametersOfPlan, type ThermalParameters, valuesAt } from './thermal-parameters.ts';
import { planThermal, type ThermalPlan } from './thermal-plan.ts';
import { thermalProblem } from './thermal-problem.ts';
import { runsOf, type Stretch, stretchesOf, type ThermalRun, usualStepS } from './thermal-runs.ts';
import { tracesOf } from './thermal-trace.ts';

export interface ThermalAnswer extends FitAnswer {
  readonly nodes: number;
  /** W, or what heat is counted in. */
  readonly heatUnit: string;
  /** The final fit compared at points so far apart; 0: at every row. */
  readonly stepS: number;
}

const searchPoints = 1500;
const pointsMaxDefault = 40_000;
/** Steps to the fastest time constant that lose nothing worth keeping. */
const stepsPerConstant = 20;

export function fitThermal(record: FitRecord, options: ThermalOptions = {}): ThermalAnswer {
  if (options.nodes !== 'auto')
    return fitNodes(record, options.nodes ?? leastNodes(record, options), options);
  const answers: ThermalAnswer[] = [];
  for (let nodes = leastNodes(record, options); nodes <= 3; nodes++) {
    answers.push(fitNodes(record, nodes, options));
  }
  const { answer, by } = chooseNodes(answers);
  return { ...answer, method: `${answer.method}, ${answer.nodes} of up to 3 nodes chosen by ${by}` };
}

/** As many as sensors, sources and vents ask for. */
function leastNodes(record: FitRecord, { measured, sources, vents }: ThermalOptions): number {
  const names = measured ?? ['temp1', 'temp2', 'temp3'];
  let least = 1;
  for (const [i, name] of names.entries()) {
    if (name !== undefined && record.columns[name] !== undefined) least = Math.max(least, i + 1);
  }
  for (const { into } of sources ?? []) least = Math.max(least, ...(into ?? []));
  if (typeof vents === 'object') least = Math.max(least, ...vents.map(({ node }) => node));
  if (least > 3) throw new FitRefusal(`${least} nodes are asked for, and a chain has at most 3`);
  return least;
}

interface Fine {
  readonly result: LeastSquaresResult;
  readonly runs: readonly ThermalRun[];
  readonly sigma: Float64Array;
  readonly stepS: number;
}

function fitNodes(record: FitRecord, nodes: number, options: ThermalOptions): ThermalAnswer {
  const plan = planThermal(record, nodes, options);
  const parameters = parametersOfPlan(plan, options);
  const stretches = stretchesOf(plan).filter(({ use }) => use === 'fit');
  refuseThin(plan, parameters, stretches);
  const rough = searchRough(plan, parameters, stretches, options);
  let fine = finer(plan, parameters, stretches, options, rough.fine);
  fine = finer(plan, parameters, stretches, options, fine);
  const names = parameters.wanted.map((p) => p.name);
  const traces = tracesOf(plan, valuesAt(parameters, fine.result.theta), names, fine.sigma);
  const { fitted, warnings, slowestS, fastestS } = fittedThermal(plan, parameters, fine.result);
  const stepS = usualStepS(record);
  options.onProgress?.(1);
  return {
    model: `thermal, ${nodes} node${nodes === 1 ? '' : 's'}`,
    method: `output error, ${told(fine.stepS, stepS)}`,
    parameters: fitted,
    traces,
    warnings: [
      ...parameters.warnings,
      ...warnings,
      ...cautions(stretches, record, slowestS, fastestS, stepS),
    ],
    notes: [],
    converged: fine.result.converged,
    starts: { tried: rough.tried, agreed: rough.agreed },
    nodes,
    heatUnit: parameters.heatUnit,
    stepS: fine.stepS,
  };
}

function told(stepS: number, usualS: number): string {
  if (stepS === 0) return 'compared at every row';
  const every = Math.max(1, Math.round(stepS / usualS));
  return `compared every ${Number(stepS.toPrecision(3))} s (means over ${every} rows; no time constant needs more)`;
}

function refuseThin(plan: ThermalPlan, { wanted }: ThermalParameters, stretches: readonly Stretch[]): void {
  if (wanted.length === 0) throw new FitRefusal('every parameter is given: there is nothing to estimate');
  let rows = 0;
  for (const { from, to } of stretches) {
    for (const column of plan.measured) {
      for (let row = from; row < to; row++) if (Number.isFinite(column?.[row])) rows++;
    }
  }
  const least = 5 * wanted.length + plan.nodes;
  if (rows >= least) return;
  throw new FitRefusal(
    `${rows} measured temperatures are too few for ${wanted.length} parameters: at least ${least} are needed, ` +
      'with the inputs known beside them',
  );
}

function searchRough(
  plan: ThermalPlan,
  parameters: ThermalParameters,
  stretches: readonly Stretch[],
  options: ThermalOptions,
): { fine: Fine; tried: number; agreed: number } {
  const stepS = coarsest(plan.record, stretches, searchPoints);
  const runs = runsOf(plan, stretches, stepS);
  const sigma = spanOf(plan).map((span) => 0.01 * span);
  const problem = thermalProblem(plan, parameters, runs, sigma);
  // Starts lie within a factor of 30 of what the data suggest; the search itself is then let go further.
  const near = problem.parameters.map((p, j) =>
    parameters.wanted[j]!.log && p.prior === undefined
      ? { ...p, min: Math.max(p.min, p.start - 3.4), max: Math.min(p.max, p.start + 3.4) }
      : p,
  );
  const { onProgress } = options;
  const { best, tried, agreed } = multiStart(
    { ...problem, parameters: near },
    {
      starts: options.starts ?? (plan.nodes === 1 ? 5 : 8),
      seed: options.seed ?? 1,
      differences: 'forward',
      iterationsMax: 30,
      tolerance: 1e-6,
      ...(options.huber === undefined ? {} : { huber: options.huber }),
      ...(onProgress === undefined ? {} : { onProgress: (share) => onProgress(0.7 * share) }),
    },
  );
  return { fine: { result: best, runs, sigma, stepS }, tried, agreed };
}

/** From where the last fit ended, with the noise it left, on a grid that suits the time constants it found. */
function finer(
  plan: ThermalPlan,
  parameters: ThermalParameters,
  stretches: readonly Stretch[],
  options: ThermalOptions,
  before: Fine,
): Fine {
  const fastestS = 1 / ratesAt(plan, valuesAt(parameters, before.result.theta))[0]!;
  const least = coarsest(plan.record, stretches, options.pointsMax ?? pointsMaxDefault);
  const wish = Math.max(least, fastestS / stepsPerConstant);
  const stepS = wish < 1.9 * usualStepS(plan.record) && least === 0 ? 0 : wish;
  const runs = stepS === before.stepS ? before.runs : runsOf(plan, stretches, stepS);
  const sigma = noiseLeft(plan, before);
  const result = leastSquares(thermalProblem(plan, parameters, runs, sigma), {
    start: before.result.theta,
    differences: 'forward',
    iterationsMax: 60,
    tolerance: 1e-9,
    ...(options.huber === undefined ? {} : { huber: options.huber }),
  });
  return { result, runs, sigma, stepS };
}

/** Steps that make at most so many points; 0 when every row may be one. */
function coarsest(record: FitRecord, stretches: readonly Stretch[], points: number): number {
  let rows = 0;
  let spanS = 0;
  for (const { from, to } of stretches) {
    rows += to - from;
    spanS += record.timeS[to - 1]! - record.timeS[from]!;
  }
  return rows <= points ? 0 : spanS / points;
}

function spanOf(plan: ThermalPlan): Float64Array {
  return Float64Array.from({ length: plan.nodes }, (_, i) => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const x of plan.measured[i] ?? []) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
    return high > low ? high - low : 1;
  });
}

/** By node: the standard deviation of what the fit did not explain. */
function noiseLeft(plan: ThermalPlan, { result, runs, sigma }: Fine): Float64Array {
  const squares = new Float64Array(plan.nodes);
  const counts = new Float64Array(plan.nodes);
  const sensors = plan.measured.flatMap((column, i) => (column === undefined ? [] : [i]));
  let at = 0;
  for (const { rows } of runs) {
    at += plan.nodes;
    for (let k = 0; k < rows.length; k++) {
      for (const i of sensors) {
        const r = result.residuals[at++]!;
        if (!Number.isFinite(r)) continue;
        squares[i] = squares[i]! + r * r * result.weights[at - 1]!;
        counts[i] = counts[i]! + 1;
      }
    }
  }
  const floor = spanOf(plan);
  return sigma.map((s, i) =>
    counts[i]! > 0 ? Math.max(s * Math.sqrt(squares[i]! / counts[i]!), 1e-6 * floor[i]!) : s,
  );
}

function cautions(
  stretches: readonly Stretch[],
  { timeS }: FitRecord,
  slowestS: number,
  fastestS: number,
  stepS: number,
): string[] {
  const longestS = Math.max(...stretches.map(({ from, to }) => timeS[to - 1]! - timeS[from]!));
  const warnings: string[] = [];
  const round = (x: number): string => String(Number(x.toPrecision(3)));
  if (slowestS > longestS) {
    warnings.push(
      `the slowest time constant (${round(slowestS)} s) is longer than the longest run without a gap ` +
        `(${round(longestS)} s): the resistance to the ambient is hardly seen`,
    );
  }
  if (fastestS < 2 * stepS) {
    warnings.push(
      `the fastest time constant (${round(fastestS)} s) is shorter than two rows (${round(2 * stepS)} s): ` +
        'what happens between rows is not known, and decides about it',
    );
  }
  return warnings;
}
