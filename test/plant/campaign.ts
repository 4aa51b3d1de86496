// What a twin is worth, in figures: it learns on one part of a machine of the plant whose constants nobody tells it,
// predicts another part, and meets faults. For the bench, which prints them, and for tests, which hold them to bounds.
import { learntSigma } from '../../src/core/calibrate/calibrator.ts';
import type { Frame } from '../../src/core/frame.ts';
import { isGood } from '../../src/core/quality.ts';
import { forkTwin, type Twin } from '../../src/core/twin.ts';
import type { Fault } from '../../src/plant/fault.ts';
import { axisNames } from '../../src/plant/hidden.ts';
import { flange } from '../../src/plant/programme.ts';
import {
  axisFrictionN,
  declaredOf,
  type HeatBook,
  type Known,
  keepHeat,
  newHeatBook,
  twinFrictionN,
  visibleTruth,
  workingMPerS,
} from './hidden-truth.ts';
import { newStand, type Stand, type StandOptions } from './stand.ts';

const tickS = 0.1;

export interface Lesson {
  readonly stand: Stand;
  /** Of the twin before it had learnt anything. */
  readonly told: Known;
  readonly book: HeatBook;
}

/** A twin that knows the data sheet follows the machine from cold. */
export function begin(options: StandOptions): Lesson {
  const stand = newStand(options);
  return { stand, told: knownOf(stand.twin.model, stand.twin.parameters.slice()), book: newHeatBook() };
}

export function learn({ stand, book }: Lesson, seconds: number, onFrame?: (frame: Frame) => void): void {
  stand.run(seconds, (frame) => {
    keepHeat(book, stand.truth, tickS);
    onFrame?.(frame);
  });
}

export function knownOf({ parameters: specs }: Twin['model'], values: Float64Array): Known {
  const index = new Map(specs.map(({ name }, i) => [name, i]));
  return (name) => values[index.get(name)!]!;
}

export interface Finding {
  readonly name: string;
  readonly value: number;
  readonly truth: number;
  /** NaN: nothing was learnt of it. */
  readonly sigma: number;
  /** (value - truth) / truth */
  readonly error: number;
  /** The truth is in the 95 % interval; undefined where there is none. */
  readonly covered: boolean | undefined;
}

/** Every parameter of which the truth can be told. */
export function findings({ stand, told, book }: Lesson): Finding[] {
  const calibrator = stand.core.calibrators[0]!;
  return compare(
    { stand, told, book },
    knownOf(stand.twin.model, stand.twin.parameters),
    learntSigma(calibrator, stand.twin.model),
  );
}

export function compare(
  { stand, told, book }: Lesson,
  known: Known,
  sigmas: Readonly<Record<string, number>>,
): Finding[] {
  return Object.entries(visibleTruth(stand.truth, told, book)).map(([name, truth]) => {
    const value = known(name);
    const sigma = sigmas[name] ?? Number.NaN;
    const covered = Number.isNaN(sigma) ? undefined : Math.abs(value - truth) <= 1.96 * sigma;
    return { name, value, truth, sigma, error: (value - truth) / truth, covered };
  });
}

/** The largest relative error of the friction of an axis over its working speeds, by axis. */
export function frictionErrors({ stand, told }: Lesson, known: Known): number[] {
  return axisNames.map((_, axis) =>
    Math.max(
      ...workingMPerS.map((speed) => {
        const truthN = axisFrictionN(stand.truth, axis, speed, told);
        return Math.abs(twinFrictionN(axis, speed, known) - truthN) / truthN;
      }),
    ),
  );
}

export interface Prediction {
  readonly output: string;
  readonly rmse: number;
  readonly bias: number;
  /** Of the range of what was measured, and of its standard deviation. */
  readonly nrmseRange: number;
  readonly nrmseStd: number;
}

/**
 * The next part, and the next hour: a fork of the twin that is told the inputs and never what came of them. Nothing
 * corrects it and nothing calibrates it.
 */
