// The decisions of a calibrator, about once a second: who answers a divergence, when a candidate is made, who stands
// trial, what is adopted. It says everything it does, and what it would not do and why.
//
// Groups answer in the order of the model's list where one may cause the other's trouble: friction warms a bearing,
// so friction goes first. Whoever depends on a set that was adopted begins again.
import { divergedAt } from '../follow.ts';
import type { Frame } from '../frame.ts';
import type { Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { tryCandidate } from './adopt.ts';
import { calm, enter, hasSettled, mayAnswer, passTime, postpone } from './answer.ts';
import { beginLearning, beginTrial, dependsOn, fail, refuse } from './attempt.ts';
import type { Calibrator } from './calibrator.ts';
import { propose } from './candidate.ts';
import { Doubts, doubts } from './guard.ts';
import { goBack, keep } from './keeper.ts';
import { settle } from './learner.ts';
import { closeTrial } from './trial.ts';

const learnMaxS = 900;
/** A divergence that comes and goes with the work is one: it is over when it has stayed away for so long. */
const calmMaxS = 120;
/** Seconds of data that teach, before a candidate is made. */
const learnS = { rls: 2, ekf: 60 } as const;
/** A candidate differs from what the twin has by so many of its sigmas, or it is not worth a trial. */
const differsBy = { divergence: 2, drift: { rls: 2, ekf: 1.2 } } as const;
/** Too little data for a look: another one so much later. */
const retryS = 30;
const settledShare = 0.08;

export function decide(
  calibrator: Calibrator,
  twin: Twin,
  frame: Frame,
  dtS: number,
  news: TwinNews[],
): void {
  const watched = frame.mode !== 'offline';
  for (let g = 0; g < calibrator.groups.length; g++) {
    const answer = calibrator.answers[g]!;
    passTime(answer, dtS);
    if (!watched) continue;
    const diverged = hasDiverged(calibrator, g, frame);
    const unsound = unsoundOutput(calibrator, g);
    if (unsound >= 0) {
      standAside(calibrator, g, twin, unsound, diverged, news);
      continue;
    }
    if (frame.mode !== 'diverged' && answer.phase === 'watching') calm(answer);
    keep(calibrator.keepers[g]!, calibrator.learners[g]!, dtS);
    // A drift on trial is of a machine that was: a divergence is answered at once, and from new data.
    if (diverged && answer.phase === 'trial' && answer.reason === 'drift') {
      closeTrial(calibrator.trials[g]!);
      enter(answer, 'watching');
    }
    if (answer.phase === 'trial') tryCandidate(calibrator, g, twin, frame, news);
    else if (answer.phase === 'learning') learn(calibrator, g, twin, frame, diverged, dtS, news);
    else watch(calibrator, g, twin, frame, diverged);
  }
}

function hasDiverged({ groups }: Calibrator, g: number, frame: Frame): boolean {
  if (frame.mode !== 'diverged') return false;
  const { outputs } = groups[g]!;
  for (let k = 0; k < outputs.length; k++) if (frame.divergences[outputs[k]!]! > divergedAt) return true;
  return false;
}

/** The first output of a group whose sensor lies or is gone, or -1. */
function unsoundOutput({ groups, guard }: Calibrator, g: number): number {
  const { outputs } = groups[g]!;
  for (let k = 0; k < outputs.length; k++) {
    const o = outputs[k]!;
    const doubt = guard.doubt[o]!;
    if (guard.connected[o] === 1 && doubt !== Doubts.none) return o;
  }
  return -1;
}

/** What a sensor that lies has said before it was found out is unlearnt; nothing of it comes to a trial. */
function standAside(
  calibrator: Calibrator,
  g: number,
  twin: Twin,
  output: number,
  diverged: boolean,
  news: TwinNews[],
): void {
  const answer = calibrator.answers[g]!;
  const doubt = calibrator.guard.doubt[output]!;
  const lies = doubt === Doubts.stuck || doubt === Doubts.spikes || doubt === Doubts.outOfRange;
  if (doubt === Doubts.recovering) return;
  if (lies) goBack(calibrator.keepers[g]!, calibrator.learners[g]!);
  const trying = answer.phase !== 'watching';
  if ((trying || diverged) && answer.said === 0) {
    const why = `${twin.model.outputs[output]!.name} teaches nothing: ${doubts[doubt]!}`;
    refuse(calibrator, g, why, undefined, news);
    answer.said = 1;
  }
  if (!trying) return;
  closeTrial(calibrator.trials[g]!);
  settle(calibrator.learners[g]!);
  enter(answer, 'watching');
}

function watch(calibrator: Calibrator, g: number, twin: Twin, frame: Frame, diverged: boolean): void {
  const answer = calibrator.answers[g]!;
  const learner = calibrator.learners[g]!;
  if (diverged && mayAnswer(answer)) {
    answer.reason = 'divergence';
    beginLearning(calibrator, g, frame.timeMs);
    return;
  }
  if (Number.isNaN(answer.learntFromMs)) answer.learntFromMs = frame.timeMs;
  if (answer.checkS > 0 || answer.waitS > 0 || diverged) return;
  answer.reason = 'drift';
  const differs = propose(calibrator.candidates[g]!, learner, twin.parameters, calibrator.changeMax);
  if (learner.evidenceS < learnS[learner.method]) answer.checkS = retryS;
  else if (differs >= differsBy.drift[learner.method]) beginTrial(calibrator, g, twin, frame);
  else {
    confirm(calibrator, g, twin);
    postpone(answer);
  }
}

/** The data agrees with what the twin has: that is knowledge as well, and as good as the learner's and the difference. */
function confirm({ groups, candidates, sigma }: Calibrator, g: number, twin: Twin): void {
  const { learnt, values, sigma: own } = candidates[g]!;
  for (let j = 0; j < learnt.length; j++) {
    const p = groups[g]!.parameters[j]!;
    if (learnt[j] === 1) sigma[p] = Math.sqrt(own[j]! ** 2 + (values[j]! - twin.parameters[p]!) ** 2);
  }
}

function learn(
  calibrator: Calibrator,
  g: number,
  twin: Twin,
  frame: Frame,
  diverged: boolean,
  dtS: number,
  news: TwinNews[],
): void {
  const answer = calibrator.answers[g]!;
  const learner = calibrator.learners[g]!;
  const candidate = calibrator.candidates[g]!;
  answer.calmS = diverged || frame.mode === 'diverged' ? 0 : answer.calmS + dtS;
  if (answer.calmS > calmMaxS) {
    standDown(calibrator, g);
    return;
  }
  const differs = propose(candidate, learner, twin.parameters, calibrator.changeMax);
  const known = candidate.learnt.some((learnt) => learnt === 1);
  const enough = known && learner.evidenceS >= learnS[learner.method];
  if (enough && hasSettled(answer, candidate.theta, settledShare)) {
    if (differs < differsBy.divergence) {
      refuse(calibrator, g, 'the data agrees with the parameters it has', undefined, news);
      fail(calibrator, g);
    } else if (!waitsForAnother(calibrator, g)) beginTrial(calibrator, g, twin, frame);
    return;
  }
  if (answer.elapsedS < learnMaxS) return;
  refuse(calibrator, g, notLearnt(calibrator, g, twin, enough), undefined, news);
  fail(calibrator, g);
}

function standDown(calibrator: Calibrator, g: number): void {
  settle(calibrator.learners[g]!);
  enter(calibrator.answers[g]!, 'watching');
}

function notLearnt(calibrator: Calibrator, g: number, twin: Twin, enough: boolean): string {
  if (enough) return 'what was learnt did not settle';
  const { parameters } = calibrator.groups[g]!;
  const names = Array.from(parameters, (p) => twin.model.parameters[p]!.name);
  const { learnt } = calibrator.candidates[g]!;
  const open = names.filter((_, j) => learnt[j] === 0);
  return `too little in the data about ${(open.length > 0 ? open : names).join(', ')}`;
}

/** An earlier group of the list, still answering, whose parameters move this one's outputs. */
function waitsForAnother(calibrator: Calibrator, g: number): boolean {
  for (let other = 0; other < g; other++) {
    const { phase, reason } = calibrator.answers[other]!;
    if (phase !== 'watching' && reason === 'divergence' && dependsOn(calibrator, g, other)) return true;
  }
  return false;
}
