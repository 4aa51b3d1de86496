// How long a detector learns, how rarely it may be wrong, and when it takes what lasts for the new normal: in views.
import type { DetectorSetup } from './detector.ts';

export interface LearningOptions {
  /** Of a mode, before it speaks of it; and at least so many views. */
  readonly learnS: number;
  readonly learnViews: number;
  /** By column: without a reason it may speak once in so many hours of views. */
  readonly falseEveryH: number;
  /** What it took for abnormal in a mode for so long is forgotten, and learnt anew as what is normal there. */
  readonly acceptS: number;
}

export const usualLearning: LearningOptions = {
  learnS: 300,
  learnViews: 300,
  falseEveryH: 20_000,
  acceptS: 8 * 3600,
};

export interface Learning {
  readonly needViews: number;
  readonly acceptViews: number;
  /** Beyond so many views what was learnt is forgotten by halves. */
  readonly memoryViews: number;
  /** In views: how rarely a column may speak without a reason. */
  readonly falseEvery: number;
}

/** A stream of one value a day still gets bounds that a few thousand days pass. */
const falseEveryMin = 10_000;
const viewsMax = 1e7;
const memoryS = 8 * 3600;

export function newLearning({ periodS }: DetectorSetup, options: LearningOptions): Learning {
  const period = periodS > 0 ? periodS : 1;
  const views = (seconds: number) => Math.min(viewsMax, Math.ceil(seconds / period));
  const needViews = Math.max(1, options.learnViews, views(options.learnS));
  return {
    needViews,
    acceptViews: Math.max(views(options.acceptS), 3 * needViews),
    memoryViews: Math.max(views(memoryS), 20 * needViews),
    falseEvery: Math.max(falseEveryMin, (options.falseEveryH * 3600) / period),
  };
}

export function learningS(setup: DetectorSetup, options: LearningOptions): number {
  return newLearning(setup, options).needViews * (setup.periodS > 0 ? setup.periodS : 1);
}
