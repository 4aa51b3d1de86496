// Turns where a thermal fit ended into values with intervals, and adds the time constants that follow from them.
import type { FittedParameter } from './fit.ts';
import { type Intervals, intervalsOf } from './intervals.ts';
import type { LeastSquaresResult } from './least-squares.ts';
import { studentQuantile } from './student.ts';
import { modesOf } from './thermal-modes.ts';
import { searchParameter, type ThermalParameters, valuesAt } from './thermal-parameters.ts';
import { networkOf, type ThermalPlan, type ThermalValues } from './thermal-plan.ts';

/** 1/s, fastest first. */
export function ratesAt(plan: ThermalPlan, values: ThermalValues): Float64Array {
  return modesOf(networkOf(plan, values)).rates;
}

export function fittedThermal(
  plan: ThermalPlan,
  parameters: ThermalParameters,
  result: LeastSquaresResult,
): { fitted: FittedParameter[]; warnings: readonly string[]; slowestS: number; fastestS: number } {
  const intervals = intervalsOf(parameters.wanted.map(searchParameter), result);
  const fitted = parameters.all.map((parameter): FittedParameter => {
    const { name, unit, about, start, log } = parameter;
    const row = { name, unit, about };
    if (parameter.known) {
      const sure = { sigma: Number.NaN, low95: start, high95: start, known: true, atBound: false };
      return { ...row, value: start, ...sure };
    }
    const j = parameters.wanted.indexOf(parameter);
    const back = (x: number): number => (log ? Math.exp(x) : x);
    const value = back(result.theta[j]!);
    return {
      ...row,
      value,
      sigma: intervals.sigma[j]! * (log ? value : 1),
      low95: back(intervals.low95[j]!),
      high95: back(intervals.high95[j]!),
      known: false,
      atBound: result.atBound[j]!,
    };
  });
  const constants = timeConstants(plan, parameters, result, intervals);
  const bounds = fitted.filter(({ atBound }) => atBound);
  return {
    fitted: [...fitted, ...constants],
    warnings: [
      ...intervals.warnings,
      ...bounds.map(({ name, value }) => `${name} ended at its bound ${Number(value.toPrecision(3))}`),
    ],
    slowestS: constants[0]!.value,
    fastestS: constants.at(-1)!.value,
  };
}

/** Slowest first, with the spread that the parameters' own brings about. */
function timeConstants(
  plan: ThermalPlan,
  parameters: ThermalParameters,
  { theta }: LeastSquaresResult,
  { covariance, freedom, sigma }: Intervals,
): FittedParameter[] {
  const logs = (at: ArrayLike<number>): Float64Array =>
    ratesAt(plan, valuesAt(parameters, at)).map((rate) => -Math.log(rate));
  const centre = logs(theta);
  const slopes = parameters.wanted.map((_, j) => {
    const step = 1e-5 * Math.max(1, Math.abs(theta[j]!));
    const side = (sign: number): Float64Array => logs(theta.map((x, k) => (k === j ? x + sign * step : x)));
    const [up, down] = [side(1), side(-1)];
    return centre.map((_x, m) => (up[m]! - down[m]!) / (2 * step));
  });
  const n = theta.length;
  const quantile = studentQuantile(0.975, Math.max(1, Math.min(...freedom)));
  return Array.from({ length: plan.nodes }, (_, k): FittedParameter => {
    const m = plan.nodes - 1 - k;
    let variance = 0;
    for (let i = 0; i < n; i++) {
      if (sigma[i] === Number.POSITIVE_INFINITY && Math.abs(slopes[i]![m]!) > 1e-6) variance = sigma[i]!;
      for (let j = 0; j < n; j++) variance += slopes[i]![m]! * covariance[j * n + i]! * slopes[j]![m]!;
    }
    const value = Math.exp(centre[m]!);
    const spread = Math.sqrt(Math.max(0, variance));
    return {
      name: `timeConstant${k + 1}`,
      unit: 's',
      about: `${k === 0 ? 'Slowest' : k === plan.nodes - 1 ? 'Fastest' : 'Middle'} time constant; follows from the others`,
      value,
      sigma: value * spread,
      low95: value * Math.exp(-quantile * spread),
      high95: value * Math.exp(quantile * spread),
      known: false,
      atBound: false,
    };
  });
}
