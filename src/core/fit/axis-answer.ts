// What an axis fit tells: values with intervals, measured beside predicted in every row, and what a careful reader
// should know. It changes nothing that was found.
import { filtered } from './axis-inverse.ts';
import { type AxisMotion, show } from './axis-motion.ts';
import { accelerationOf } from './axis-plan.ts';
import { type AxisPlan, type AxisRows, predictedAt, valuesOf } from './axis-problem.ts';
import type { AxisOptions, AxisSetup } from './axis-setup.ts';
import { skewOf } from './axis-skew.ts';
import { isMagnitude } from './axis-unsigned.ts';
import type { FitAnswer, FitRecord, FitSegment, FitTrace, FittedParameter } from './fit.ts';
import { goodnessOf } from './goodness.ts';
import { type Intervals, intervalsOf } from './intervals.ts';
import type { MultiStartResult } from './multi-start.ts';

export interface AxisOutcome {
  readonly options: AxisOptions;
  readonly setup: AxisSetup;
  readonly motion: AxisMotion;
  readonly measured: Float64Array;
  readonly plan: AxisPlan;
  readonly rows: AxisRows;
  readonly search: MultiStartResult;
}

export function answerAxis(record: FitRecord, outcome: AxisOutcome): FitAnswer {
  const { options, setup, motion, plan, rows, search } = outcome;
  const { gainSigma } = options;
  const intervals = intervalsOf(plan.parameters, search.best, {
    systematic:
      gainSigma === undefined ? [] : [{ relative: gainSigma, effect: rows.measured.map((y) => -y) }],
  });
  const predicted = predictAll(outcome);
  const trace = traceOf(record, outcome, predicted);
  return {
    model: 'axis',
    method: options.method ?? 'output-error',
    parameters: parametersOf(outcome, intervals),
    traces: [trace],
    warnings: [
      ...setup.warnings,
      ...(search.best.converged ? [] : ['the search did not come to rest: take the values with care']),
      ...boundWarnings(outcome),
      ...intervals.warnings.filter((warning) => !warning.includes('smoothing')),
      ...motionWarnings(outcome),
      ...signWarnings(outcome, trace),
      ...skewWarnings(record, outcome, predicted),
    ],
    notes: [
      ...setup.notes,
      `velocity and acceleration: ${motion.plan.why}`,
      ...bandNotes(record, outcome, predicted, trace),
    ],
    converged: search.best.converged,
    starts: { tried: search.tried, agreed: search.agreed },
  };
}

function parametersOf({ setup, plan, search }: AxisOutcome, intervals: Intervals): FittedParameter[] {
  const { theta, atBound } = search.best;
  const known = (name: string, unit: string, about: string, value: number): FittedParameter => ({
    name,
    unit,
    about,
    value,
    sigma: Number.NaN,
    low95: value,
    high95: value,
    known: true,
    atBound: false,
  });
  const fitted = plan.parameters.map(({ name, unit, about }, j) => ({
    name,
    unit,
    about,
    value: theta[j]!,
    sigma: intervals.sigma[j]!,
    low95: intervals.low95[j]!,
    high95: intervals.high95[j]!,
    known: false,
    atBound: atBound[j]!,
  }));
  const { gain } = setup;
  const knownTerms = setup.terms
    .filter((term) => term.known !== undefined)
    .map((term) => known(term.name, term.unit, term.about, term.known!));
  const knownGain =
    gain.value === undefined || gain.name === '' ? [] : [known(gain.name, gain.unit, gain.about, gain.value)];
  const others = setup.given.map(({ name, unit, value }) =>
    known(name, unit, 'of the drive, as given', value),
  );
  return [...fitted, ...knownTerms, ...knownGain, ...others];
}

/** In every row with motion, at rest too. */
function predictAll({ setup, motion, plan, search, measured }: AxisOutcome): Float64Array {
  const values = valuesOf(plan, search.best.theta);
  // At rest the sign of the velocity is that of its noise: friction must not follow it.
  const resting = { ...values, smoothing: Math.max(values.smoothing, 2 * motion.velocityNoise) };
  const predicted = new Float64Array(measured.length).fill(Number.NaN);
  for (const { rows } of motion.pieces) {
    for (const row of rows) {
      const now = motion.rest[row] === 1 ? resting : values;
      const signed = predictedAt(setup, now, motion.acceleration[row]!, motion.velocity[row]!);
      predicted[row] = setup.unsigned ? Math.abs(signed) : signed;
    }
  }
  return predicted;
}

function traceOf(record: FitRecord, { setup, measured }: AxisOutcome, predicted: Float64Array): FitTrace {
  const validation = usedFor(record, 'validation');
  return {
    output: setup.output,
    unit: setup.unit,
    measured,
    predicted,
    fit: goodnessOf(measured, predicted, usedFor(record, 'fit')),
    validation: validation.length > 0 ? goodnessOf(measured, predicted, validation) : undefined,
  };
}

