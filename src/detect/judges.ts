// The judges of a file, by the words of the command line.
import type { Detector, DetectorKind } from '../core/detect/detector.ts';
import { detectors } from '../core/detect/detectors.ts';
import { holdRowsMost } from '../core/detect/ensemble/hold.ts';
import { forest } from '../core/detect/forest/forest.ts';
import { pca } from '../core/detect/pca/pca.ts';
import { spectrum } from '../core/detect/spectrum/spectrum.ts';
import { type DetectorParts, detectorJudge } from './detector-judge.ts';
import { ensembleJudge } from './ensemble-judge.ts';
import type { LimitWish } from './limit-words.ts';
import { type RowJudge, sidesJudge, strongest } from './row-judge.ts';

export const ensembleKind = 'ensemble';

export interface JudgeSetup {
  readonly names: readonly string[];
  readonly periodS: number;
  readonly limits: readonly LimitWish[];
  /** Whether there is a column that says the mode. */
  readonly moded: boolean;
  /** From this score on a row is flagged. */
  readonly threshold: number;
  /** So many rows a detector learns from before it speaks, where its own mind is not asked. */
  readonly learnRows?: number;
}

/** Of a spectrum: from fewer nobody knows how energies usually are. */
const windowsMin = 20;

type Make = (setup: JudgeSetup, parts: DetectorParts) => RowJudge;

/** A live machine is looked at a million times a day, a file once: here a false word in so many rows is none too many. */
const falseEveryRows = 30_000;

/** With what it usually has, but for how long it learns, and for how rarely it may be wrong. */
function usual<State, Options extends { readonly learnS: number; readonly learnViews: number }>(
  detector: Detector<State, Options>,
): Make {
  return ({ learnRows }, parts) => {
    const learnt = learnRows === undefined ? {} : { learnS: learnRows, learnViews: learnRows };
    const rarely = 'falseEveryH' in detector.usual ? { falseEveryH: falseEveryRows / 3600 } : {};
    return detectorJudge(detector, { ...detector.usual, ...learnt, ...rarely }, parts);
  };
}

const makers: Readonly<Partial<Record<DetectorKind, Make>>> = {
  limits: ({ limits, names }, parts) =>
    detectorJudge(detectors.limits, { limits: columnLimits(limits, names) }, parts),
  rate: usual(detectors.rate),
  cusum: usual(detectors.cusum),
  'robust-z': usual(detectors['robust-z']),
  ewma: usual(detectors.ewma),
  'change-point': usual(detectors['change-point']),
  stuck: usual(detectors.stuck),
  pca: usual(pca),
  forest: usual(forest),
  spectrum: ({ learnRows }, parts) => {
    const learnt = learnRows === undefined ? {} : { learnS: learnRows, learnWindows: windowsMin };
    return detectorJudge(spectrum, { ...spectrum.usual, ...learnt }, parts);
  },
};

export const fileKinds: readonly string[] = [ensembleKind, ...Object.keys(makers)];

export function judgeOf(kinds: readonly string[], setup: JudgeSetup): RowJudge {
  const { names, periodS, moded } = setup;
  const columns = names.length;
  const judges = kinds.map((name) => {
    const make = makers[name as DetectorKind];
    const parts = { columns, periodS, moded, name };
    return make === undefined ? ensembleFor(setup, parts) : make(setup, parts);
  });
  return strongest(judges, columns);
}

/** In a file what lasts is a new normal sooner than at a machine. */
const accepting = { acceptS: holdRowsMost };

function ensembleFor({ names, periodS, threshold }: JudgeSetup, parts: DetectorParts): RowJudge {
  const columns = names.length;
  const rare = { falseEveryH: falseEveryRows / 3600 };
  const voices = {
    own: sidesJudge(columns, periodS),
    others: [
      detectorJudge(forest, { ...forest.usual, ...accepting }, { ...parts, name: 'forest' }),
      ...(columns > 1 ? [detectorJudge(pca, { ...pca.usual, ...accepting }, { ...parts, name: 'pca' })] : []),
    ],
    seconds: [
      detectorJudge(
        detectors['change-point'],
        { ...detectors['change-point'].usual, ...rare },
        { ...parts, name: 'change-point' },
      ),
    ],
  };
  return ensembleJudge(voices, columns, threshold);
}

function columnLimits(limits: readonly LimitWish[], names: readonly string[]) {
  return limits.map(({ column, side, warning, trip }) => ({
    column: indexOf(names, column),
    ...{ side, warning, trip, hysteresis: 0 },
  }));
}

/** As columns are found in the file: by name, in any case. */
function indexOf(names: readonly string[], word: string): number {
  const exact = names.indexOf(word);
  return exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === word.toLowerCase());
}
