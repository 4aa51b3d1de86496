// How a group answers a divergence, or a slow drift: it learns from data after the beginning, makes a candidate, puts
// it on trial, and says what came of it. Attempts are bounded, and farther and farther apart.
//
//   watching ──divergence──► learning ──learnt, settled, different──► trial ──better──► adopted ─► watching
//       └──every so often, different──────────────────────────────────►└──else──► refused ─► watching, later again

export const phases = ['watching', 'learning', 'trial'] as const;
export type Phase = (typeof phases)[number];
export type Reason = 'divergence' | 'drift';

const waitFirstS = 30;
const waitMaxS = 3600;
const checkFirstS = 120;
const checkSoonS = 60;
const checkMaxS = 300;
const attemptsMax = 8;
export const settleCheckS = 10;

export interface Answer {
  phase: Phase;
  reason: Reason;
  /** Data from here on is what it has learnt from. */
  learntFromMs: number;
  learntToMs: number;
  /** In this phase. */
  elapsedS: number;
  /** While learning: since the divergence was last seen. */
  calmS: number;
  /** No further attempt before. */
  waitS: number;
  attempts: number;
  /** Until the next look for a drift, and how long the look after that is away. */
  checkS: number;
  checkNextS: number;
  /** The candidate of the check before, and how long ago that was; NaN: none. */
  readonly earlier: Float64Array;
  earlierS: number;
  /** 1: it has said that it cannot, and need not say so again. */
  said: number;
}

export function newAnswer(parameters: number): Answer {
  return {
    ...{ phase: 'watching', reason: 'drift', learntFromMs: Number.NaN, learntToMs: Number.NaN },
    ...{ elapsedS: 0, calmS: 0, waitS: 0, attempts: 0, checkS: checkFirstS, checkNextS: 2 * checkFirstS },
    ...{ earlier: new Float64Array(parameters).fill(Number.NaN), earlierS: 0, said: 0 },
  };
}

/** All of its numbers, for a hash. */
export function answerNumbers(answer: Answer): readonly ArrayLike<number>[] {
  const { phase, reason, learntFromMs, learntToMs, elapsedS, waitS, attempts, checkS, earlier } = answer;
  const place = [phases.indexOf(phase), reason === 'drift' ? 0 : 1, learntFromMs, learntToMs];
  return [
    place,
    [elapsedS, waitS, attempts, checkS, answer.checkNextS, answer.earlierS, answer.said, answer.calmS],
    earlier,
  ];
}

export function passTime(answer: Answer, dtS: number): void {
  answer.elapsedS += dtS;
  answer.earlierS += dtS;
  answer.waitS = Math.max(0, answer.waitS - dtS);
  answer.checkS = Math.max(0, answer.checkS - dtS);
}

export function enter(answer: Answer, phase: Phase): void {
  answer.phase = phase;
  answer.elapsedS = 0;
  answer.calmS = 0;
  answer.earlier.fill(Number.NaN);
  answer.earlierS = 0;
}

/** It may begin to answer a divergence now. */
export function mayAnswer(answer: Answer): boolean {
  return answer.phase === 'watching' && answer.waitS <= 0 && answer.attempts < attemptsMax;
}

/** An attempt has come to nothing: the next one is twice as far away. */
export function giveUp(answer: Answer): void {
  answer.waitS = Math.min(waitMaxS, waitFirstS * 2 ** answer.attempts);
  answer.attempts++;
  postpone(answer);
  enter(answer, 'watching');
}

export function succeed(answer: Answer): void {
  answer.attempts = 0;
  answer.waitS = 0;
  answer.said = 0;
  // What has just changed may not have done so yet: soon another look.
  if (answer.reason === 'divergence') answer.checkNextS = checkSoonS;
  postpone(answer);
  enter(answer, 'watching');
}

export function postpone(answer: Answer): void {
  answer.checkS = answer.checkNextS;
  answer.checkNextS = Math.min(checkMaxS, 2 * answer.checkNextS);
}

/** The machine does what the twin says again: whatever was tried is forgotten. */
export function calm(answer: Answer): void {
  answer.attempts = 0;
  answer.said = 0;
}

/** Whether what is learnt has stopped moving: by less than `share` of a prior sigma between two looks. */
export function hasSettled(answer: Answer, theta: Float64Array, share: number): boolean {
  if (answer.earlierS < settleCheckS) return false;
  let settled = true;
  for (let j = 0; j < theta.length; j++) {
    if (!(Math.abs(theta[j]! - answer.earlier[j]!) <= share)) settled = false;
    answer.earlier[j] = theta[j]!;
  }
  answer.earlierS = 0;
  return settled;
}