export function predictFlange({ stand }: Lesson, seconds: number): Prediction[] {
  stand.load(flange);
  const { model } = stand.twin;
  const fork = forkTwin(stand.twin);
  const tallies = model.outputs.map(() => newTally());
  stand.run(seconds, (frame) => {
    fork.input.set(stand.twin.input);
    model.step(fork.parameters, fork.state, fork.input, tickS, fork.output);
    for (const [o, tally] of tallies.entries()) {
      const row = model.inputs.length + o;
      if (isGood(frame.quality[row]!)) tally.add(frame.value[row]!, fork.output[o]!);
    }
  });
  return tallies.flatMap((tally, o) => tally.result(model.outputs[o]!.name));
}

function newTally() {
  let [count, sum, squares, errors, squareErrors] = [0, 0, 0, 0, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(measured: number, predicted: number) {
      const error = measured - predicted;
      count++;
      sum += measured;
      squares += measured * measured;
      errors += error;
      squareErrors += error * error;
      low = Math.min(low, measured);
      high = Math.max(high, measured);
    },
    /** Nothing where nothing was measured. */
    result(output: string): Prediction[] {
      if (count === 0) return [];
      const rmse = Math.sqrt(squareErrors / count);
      const std = Math.sqrt(squares / count - (sum / count) ** 2);
      return [{ output, rmse, bias: errors / count, nrmseRange: rmse / (high - low), nrmseStd: rmse / std }];
    },
  };
}

export interface Course {
  /** Seconds from the onset to the divergence that was told; undefined: none in the time. */
  readonly divergedS: number | undefined;
  /** What was adopted after the onset: seconds from it and group. */
  readonly adopted: readonly { readonly atS: number; readonly group: string }[];
  /** Seconds of the time in which the twin was diverged or recalibrating. */
  readonly troubledS: number;
}

/** Breaks something now, for good, and lets it go on. */
export function suffer(lesson: Lesson, fault: Fault | undefined, severity: number, seconds: number): Course {
  const { stand } = lesson;
  const fromS = stand.nowS;
  if (fault !== undefined) {
    stand.truth.faults.limit[fault] = severity;
    stand.truth.faults.active.add(fault);
  }
  let troubledS = 0;
  learn(lesson, seconds, ({ mode }) => {
    if (mode === 'diverged' || mode === 'recalibrating') troubledS += tickS;
  });
  const since = stand.news.filter(({ atS }) => atS > fromS);
  const diverged = since.find(({ kind }) => kind === 'diverged');
  return {
    divergedS: diverged && diverged.atS - fromS,
    adopted: since.flatMap((news) =>
      news.kind === 'recalibrated' ? [{ atS: news.atS - fromS, group: news.group }] : [],
    ),
    troubledS,
  };
}

/** Where heat goes to the outside, and so what a lost cooling changes. */
export const heatsThrough: readonly string[] = ['housing.rth', 'bearing.coolingRth'];

/** What a twin would have learnt in the end: for those who ask about faults and have no half an hour. */
export function wellKnown(seed: number): Record<string, number> {
  const { stand, told, book } = begin({ seed });
  // At work its grease is warm.
  stand.truth.heat.bearingC = 42;
  return { ...declaredOf(stand.truth.hidden), ...visibleTruth(stand.truth, told, book) };
}

/** A twin that has learnt, on its way for a while. */
export function startKnowing(seed: number, warmS: number): Lesson {
  const lesson = begin({ seed, parameters: wellKnown(seed) });
  learn(lesson, warmS);
  return lesson;
}

/** Groups that a lying sensor could mislead. */
export const groupsOf = {
  'stuck-sensor': ['heat'],
  silent: ['heat'],
  spike: ['spindle', 'cut'],
} as const satisfies Partial<Record<Fault, readonly string[]>>;

/** What the twin holds for the parameters of these groups. */
export function parametersIn({ stand: { twin } }: Lesson, groups: readonly string[]): number[] {
  const specs = (twin.model.calibration ?? []).filter(({ name }) => groups.includes(name));
  const known = knownOf(twin.model, twin.parameters);
  return specs.flatMap(({ parameters }) => parameters.map(known));
}
