// Detectors of the table as a machine has them beside the parts made for it: over signals that are named, at each tick or
// over seconds, each with conditions of its own. PCA is on by itself over what has no twin; the others are asked for. Limits,
// stuck and silent are not among them: their own forms (machine/stuck.ts, machine/silence.ts) count samples and pauses over
// all modes, for a machine that changes what it does every few seconds never lets one by mode learn.
import { type Standing, stand } from '../../finding.ts';
import { hashNumber, newHash } from '../../hash.ts';
import type { SignalSpec } from '../../model.ts';
import { type Detector, type DetectorKind, newVerdict, type Verdict, type View } from '../detector.ts';
import { detectors } from '../detectors.ts';

/** The others have forms of their own on a machine, which are always on. */
export const wantedKinds = [
  ...(['rate', 'cusum', 'robust-z', 'ewma', 'change-point', 'pca', 'forest', 'spectrum'] as const),
] as const satisfies readonly DetectorKind[];
export type WantedKind = (typeof wantedKinds)[number];

export interface WantedDetector {
  /** Absent: all that are measured or derived as numbers. */
  readonly signals?: readonly string[] | undefined;
  readonly every?: 'tick' | 'second' | undefined;
  /** Of a mode, before it speaks of it. */
  readonly learnS?: number | undefined;
  /** Of a rate, in units a second: without them it is judged by what is usual. */
  readonly warning?: number | undefined;
  readonly trip?: number | undefined;
  readonly severity?: 'low' | 'medium' | 'high' | undefined;
  readonly onDelayS?: number | undefined;
  readonly offDelayS?: number | undefined;
}

/** What is wanted of a kind, with its rows and their conditions. Constant. */
export interface PlannedDetector {
  readonly kind: WantedKind;
  readonly wanted: WantedDetector;
  readonly rows: readonly number[];
  /** As `rows`; one alone for a joint detector. */
  readonly conditions: readonly number[];
}

export interface Wanted {
  readonly kind: WantedKind;
  readonly isJoint: boolean;
  readonly isFast: boolean;
  /** Of its rows: what was learnt of others is of no use. */
  readonly rowsHash: number;
  readonly state: unknown;
  readonly verdict: Verdict;
}

/** Joint detectors over more take too long and see less. */
export const jointRowsMax = 64;

const fastKinds: ReadonlySet<DetectorKind> = new Set(['rate', 'spectrum']);

function detectorOf(kind: WantedKind): Detector<unknown, object> {
  return detectors[kind] as unknown as Detector<unknown, object>;
}

export function isJoint(kind: WantedKind): boolean {
  return detectorOf(kind).joint;
}

export function newWanted(
  plans: readonly PlannedDetector[],
  signals: readonly SignalSpec[],
  modes: number,
  periodS: number,
): Wanted[] {
  return plans.map(({ kind, wanted, rows }): Wanted => {
    const detector = detectorOf(kind);
    const { every = fastKinds.has(kind) ? 'tick' : 'second', learnS, warning, trip } = wanted;
    const watched = new Uint8Array(signals.length);
    for (const row of rows) watched[row] = 1;
    const never = Number.POSITIVE_INFINITY;
    const bounds = rows.map((column) => ({ column, warning: warning ?? never, trip: trip ?? never }));
    const options = {
      ...detector.usual,
      ...(learnS !== undefined && { learnS }),
      ...(kind === 'rate' && (warning ?? trip) !== undefined && { bounds, learns: false }),
    };
    const isFast = every === 'tick';
    const setup = {
      columns: signals.length,
      modes,
      periodS: isFast ? periodS : Math.max(1, periodS),
      watched,
    };
    return {
      ...{ kind, isJoint: detector.joint, isFast, rowsHash: hashOf(signals, rows) },
      state: detector.create(setup, options),
      verdict: newVerdict(signals.length),
    };
  });
}

/** At each tick with what is seen in it, and each second with what was seen in that. */
export function watchWanted(all: readonly Wanted[], view: View, isFast: boolean): void {
  for (let i = 0; i < all.length; i++) {
    const one = all[i]!;
    if (one.isFast === isFast) detectorOf(one.kind).observe(one.state, view, one.verdict);
  }
}

export function stateWanted(
  all: readonly Wanted[],
  plans: readonly PlannedDetector[],
  standing: Standing,
): void {
  for (let w = 0; w < all.length; w++) {
    const { verdict, kind, isJoint: joint } = all[w]!;
    const { rows, conditions } = plans[w]!;
    // What others tell in sigmas is no number for people.
    const hasUnit = kind === 'rate';
    for (let i = 0; i < conditions.length; i++) {
      const at = joint ? 0 : rows[i]!;
      const value = hasUnit ? verdict.values[at]! : Number.NaN;
      const bound = hasUnit ? verdict.bounds[at]! : Number.NaN;
      const score = joint ? verdict.score : verdict.scores[at]!;
      stand(standing, conditions[i]!, verdict.levels[at]!, score, value, bound, joint ? mostOf(verdict) : at);
    }
  }
}

/** The column that has most of a joint score; -1 for none. */
export function mostOf({ scores }: Verdict): number {
  let row = -1;
  let most = 0;
  for (let column = 0; column < scores.length; column++) {
    if (scores[column]! <= most) continue;
    most = scores[column]!;
    row = column;
  }
  return row;
}

export function rememberWanted(all: readonly Wanted[]): Record<string, number[]> {
  const memory: Record<string, number[]> = {};
  for (const { kind, state, rowsHash } of all) {
    const learnt = detectorOf(kind).remember?.(state) ?? {};
    memory[`wanted ${kind}`] = [rowsHash];
    for (const [key, numbers] of Object.entries(learnt)) memory[`wanted ${kind} ${key}`] = [...numbers];
  }
  return memory;
}

export function recallWanted(
  all: readonly Wanted[],
  memory: Readonly<Record<string, readonly number[]>>,
): void {
  for (const { kind, state, rowsHash } of all) {
    if (memory[`wanted ${kind}`]?.[0] !== rowsHash) continue;
    const prefix = `wanted ${kind} `;
    const own = Object.entries(memory).filter(([key]) => key.startsWith(prefix));
    const learnt = Object.fromEntries(own.map(([key, numbers]) => [key.slice(prefix.length), numbers]));
    detectorOf(kind).recall?.(state, learnt);
  }
}

/** Columns have the numbers of their rows, so that the place of each counts. */
function hashOf(signals: readonly SignalSpec[], rows: readonly number[]): number {
  const hash = newHash();
  hashNumber(hash, signals.length);
  for (const row of rows) {
    hashNumber(hash, row);
    for (const sign of signals[row]!.name) hashNumber(hash, sign.codePointAt(0)!);
  }
  return hash.a >>> 0;
}
