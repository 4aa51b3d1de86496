// The default ensemble as a judge of rows: its own sides and the detectors that see what those do not, heard together; a
// flag of something that lasts holds on while it lasts.
import { holdRow, newHold } from '../core/detect/ensemble/hold.ts';
import {
  type Chorus,
  concludeChorus,
  hearVoice,
  newChorus,
  weightOf,
} from '../core/detect/ensemble/voices.ts';
import type { RowJudge } from './row-judge.ts';

export interface EnsembleVoices {
  /** The sides: they speak first, and say from when on there is anything to say. */
  readonly own: RowJudge;
  /** May lead as well. */
  readonly others: readonly RowJudge[];
  /** Only second what others say: by themselves they speak too long after what they saw. */
  readonly seconds: readonly RowJudge[];
}

export function ensembleJudge(
  { own, others, seconds }: EnsembleVoices,
  columns: number,
  threshold: number,
): RowJudge {
  const voices = [own, ...others, ...seconds];
  const chorus = newChorus(voices.length, 1 + others.length);
  const shares = new Float64Array(columns);
  const hold = newHold(threshold);
  let held = false;
  let detector = '';
  return {
    judge(values, timeMs, dtS, mode) {
      for (let k = 0; k < voices.length; k++) {
        const voice = voices[k]!;
        voice.judge(values, timeMs, dtS, mode);
        hearVoice(chorus, k, voice.score);
      }
      concludeChorus(chorus);
      held = holdRow(hold, chorus.score);
      const word = voices[chorus.lead]!.detector;
      // A flag that is held though nothing is to be seen in this row is about what was seen before.
      if (held && word === '') return;
      detector = word;
      blame(voices, chorus, shares);
    },
    get score() {
      return chorus.score;
    },
    shares,
    get detector() {
      return detector;
    },
    get spoke() {
      return held;
    },
    get ready() {
      return own.ready;
    },
    needed: own.needed,
  };
}

/** Each blames by as much as it counts; together 1, or all 0. */
function blame(voices: readonly RowJudge[], chorus: Chorus, shares: Float64Array): void {
  shares.fill(0);
  let sum = 0;
  for (let k = 0; k < voices.length; k++) {
    const weight = weightOf(chorus, k);
    if (!(weight > 0)) continue;
    const { shares: its } = voices[k]!;
    for (let c = 0; c < shares.length; c++) {
      shares[c] = shares[c]! + weight * its[c]!;
      sum += weight * its[c]!;
    }
  }
  if (sum > 0) for (let c = 0; c < shares.length; c++) shares[c] = shares[c]! / sum;
}
