// One detector of the gateway as a judge of rows. In a file there are rows and no hours, so it is told that a row is a
// second: it learns, forgets and accepts by rows, at 1 kHz and once an hour alike.
import { type Detector, newVerdict, newView, type Verdict, type View } from '../core/detect/detector.ts';
import { modesMax } from './modes.ts';
import type { RowJudge } from './row-judge.ts';

export interface DetectorParts {
  readonly columns: number;
  /** Usual time between rows, for what is told as a time. */
  readonly periodS: number;
  readonly moded: boolean;
  /** As it is called in the answer. */
  readonly name: string;
}

const rowS = 1;
const ownShare = 0.25;

export function detectorJudge<State, Options>(
  detector: Detector<State, Options>,
  options: Options,
  { columns, periodS, moded, name }: DetectorParts,
): RowJudge {
  const setup = { columns, modes: moded ? modesMax : 1, periodS: rowS };
  const state = detector.create(setup, options);
  const view = newView(columns);
  const verdict = newVerdict(columns);
  const shares = new Float64Array(columns);
  const isLimit = detector.kind === 'limits';
  let ready = false;
  let trip = false;
  let spoke = false;
  return {
    judge(values, _timeMs, dtS, mode) {
      show(view, values, Math.max(rowS, Math.round(dtS / (periodS > 0 ? periodS : 1))), mode);
      detector.observe(state, view, verdict);
      ready ||= isReady(verdict);
      const level = worstLevel(verdict);
      trip = isLimit && level === 2;
      spoke = isLimit && level > 0;
      share(verdict, detector.joint, shares);
    },
    get score() {
      return ready ? Math.min(1, Math.max(0, verdict.score)) : 0;
    },
    shares,
    get detector() {
      if (verdict.score < 0.15) return '';
      return trip ? `${name} trip` : name;
    },
    get spoke() {
      return spoke;
    },
    get ready() {
      return ready;
    },
    needed: Math.ceil(detector.needsS(setup, options) / rowS),
  };
}

function show(view: View, values: Float64Array, dtS: number, mode: number): void {
  view.dtS = view.timeMs === 0 ? 0 : dtS;
  view.timeMs += dtS * 1000;
  view.mode = mode;
  view.value.set(values);
  view.low.set(values);
  view.high.set(values);
  view.last.set(values);
  for (let c = 0; c < values.length; c++) view.ageS[c] = Number.isNaN(values[c]!) ? view.ageS[c]! + dtS : 0;
}

function isReady({ readiness }: Verdict): boolean {
  for (const one of readiness) if (one >= 1) return true;
  return false;
}

function worstLevel({ levels }: Verdict): number {
  let worst = 0;
  for (const level of levels) if (level > worst) worst = level;
  return worst;
}

/** Of a joint one they are shares already; of others who is far behind the worst has no part in it. */
function share({ scores, score }: Verdict, joint: boolean, shares: Float64Array): void {
  let sum = 0;
  for (let c = 0; c < shares.length; c++) {
    const weight = joint ? scores[c]! : Math.max(0, scores[c]! - Math.max(ownShare, 0.5 * score)) ** 2;
    shares[c] = Number.isFinite(weight) ? weight : 0;
    sum += shares[c]!;
  }
  for (let c = 0; c < shares.length; c++) shares[c] = sum > 0 ? shares[c]! / sum : 0;
}
