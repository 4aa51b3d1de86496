// What a fit of a model found, with intervals, and its outputs simulated freely through everything: what was fitted
// and what was kept back.
import type { FitAnswer, FitTrace, FittedParameter } from './fit.ts';
import { goodnessOf } from './goodness.ts';
import type { Intervals } from './intervals.ts';
import type { LeastSquaresResult } from './least-squares.ts';
import type { RunRows } from './model-rows.ts';
import { newRun, runModel } from './model-run.ts';
import { type ModelFitOptions, spreadOut, type Target, type Unknowns } from './model-unknowns.ts';

export function answerOfModel(
  options: ModelFitOptions,
  rows: RunRows,
  targets: readonly Target[],
  unknowns: Unknowns,
  base: Float64Array,
  mask: Uint8Array,
  result: LeastSquaresResult,
  intervals: Intervals,
  every: number,
): Omit<FitAnswer, 'starts'> {
  const { model } = options;
  const parameters = unknowns.parameters.map(
    ({ name, unit, about }, j): FittedParameter => ({
      ...{ name, unit, about, known: false, atBound: result.atBound[j]! },
      value: result.theta[j]!,
      sigma: intervals.sigma[j]!,
      low95: intervals.low95[j]!,
      high95: intervals.high95[j]!,
    }),
  );
  const bounds = parameters.filter(({ atBound }) => atBound);
  return {
    model: `${model.id} ${model.version}`,
    method: `output error, ${every > 1 ? `${every} rows as one` : 'every row'}`,
    parameters,
    traces: tracesOf(options, rows, targets, unknowns, base, mask, result),
    warnings: [
      ...intervals.warnings,
      ...untoldWarnings(options, parameters),
      ...bounds.map(({ name, value }) => `${name} ended at its bound ${show(value)}`),
    ],
    notes: [],
    converged: result.converged,
  };
}

/** A parameter is told when it is known so much better than the model expected. */
const toldShare = 0.5;

function untoldWarnings(
  { model, priors }: ModelFitOptions,
  parameters: readonly FittedParameter[],
): string[] {
  return parameters.flatMap(({ name, unit, value, sigma, atBound }) => {
    const spec = model.parameters.find((own) => own.name === name);
    if (spec === undefined || atBound || !Number.isFinite(sigma) || sigma <= toldShare * spec.priorSigma)
      return [];
    const figure = `${name} is not told apart by this data: ${show(value)} ± ${show(sigma)} ${unit}`;
    return priors === undefined
      ? [
          `${figure}, where ${show(spec.value)} ± ${show(spec.priorSigma)} were expected without any: give it, or hold it to that`,
        ]
      : [`${figure}, most of which is what was expected`];
  });
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function tracesOf(
  { model, initial }: ModelFitOptions,
  rows: RunRows,
  targets: readonly Target[],
  unknowns: Unknowns,
  base: Float64Array,
  mask: Uint8Array,
  { theta }: LeastSquaresResult,
): FitTrace[] {
  const run = newRun(model, rows, initial);
  const { parameters, starts, offsets } = spreadOut(unknowns, base, run, targets.length, theta);
  const { segments } = rows;
  const length = rows.dtS.length;
  const predicted = targets.map(() => new Float64Array(length).fill(Number.NaN));
  runModel(run, parameters, starts, (row, y) => {
    for (const [o, { index }] of targets.entries()) predicted[o]![row] = y[index]! + offsets[o]!;
  });
  const unseen = segments.filter(({ use }) => use === 'validation');
  return targets.map(({ name, index }, o): FitTrace => {
    const measured = rows.outputs[index] ?? new Float64Array(length).fill(Number.NaN);
    // Judged where it was taught, or would have been.
    const judged = predicted[o]!.map((value, row) => (mask[row] === 1 ? value : Number.NaN));
    return {
      output: name,
      unit: model.outputs[index]!.unit,
      measured,
      predicted: predicted[o]!,
      fit: goodnessOf(
        measured,
        judged,
        segments.filter(({ use }) => use === 'fit'),
      ),
      validation: unseen.length > 0 ? goodnessOf(measured, judged, unseen) : undefined,
    };
  });
}
