// Who judges the rows of a file: the sides of the ensemble, with a normal of their own for each mode, or several judges.
import {
  type Ensemble,
  ensembleSides,
  judgeRow,
  newEnsemble,
  newJudgement,
  rowsNeeded,
} from '../core/detect/ensemble/ensemble.ts';

export interface RowJudge {
  /** `values`: by column, NaN where there is none. `dtS`: since the row before. */
  judge(values: Float64Array, timeMs: number, dtS: number, mode: number): void;
  /** Of the row that was judged last, 0 to 1. */
  readonly score: number;
  readonly shares: Float64Array;
  /** Which detector, or what the ensemble saw; '' for nothing. */
  readonly detector: string;
  /** Whether a limit says so, or a flag that holds on, whatever the score. */
  readonly spoke: boolean;
  /** It was not silent because it knows too little. */
  readonly ready: boolean;
  /** Rows from which it learns before it speaks. */
  readonly needed: number;
}

/** So many steps are a pause to the ensemble. */
const aPause = 10;
/** Below it nothing is worth a word. */
const worthAWord = 0.15;

export function sidesJudge(columns: number, periodS: number): RowJudge {
  const byMode = new Map<number, Ensemble>();
  const judgement = newJudgement(columns);
  let ready = false;
  let last = Number.NaN;
  return {
    judge(values, _timeMs, dtS, mode) {
      // What was before the change of mode says nothing of what comes after it.
      const sinceS = mode === last || Number.isNaN(last) ? dtS : Math.max(dtS, aPause * periodS);
      last = mode;
      let ensemble = byMode.get(mode);
      if (ensemble === undefined) {
        ensemble = newEnsemble({ columns, periodS });
        byMode.set(mode, ensemble);
      }
      ready = ensemble.rows >= rowsNeeded;
      judgeRow(ensemble, values, sinceS, judgement);
    },
    get score() {
      return judgement.score;
    },
    shares: judgement.shares,
    get detector() {
      return judgement.score >= worthAWord && judgement.side >= 0 ? ensembleSides[judgement.side]! : '';
    },
    spoke: false,
    get ready() {
      return ready;
    },
    needed: rowsNeeded,
  };
}

/** Several at once: the highest score speaks. */
export function strongest(judges: readonly RowJudge[], columns: number): RowJudge {
  const [only] = judges;
  if (judges.length === 1 && only !== undefined) return only;
  let best = judges[0]!;
  let spoke = false;
  const shares = new Float64Array(columns);
  return {
    judge(values, timeMs, dtS, mode) {
      best = judges[0]!;
      spoke = false;
      for (const judge of judges) {
        judge.judge(values, timeMs, dtS, mode);
        if (judge.score > best.score) best = judge;
        if (judge.spoke) spoke = true;
      }
      shares.set(best.shares);
    },
    get score() {
      return best.score;
    },
    shares,
    get detector() {
      return best.detector;
    },
    get spoke() {
      return spoke;
    },
    get ready() {
      return judges.some((judge) => judge.ready);
    },
    needed: Math.min(...judges.map(({ needed }) => needed)),
  };
}
