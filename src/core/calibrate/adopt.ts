// The end of a trial: what speaks against a candidate, and what it means for the others when it is adopted.
import { forgetResiduals } from '../follow.ts';
import type { Frame } from '../frame.ts';
import type { Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { enter, type Reason, succeed } from './answer.ts';
import { beginLearning, dependsOn, fail, refuse } from './attempt.ts';
import type { Calibrator } from './calibrator.ts';
import { empty } from './keeper.ts';
import { reopen, settle } from './learner.ts';
import { closeTrial, judgeTrial, type Verdict } from './trial.ts';

const trialMaxS = 1200;
/** What each method needs: seconds of data that judge, and how long a trial lasts at least. */
const needs = { rls: { scoredS: 2, trialS: 60 }, ekf: { scoredS: 120, trialS: 120 } } as const;
/** A drift is small by nature: less of an improvement will do. */
const driftMargin = 0.03;
/** In standard errors of the improvement. */
const certain = 2;
/** A set that predicts better by so many sigmas is another one for those who learn from it. */
const otherSigmas = 1;
/** While it looks better and is not certain, the trial goes on for up to so many times the data it needs. */
const doubtTimes = 4;
const hopeful = 'it predicts better by chance, perhaps';

export function tryCandidate(
  calibrator: Calibrator,
  g: number,
  twin: Twin,
  frame: Frame,
  news: TwinNews[],
): void {
  const trial = calibrator.trials[g]!;
  const group = calibrator.groups[g]!;
  const { reason } = calibrator.answers[g]!;
  const { scoredS, trialS } = needs[group.spec.method];
  const enough = trial.scoredS >= scoredS && trial.elapsedS >= trialS;
  if (!enough && trial.elapsedS < trialMaxS) return;
  const verdict = judgeTrial(trial, group);
  const why = enough ? objection(calibrator, reason, verdict, twin) : 'too little data to try it on';
  if (why === hopeful && trial.elapsedS < trialMaxS && trial.scoredS < doubtTimes * scoredS) return;
  if (why === undefined) {
    adopt(calibrator, g, twin, frame, verdict, news);
    return;
  }
  closeTrial(trial);
  refuse(calibrator, g, why, verdict, news);
  fail(calibrator, g);
}

function objection(
  { marginMin }: Calibrator,
  reason: Reason,
  { errorBefore, errorAfter, certainty, worse }: Verdict,
  twin: Twin,
): string | undefined {
  if (worse >= 0) return `it makes ${twin.model.outputs[worse]!.name} worse`;
  const margin = reason === 'drift' ? Math.min(driftMargin, marginMin) : marginMin;
  if (!(errorAfter <= (1 - margin) * errorBefore)) return 'it predicts no better';
  return certainty >= certain ? undefined : hopeful;
}

function adopt(
  calibrator: Calibrator,
  g: number,
  twin: Twin,
  frame: Frame,
  { errorBefore, errorAfter }: Verdict,
  news: TwinNews[],
): void {
  const group = calibrator.groups[g]!;
  const answer = calibrator.answers[g]!;
  const trial = calibrator.trials[g]!;
  const { values, sigma, learnt } = calibrator.candidates[g]!;
  const told: Record<string, number> = {};
  const spread: Record<string, number> = {};
  for (let j = 0; j < values.length; j++) {
    const p = group.parameters[j]!;
    const { name } = twin.model.parameters[p]!;
    told[name] = values[j]!;
    if (learnt[j] === 0) continue;
    twin.parameters[p] = values[j]!;
    calibrator.sigma[p] = sigma[j]!;
    spread[name] = sigma[j]!;
  }
  news.push({
    ...{ kind: 'recalibrated', machine: calibrator.machine, group: group.spec.name, reason: answer.reason },
    ...{ values: told, sigma: spread, errorBefore, errorAfter },
    learnt: { fromMs: answer.learntFromMs, toMs: answer.learntToMs },
    trial: { fromMs: trial.fromMs, toMs: trial.toMs },
  });
  closeTrial(trial);
  settle(calibrator.learners[g]!);
  const other = answer.reason === 'divergence' || errorBefore - errorAfter > otherSigmas;
  succeed(answer);
  answer.learntFromMs = frame.timeMs;
  restartOthers(calibrator, g, twin, frame, other);
}

/**
 * What this group's set moves is judged anew. Whoever learnt from what it was begins again, when it is quite another
 * one; a trial against it does in any case.
 */
function restartOthers(calibrator: Calibrator, g: number, twin: Twin, frame: Frame, quite: boolean): void {
  const { groups, influence, answers, trials } = calibrator;
  for (let o = 0; o < twin.output.length; o++) {
    if (groups[g]!.parameters.some((p) => influence.ofParameter(p, o))) forgetResiduals(twin, o);
  }
  for (let other = 0; other < groups.length; other++) {
    if (other === g || !dependsOn(calibrator, other, g)) continue;
    const answer = answers[other]!;
    const { phase, reason } = answer;
    closeTrial(trials[other]!);
    if (phase !== 'watching' && reason === 'divergence') beginLearning(calibrator, other, frame.timeMs);
    else {
      enter(answer, 'watching');
      if (!quite) continue;
      reopen(calibrator.learners[other]!, 1);
      empty(calibrator.keepers[other]!);
      answer.learntFromMs = frame.timeMs;
    }
  }
}
