// What several that look at the same row say together, as one score: the strongest counts in full, the others second it.
import { surpriseSpoken } from './ensemble.ts';

/** What all but the strongest say counts for so much. */
const secondShare = 0.3;
/** With several voices a row has to be rarer for the same score: so many times what one has to say by itself. */
const manyVoices = 1.2;
const scoreMost = 0.999;

/** Of one row. Reused: it belongs to the caller. */
export interface Chorus {
  /** By voice, in orders of magnitude. */
  readonly surprises: Float64Array;
  /** Of the first voices, which may lead. */
  readonly leaders: number;
  lead: number;
  score: number;
}

export function newChorus(voices: number, leaders: number): Chorus {
  return { surprises: new Float64Array(voices), leaders, lead: 0, score: 0 };
}

export function hearVoice({ surprises }: Chorus, voice: number, score: number): void {
  surprises[voice] = -surpriseSpoken * Math.log2(1 - (score < scoreMost ? score : scoreMost));
}

/** After all of them were heard. */
export function concludeChorus(chorus: Chorus): void {
  const { surprises, leaders } = chorus;
  chorus.lead = 0;
  for (let k = 1; k < leaders; k++) if (surprises[k]! > surprises[chorus.lead]!) chorus.lead = k;
  let surprise = 0;
  for (let k = 0; k < surprises.length; k++) surprise += weightOf(chorus, k);
  chorus.score = 1 - 2 ** (-surprise / (surpriseSpoken * manyVoices));
}

/** How much of the score is its doing, in orders of magnitude. */
export function weightOf({ surprises, lead }: Chorus, voice: number): number {
  return voice === lead ? surprises[voice]! : secondShare * surprises[voice]!;
}