function usedFor({ segments }: FitRecord, use: FitSegment['use']): FitSegment[] {
  return segments.filter((segment) => segment.use === use);
}

function boundWarnings({ plan, search }: AxisOutcome): string[] {
  return plan.parameters.flatMap(({ name, unit }, j) =>
    search.best.atBound[j] === true && name !== 'smoothing'
      ? [
          `${name} ended at its bound of ${show(search.best.theta[j]!)} ${unit}: the data would have it beyond, so the model or a sign may not fit this axis`,
        ]
      : [],
  );
}

const doubtMax = 0.1;

function motionWarnings({ setup, motion, search, plan }: AxisOutcome): string[] {
  const warnings: string[] = [];
  const mass = setup.terms.findIndex((term) => term.kind === 'acceleration');
  const noise = motion.accelerationNoise;
  const pull = accelerationOf(motion);
  const free = setup.terms[mass]!.known === undefined || plan.gain >= 0;
  if (free && pull < 3 * noise) {
    warnings.push(
      `the acceleration (${show(pull)} m/s²) is hardly above its noise (${show(noise)} m/s²): the mass is too small by an unknown share; let it accelerate harder, or sample it more finely`,
    );
  }
  if (free && pull >= 3 * noise && motion.plan.doubt > doubtMax) {
    warnings.push(
      `the motion changes faster than ${show(1 / motion.stepS)} samples a second can tell: its acceleration differs by ${Math.round(100 * motion.plan.doubt)} % with how it is derived, and the mass may be off by more; sample it more finely, or give the mass`,
    );
  }
  if (search.tried > 1 && search.agreed < 2) {
    warnings.push(`of ${search.tried} starts only one ended at the best optimum: there may be a better one`);
  }
  return warnings;
}

/** Where it is the weight, the model explains it. */
function signWarnings({ setup, motion, measured }: AxisOutcome, { fit }: FitTrace): string[] {
  if (setup.unsigned || fit.r2 > 0.9 || !isMagnitude(measured, motion)) return [];
  return [
    `the ${setup.output} is never negative although the axis moves both ways: if it is a magnitude, say that it is unsigned`,
  ];
}

function skewWarnings(
  { timeS }: FitRecord,
  { setup, motion, plan, rows, search }: AxisOutcome,
  predicted: Float64Array,
): string[] {
  if (motion.plan.way === 'local' || setup.unsigned) return [];
  const { lateS, sigmaS } = skewOf(motion, timeS, predicted, rows.rows, plan.parameters, search.best);
  const size = Math.abs(lateS);
  // Far more than a filter's delay is no delay: then the model does not fit.
  const most = Math.max(10 * motion.stepS, 0.5 / motion.plan.cutoffHz);
  if (!(size > 4 * sigmaS) || size < 0.1 * motion.stepS || size > most) return [];
  return [
    `the ${setup.output} seems to come ${show(1000 * size)} ms ${lateS > 0 ? 'after' : 'before'} the motion (± ${show(1000 * sigmaS)} ms): the parameters are off by more than their intervals say; take it out of the data (lag) and fit again`,
  ];
}

/** Which bandwidth the figures compare, and what they would be in another. */
function bandNotes(
  record: FitRecord,
  { motion, measured, setup }: AxisOutcome,
  predicted: Float64Array,
  trace: FitTrace,
): string[] {
  const notes: string[] = [];
  const segments = usedFor(record, 'fit');
  const smoothed = goodnessOf(filtered(measured, motion), filtered(predicted, motion), segments);
  if (smoothed.rmse < 0.7 * trace.fit.rmse) {
    notes.push(
      `the RMSE of ${show(trace.fit.rmse)} ${setup.unit} is of the ${setup.output} as measured; with both sides low-passed at ${show(motion.plan.cutoffHz)} Hz it is ${show(smoothed.rmse)} ${setup.unit}: the rest is noise, or faster than the motion tells`,
    );
  }
  const moving = measured.map((value, row) => (motion.rest[row] === 1 ? Number.NaN : value));
  const inMotion = goodnessOf(moving, predicted, segments);
  const restShare = 1 - inMotion.samples / trace.fit.samples;
  const differs = Math.abs(inMotion.rmse - trace.fit.rmse) > 0.2 * trace.fit.rmse;
  if (restShare > 0.05 && differs) {
    const unseen = goodnessOf(moving, predicted, usedFor(record, 'validation'));
    const also = unseen.samples > 0 ? `, and ${show(unseen.rmse)} ${setup.unit} on unseen data` : '';
    notes.push(
      `${Math.round(100 * restShare)} % of the rows are at rest, where friction holds what it likes and nothing is fitted; in motion alone the RMSE is ${show(inMotion.rmse)} ${setup.unit}${also}`,
    );
  }
  return notes;
}
