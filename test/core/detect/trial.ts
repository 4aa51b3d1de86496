// Runs a detector over a course with a fault from some view on, and says when and how often it spoke.
import { type Detector, newVerdict, newView } from '../../../src/core/detect/detector.ts';
import { type Course, came, feed } from '../../suites/detector-stream.ts';

export interface Trial {
  /** Findings begun before the fault, in all columns together. */
  readonly before: number;
  /** By column: views from the fault to the finding, -1 for none. */
  readonly delays: number[];
  /** Of the views after the fault, the share with a finding. */
  readonly share: number;
  /** By column: the score at the last view. */
  readonly scores: number[];
  readonly readiness: number[];
}

export interface TrialSetup {
  readonly columns?: number;
  readonly periodS?: number;
  /** A course by seed; each column has its own. */
  readonly course: (seed: number) => Course;
  readonly seed: number;
  /** Views before the fault, and after. */
  readonly normal: number;
  readonly wrong?: number;
  /** `k`: views since the fault; `held`: the value at it. */
  readonly fault?: (value: number, k: number, held: number) => number;
  readonly mode?: (t: number) => number;
}

export function tryOut<State, Options>(
  detector: Detector<State, Options>,
  options: Options,
  setup: TrialSetup,
): Trial {
  const {
    columns = 8,
    periodS = 0.1,
    course,
    seed,
    normal,
    wrong = 0,
    fault = (x) => x,
    mode = () => 0,
  } = setup;
  const state = detector.create({ columns, modes: 3, periodS }, options);
  const [view, verdict] = [newView(columns), newVerdict(columns)];
  const own = Array.from({ length: columns }, (_, c) => course(1000 * seed + c));
  const held = new Float64Array(columns);
  const delays = new Array<number>(columns).fill(-1);
  const was = new Uint8Array(columns);
  let before = 0;
  let lit = 0;
  for (let t = 0; t < normal + wrong; t++) {
    view.mode = mode(t);
    feed(view, t, periodS, () => {
      own.forEach((make, c) => {
        const value = make(t);
        if (t <= normal) held[c] = value;
        came(view, c, t < normal ? value : fault(value, t - normal, held[c]!));
      });
    });
    detector.observe(state, view, verdict);
    verdict.levels.forEach((level, c) => {
      if (level > 0 && t < normal && was[c] === 0) before++;
      if (level > 0 && t >= normal) {
        lit++;
        if (delays[c]! < 0) delays[c] = t - normal;
      }
      was[c] = level;
    });
  }
  const share = wrong === 0 ? 0 : lit / (wrong * columns);
  return { before, delays, share, scores: [...verdict.scores], readiness: [...verdict.readiness] };
}

/** Of those that were found; -1 when none was. */
export function medianDelay({ delays }: Trial): number {
  const found = delays.filter((delay) => delay >= 0).sort((a, b) => a - b);
  return found[found.length >> 1] ?? -1;
}

export function foundShare({ delays }: Trial): number {
  return delays.filter((delay) => delay >= 0).length / delays.length;
}
