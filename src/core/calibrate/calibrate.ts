// Moving a calibrator: once a tick, and when somebody sets the parameters from outside.
import { forgetResiduals, type Sensors } from '../follow.ts';
import type { Frame } from '../frame.ts';
import type { Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { enter, postpone } from './answer.ts';
import type { Calibrator } from './calibrator.ts';
import { decide } from './decide.ts';
import { restartEkf, teachEkf } from './ekf.ts';
import { watchSensors } from './guard.ts';
import { empty } from './keeper.ts';
import { relearn, settle } from './learner.ts';
import { prepareRls, teachRls } from './rls.ts';
import { tryParameters } from './sensitivity.ts';
import { closeTrial, stepTrial } from './trial.ts';

/** Once a tick, right after the twin has followed the frame. May turn the frame's mode into `recalibrating`. */
export function calibrateFrame(
  calibrator: Calibrator,
  twin: Twin,
  sensors: Sensors,
  frame: Frame,
  dtS: number,
  news: TwinNews[],
): void {
  if (!calibrator.auto) return;
  watchSensors(calibrator.guard, frame, twin.input.length, dtS);
  const watched = frame.mode !== 'offline';
  teachAll(calibrator, twin, sensors.before, frame, watched, dtS);
  for (let g = 0; g < calibrator.trials.length; g++) {
    const trial = calibrator.trials[g]!;
    if (trial.group < 0) continue;
    const learner = calibrator.learners[g]!;
    const settled = learner.method === 'ekf' || learner.settleS <= 0;
    stepTrial(trial, calibrator.groups[g]!, twin, calibrator.guard, frame, settled, dtS);
  }
  calibrator.sinceS += dtS;
  if (calibrator.sinceS >= 1) {
    decide(calibrator, twin, frame, calibrator.sinceS, news);
    calibrator.sinceS = 0;
  }
  if (frame.mode === 'diverged' && isAnswering(calibrator)) frame.mode = 'recalibrating';
}

function teachAll(
  calibrator: Calibrator,
  twin: Twin,
  before: Float64Array,
  frame: Frame,
  watched: boolean,
  dtS: number,
): void {
  const { packs, filters, trials, bench, guard } = calibrator;
  const regular = watched && dtS <= 1.5 * calibrator.usualS;
  for (let i = 0; i < packs.length; i++) {
    const pack = packs[i]!;
    let any = false;
    for (let k = 0; k < pack.learners.length; k++) {
      const learner = pack.learners[k]!;
      // What the trial sees, the learner must not have seen.
      const free = trials[learner.group.index]!.group < 0;
      prepareRls(learner, twin, guard, frame, regular && free, dtS);
      any ||= learner.active === 1;
    }
    if (!any) continue;
    tryParameters(pack, bench, twin.model, twin.parameters, before, twin.input, dtS, guard.sigma);
    for (let k = 0; k < pack.learners.length; k++) {
      const learner = pack.learners[k]!;
      if (learner.active === 1) teachRls(learner, frame, guard.sigma, dtS);
    }
  }
  for (let i = 0; i < filters.length; i++) {
    const filter = filters[i]!;
    if (!watched || trials[filter.group.index]!.group >= 0) restartEkf(filter);
    else teachEkf(filter, bench, guard, twin, before, frame, dtS);
  }
}

function isAnswering({ answers }: Calibrator): boolean {
  for (let g = 0; g < answers.length; g++) {
    const { phase, reason } = answers[g]!;
    if (phase !== 'watching' && reason === 'divergence') return true;
  }
  return false;
}

/** A rollback, or a set from elsewhere: the twin has it at once, and what was learnt begins again from there. */
export function setParameters(
  calibrator: Calibrator,
  twin: Twin,
  values: Readonly<Record<string, number>>,
  sigma: Readonly<Record<string, number>>,
): void {
  const { model } = twin;
  for (let p = 0; p < model.parameters.length; p++) {
    const { name, min, max } = model.parameters[p]!;
    const value = values[name];
    if (value === undefined) continue;
    twin.parameters[p] = Math.min(max, Math.max(min, value));
    calibrator.sigma[p] = sigma[name] ?? Number.NaN;
  }
  for (let o = 0; o < twin.output.length; o++) forgetResiduals(twin, o);
  for (let g = 0; g < calibrator.groups.length; g++) {
    const group = calibrator.groups[g]!;
    const touched = group.parameters.some((p) => values[model.parameters[p]!.name] !== undefined);
    if (!touched) continue;
    closeTrial(calibrator.trials[g]!);
    empty(calibrator.keepers[g]!);
    settle(calibrator.learners[g]!);
    relearn(calibrator.learners[g]!, twin.parameters, calibrator.sigma);
    enter(calibrator.answers[g]!, 'watching');
    postpone(calibrator.answers[g]!);
  }
}
