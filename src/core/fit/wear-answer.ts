// What a fit of wear found: parameters in units of use and wear, quantiles of life, and how well the first part of
// each run foretold the rest.
import type { FitRecord, FitTrace, FittedParameter } from './fit.ts';
import { goodnessOf } from './goodness.ts';
import { studentQuantile } from './student.ts';
import { familyWords } from './wear-family.ts';
import { lifeOf, type WearLife } from './wear-life.ts';
import type { FittedWear, WearAnswer, WearOptions, WearRun } from './wear-options.ts';
import type { WearPoint, WearPoints } from './wear-points.ts';

export function wearAnswer(
  record: FitRecord,
  all: WearPoints,
  options: WearOptions,
  fitted: FittedWear,
  early: FittedWear | undefined,
): WearAnswer {
  const { best, shapes, kind, setting } = fitted;
  const unit = options.unit ?? 'µm';
  const limited = options.limit !== undefined;
  return {
    model: `wear, ${familyWords[best.family]}`,
    method: `least squares with ${kind} noise, ${shapes.length} shapes compared by ${(options.criterion ?? 'aicc').toUpperCase()}`,
    parameters: parametersOf(fitted, unit, all.useUnit, limited),
    traces: [traceOf(record, all, options, fitted, early, unit)],
    warnings: warningsOf(all, fitted, limited),
    notes: [],
    converged: best.result.converged,
    starts: best.agreed,
    useUnit: all.useUnit,
    family: best.family,
    families: shapes.map(({ pool, criterion, weight }) => ({ family: pool.family, criterion, weight })),
    noise: { kind, size: best.noise * (kind === 'absolute' ? setting.level : 1) },
    life: limited ? lifeOf(shapes, undefined, 0) : undefined,
    runs: all.runs.map((run, index): WearRun => {
      const rate = best.rateAt < 0 ? 1 : Math.exp(best.result.theta[best.rateAt + index]!);
      const life = limited ? lifeOfRun(fitted, index) : undefined;
      return {
        run,
        rate,
        life,
        foretold: limited && early !== undefined ? lifeOfRun(early, index) : undefined,
      };
    }),
  };
}

function lifeOfRun({ shapes, points, setting, best, kind }: FittedWear, run: number): WearLife {
  const last = points.findLast((point) => point.run === run);
  // It has survived its last measurement only if that is under the limit by more than noise.
  const noise = best.noise * (kind === 'relative' ? (last?.wear ?? 0) : setting.level);
  const under = last !== undefined && last.wear + 2 * noise < setting.level;
  return lifeOf(shapes, run, under ? last.use : 0);
}

function parametersOf(
  fitted: FittedWear,
  unit: string,
  useUnit: string,
  limited: boolean,
): FittedParameter[] {
  const { best, setting } = fitted;
  const { theta, atBound } = best.result;
  const n = theta.length;
  const quantile = studentQuantile(0.975, best.freedom);
  const row = (
    names: { name: string; unit: string; about: string },
    j: number,
    back: (x: number) => number,
  ): FittedParameter => {
    const deviation = Math.sqrt(best.covariance[j * n + j]!);
    const value = back(theta[j]!);
    const ends = [back(theta[j]! - quantile * deviation), back(theta[j]! + quantile * deviation)];
    const slope = (back(theta[j]! + 1e-6) - back(theta[j]! - 1e-6)) / 2e-6;
    return {
      ...names,
      value,
      sigma: Math.abs(slope) * deviation,
      low95: Math.min(...ends),
      high95: Math.max(...ends),
      known: false,
      atBound: atBound[j]!,
    };
  };
  const begin = setting.fresh === 'estimate' ? 0 : setting.fresh;
  const until = limited ? 'the limit' : 'the most that was measured';
  const rate = { name: 'rate', unit: `${unit}/${useUnit}`, about: `Mean rate until ${until}` };
  const life = { name: 'life', unit: useUnit, about: `Use until ${until}, by this shape` };
  return [
    row(rate, 0, (x) => (setting.level - begin) / Math.exp(x)),
    row(life, 0, Math.exp),
    ...best.parameters.slice(1).map(({ name, unit: own, about }, k) => {
      const isFresh = name === 'fresh';
      return row({ name, unit: isFresh ? unit : own, about }, k + 1, isFresh ? (x) => x : Math.exp);
    }),
  ];
}

