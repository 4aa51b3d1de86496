// Calibration of one live twin. Learners run all the time beside it and never touch it; what they have learnt becomes
// the twin's only after a trial (decide.ts). Deterministic, bounded, and without allocation in a tick that decides
// nothing.
import { type Hash, hashNumber, hashNumbers } from '../hash.ts';
import type { Model, SignalSpec } from '../model.ts';
import { type Answer, answerNumbers, newAnswer } from './answer.ts';
import { type Candidate, newCandidate } from './candidate.ts';
import { newEkfLearner } from './ekf.ts';
import { type Group, resolveGroups } from './group.ts';
import { guardNumbers, newSensorGuard, type SensorGuard } from './guard.ts';
import { type Influence, influenceOf } from './influence.ts';
import type { EkfLearner } from './jacobian.ts';
import { type Keeper, keeperNumbers, newKeeper } from './keeper.ts';
import type { Learner } from './learner.ts';
import { restNumbers } from './rest.ts';
import { newRlsLearner } from './rls.ts';
import { type Bench, newBench, type Pack, packLearners } from './sensitivity.ts';
import { newTrial, type Trial, trialNumbers } from './trial.ts';

export interface CalibrationOptions {
  readonly mode: 'auto' | 'off';
  /** The most a parameter may change at one adoption, in its prior sigmas. */
  readonly changeMax?: number;
  /** A candidate is adopted when its error on trial is smaller by at least this share. */
  readonly marginMin?: number;
}

export interface Calibrator {
  readonly machine: number;
  readonly auto: boolean;
  readonly changeMax: number;
  readonly marginMin: number;
  readonly guard: SensorGuard;
  readonly bench: Bench;
  readonly influence: Influence;
  /** By group, all of these. */
  readonly groups: readonly Group[];
  readonly learners: readonly Learner[];
  readonly answers: readonly Answer[];
  readonly candidates: readonly Candidate[];
  readonly keepers: readonly Keeper[];
  readonly trials: readonly Trial[];
  readonly packs: readonly Pack[];
  readonly filters: readonly EkfLearner[];
  /** One standard deviation by parameter of the model; NaN for one that was never learnt. */
  readonly sigma: Float64Array;
  /** Usual length of a tick, and time since the last look at the whole. */
  usualS: number;
  sinceS: number;
}

export interface CalibratorSetup {
  readonly machine: number;
  readonly model: Model;
  readonly parameters: Float64Array;
  /** As the machine's layout has them. */
  readonly outputs?: readonly SignalSpec[];
  readonly periodS: number;
  readonly options?: CalibrationOptions;
}

export function newCalibrator(setup: CalibratorSetup): Calibrator {
  const { machine, model, parameters, outputs = model.outputs, options = { mode: 'auto' } } = setup;
  const auto = options.mode === 'auto' && (model.calibration ?? []).length > 0;
  const influence = influenceOf(model);
  const groups = auto ? resolveGroups(model, influence, parameters) : [];
  const learners = groups.map((group) =>
    group.spec.method === 'rls' ? newRlsLearner(group) : newEkfLearner(group, model),
  );
  return {
    ...{ machine, auto, changeMax: options.changeMax ?? 10, marginMin: options.marginMin ?? 0.1 },
    ...{ influence, groups, learners, bench: newBench(model, influence) },
    guard: newSensorGuard(Float64Array.from(outputs, ({ sigma, span = 1 }) => sigma ?? span / 50)),
    answers: groups.map((group) => newAnswer(group.parameters.length)),
    candidates: learners.map(newCandidate),
    keepers: learners.map(newKeeper),
    trials: groups.map(() => newTrial(model)),
    packs: packLearners(
      learners.filter((learner) => learner.method === 'rls'),
      influence,
    ),
    filters: learners.filter((learner) => learner.method === 'ekf'),
    sigma: new Float64Array(model.parameters.length).fill(Number.NaN),
    ...{ usualS: setup.periodS, sinceS: 0 },
  };
}

/** What was learnt of each parameter, by name. */
export function learntSigma({ sigma }: Calibrator, model: Model): Record<string, number> {
  const known = model.parameters.flatMap(({ name }, p) =>
    Number.isNaN(sigma[p]!) ? [] : [[name, sigma[p]!] as const],
  );
  return Object.fromEntries(known);
}

export function hashCalibrator(hash: Hash, calibrator: Calibrator): void {
  const { guard, learners, answers, trials, keepers, sigma, sinceS } = calibrator;
  for (const numbers of guardNumbers(guard)) hashNumbers(hash, numbers);
  for (const learner of learners) hashLearner(hash, learner);
  for (const answer of answers) for (const numbers of answerNumbers(answer)) hashNumbers(hash, numbers);
  for (const trial of trials) for (const numbers of trialNumbers(trial)) hashNumbers(hash, numbers);
  for (const keeper of keepers) for (const numbers of keeperNumbers(keeper)) hashNumbers(hash, numbers);
  hashNumbers(hash, sigma);
  hashNumber(hash, sinceS);
}

function hashLearner(hash: Hash, learner: Learner): void {
  const { estimate, evidenceS, alert, spreadMax } = learner;
  hashNumbers(hash, estimate.mean);
  hashNumbers(hash, estimate.covariance);
  hashNumbers(hash, [evidenceS, alert, spreadMax]);
  if (learner.method === 'ekf') {
    hashNumbers(hash, [learner.started, learner.sinceS, learner.knows]);
    for (const numbers of restNumbers(learner.rest)) hashNumbers(hash, numbers);
    return;
  }
  const { sums, held, share, phiBefore, events, ticks, stretchS, follows, waits, settleS } = learner;
  for (const numbers of [sums, held, share, phiBefore, events]) hashNumbers(hash, numbers);
  hashNumbers(hash, [ticks, stretchS, follows, waits, settleS]);
  hashNumber(hash, learner.misfit);
}
