// One attempt of a group: its beginnings and its ends, and what is said of them.
import type { Frame } from '../frame.ts';
import type { Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { enter, giveUp } from './answer.ts';
import type { Calibrator } from './calibrator.ts';
import { empty } from './keeper.ts';
import { biasOf, reopen, settle } from './learner.ts';
import { openTrial, type Verdict } from './trial.ts';

/** After a divergence a parameter may be anywhere within so many prior sigmas. */
const reopenSigmas = 3;

/** From data of now on, and with an open mind. */
export function beginLearning(calibrator: Calibrator, g: number, timeMs: number): void {
  const answer = calibrator.answers[g]!;
  const learner = calibrator.learners[g]!;
  reopen(learner, reopenSigmas);
  learner.alert = 1;
  empty(calibrator.keepers[g]!);
  answer.learntFromMs = timeMs;
  enter(answer, 'learning');
}

export function beginTrial(calibrator: Calibrator, g: number, twin: Twin, frame: Frame): void {
  const answer = calibrator.answers[g]!;
  answer.learntToMs = frame.timeMs;
  openTrial(
    calibrator.trials[g]!,
    calibrator.groups[g]!,
    twin,
    calibrator.candidates[g]!.values,
    frame.timeMs,
    biasOf(calibrator.learners[g]!),
  );
  enter(answer, 'trial');
}

export function fail(calibrator: Calibrator, g: number): void {
  settle(calibrator.learners[g]!);
  giveUp(calibrator.answers[g]!);
}

export function dependsOn({ groups, influence }: Calibrator, g: number, other: number): boolean {
  return groups[other]!.parameters.some((p) => groups[g]!.outputs.some((o) => influence.ofParameter(p, o)));
}

export function refuse(
  calibrator: Calibrator,
  g: number,
  why: string,
  verdict: Verdict | undefined,
  news: TwinNews[],
): void {
  const { errorBefore = Number.NaN, errorAfter = Number.NaN } = verdict ?? {};
  const group = calibrator.groups[g]!.spec.name;
  news.push({ kind: 'not-recalibrated', machine: calibrator.machine, group, why, errorBefore, errorAfter });
}