/** Where the record kept rows back they are the validation; else it is what the first parts say of the rest. */
function traceOf(
  record: FitRecord,
  all: WearPoints,
  options: WearOptions,
  fitted: FittedWear,
  early: FittedWear | undefined,
  unit: string,
): FitTrace {
  const rows = record.timeS.length;
  const measured = new Float64Array(rows).fill(Number.NaN);
  const predicted = measured.slice();
  const foretold = measured.slice();
  const learnt = new Set(early?.points.map(({ row }) => row));
  for (const point of all.points) {
    measured[point.row] = point.wear;
    predicted[point.row] = at(fitted, point);
    if (early !== undefined && !learnt.has(point.row)) foretold[point.row] = at(early, point);
  }
  const whole = [{ from: 0, to: rows }];
  const unseen = record.segments.filter(({ use }) => use === 'validation');
  const seen = record.segments.filter(({ use }) => use === 'fit');
  return {
    output: options.wear ?? 'wear',
    unit,
    measured,
    predicted,
    fit: goodnessOf(measured, predicted, seen),
    validation:
      unseen.length > 0
        ? goodnessOf(measured, predicted, unseen)
        : early === undefined
          ? undefined
          : goodnessOf(measured, foretold, whole),
  };
}

function at({ best }: FittedWear, { run, use }: WearPoint): number {
  return best.wearAt(run, use);
}

function warningsOf(all: WearPoints, fitted: FittedWear, limited: boolean): string[] {
  const { best, shapes, setting, points } = fitted;
  const warnings: string[] = [];
  const rivals = shapes.filter(({ pool, weight }) => pool !== best && weight > 0.2);
  if (rivals.length > 0) {
    const names = rivals.map(({ pool }) => familyWords[pool.family]).join(', ');
    warnings.push(
      `the data do not decide between ${familyWords[best.family]} and ${names}: life is told from all of them`,
    );
  }
  const most = points.reduce((high, { wear }) => Math.max(high, wear), 0);
  if (limited && most < 0.5 * setting.level) {
    warnings.push(
      `the wear reaches ${Number(((100 * most) / setting.level).toPrecision(2))} % of the limit: what comes after is extrapolated`,
    );
  }
  const fallen = all.runs.filter((_, run) =>
    falls(
      points.filter((point) => point.run === run),
      setting.level,
    ),
  );
  if (fallen.length > 0) {
    warnings.push(
      `the wear of run ${fallen.join(', ')} falls by more than half: was the part exchanged within it?`,
    );
  }
  if (setting.fresh === 0 && startsAbove(fitted)) {
    warnings.push(
      'what was measured first is well above the curve, which begins at 0: say how worn a new one is (fresh), or let it be estimated',
    );
  }
  return warnings;
}

/** A sensor's offset, or a tool that was not new: the curve has no place for it, and its run-in takes it on. */
function startsAbove({ points, best, kind, setting }: FittedWear): boolean {
  const most = points.reduce((high, { use }) => Math.max(high, use), 0);
  const early = points.filter(({ use }) => use < 0.05 * most);
  const above = early.filter((point) => {
    const noise =
      best.noise * (kind === 'relative' ? Math.max(point.wear, 0.05 * setting.level) : setting.level);
    return point.wear - best.wearAt(point.run, point.use) > 3 * noise;
  });
  return above.length > 0.2 * early.length;
}

function falls(points: readonly WearPoint[], level: number): boolean {
  let high = 0;
  return points.some(({ wear }) => {
    high = Math.max(high, wear);
    return wear < 0.5 * high && high - wear > 0.2 * level;
  });
}
