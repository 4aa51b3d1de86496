// Says when a value is where it must not be: warning and trip, with hysteresis. Judges every sample that has come, not
// the aligned value, so that nobody waits for the frame; what does not come, or is Bad, neither raises nor clears.

import { isBad } from '../quality.ts';
import type { Detector, Verdict, View } from './detector.ts';

export interface ColumnLimit {
  readonly column: number;
  /** The column it has to be above: a rise over ambient. */
  readonly above?: number | undefined;
  readonly side: 'high' | 'low';
  readonly warning: number;
  readonly trip: number;
  /** So far back, of either, before it is over. */
  readonly hysteresis: number;
}

export interface LimitsOptions {
  /** A column may have several; the verdict has the worst of them, the state each by itself. */
  readonly limits: readonly ColumnLimit[];
}

export interface LimitsState {
  readonly columns: number;
  /** By limit. */
  readonly column: Int32Array;
  /** -1: of nothing. */
  readonly above: Int32Array;
  /** 1: high, -1: low; what follows is multiplied by it, so that all are high. */
  readonly side: Int8Array;
  readonly warning: Float64Array;
  readonly trip: Float64Array;
  readonly hysteresis: Float64Array;
  /** By limit: as it stands, the number it is about, and the bound it passed or would pass next. */
  readonly level: Uint8Array;
  readonly score: Float64Array;
  readonly value: Float64Array;
  readonly bound: Float64Array;
  /** By limit: what it has to be above, as last known. */
  readonly ground: Float64Array;
}

export const limits: Detector<LimitsState, LimitsOptions> = {
  kind: 'limits',
  joint: false,
  about: 'a value beyond a limit',
  usual: { limits: [] },
  needsS: () => 0,
  create({ columns, watched }, options) {
    const own = options.limits.filter(
      ({ column, above = column }) =>
        column >= 0 && column < columns && above < columns && watched?.[column] !== 0,
    );
    const sideOf = ({ side }: ColumnLimit) => (side === 'high' ? 1 : -1);
    const nothing = () => new Float64Array(own.length).fill(Number.NaN);
    return {
      columns,
      column: Int32Array.from(own, ({ column }) => column),
      above: Int32Array.from(own, ({ above }) => above ?? -1),
      side: Int8Array.from(own, sideOf),
      warning: Float64Array.from(own, (limit) => limit.warning * sideOf(limit)),
      trip: Float64Array.from(own, (limit) => limit.trip * sideOf(limit)),
      hysteresis: Float64Array.from(own, ({ hysteresis }) => Math.max(0, hysteresis)),
      level: new Uint8Array(own.length),
      score: new Float64Array(own.length),
      ...{ value: nothing(), bound: nothing(), ground: nothing() },
    };
  },
  observe(state, view, verdict) {
    verdict.scores.fill(0);
    verdict.levels.fill(0);
    verdict.values.fill(Number.NaN);
    verdict.bounds.fill(Number.NaN);
    verdict.readiness.fill(1);
    verdict.score = 0;
    for (let l = 0; l < state.column.length; l++) {
      judge(state, view, l);
      tell(state, verdict, l);
    }
  },
};

/** The most that has come since the view before, on the side of the limit; NaN: nothing good has. */
function worstOf(
  { column, side }: LimitsState,
  { low, high, value, ageS, quality }: View,
  l: number,
): number {
  const c = column[l]!;
  const worst = side[l] === 1 ? high[c]! : -low[c]!;
  if (!Number.isNaN(worst)) return worst;
  // What is computed never comes: of it there is only the value.
  if (ageS[c] !== Number.POSITIVE_INFINITY || isBad(quality[c]!)) return Number.NaN;
  return value[c]! * side[l]!;
}

function judge(state: LimitsState, view: View, l: number): void {
  const { above, side, warning, trip, hysteresis, level, ground } = state;
  let worst = worstOf(state, view, l);
  if (above[l]! >= 0) {
    const newest = view.last[above[l]!]!;
    const under = Number.isNaN(newest) ? view.value[above[l]!]! : newest;
    if (Number.isFinite(under)) ground[l] = under;
    worst -= ground[l]! * side[l]!;
  }
  if (Number.isNaN(worst)) return;
  const was = level[l]!;
  const now = levelAt(worst, warning[l]!, trip[l]!, hysteresis[l]!, was);
  level[l] = now;
  state.value[l] = worst * side[l]!;
  state.bound[l] = (now === 2 ? trip[l]! : warning[l]!) * side[l]!;
  const score = scoreAt(worst, warning[l]!, trip[l]!);
  state.score[l] = now > 0 ? Math.max(0.5, score) : score;
}

/** Of what is wrong when it is high: 0, 1 beyond the warning, 2 beyond the trip; `was` in the view before. */
export function levelAt(
  worst: number,
  warning: number,
  trip: number,
  hysteresis: number,
  was: number,
): number {
  if (worst >= trip || (was === 2 && worst > trip - hysteresis)) return 2;
  return worst >= warning || (was >= 1 && worst > warning - hysteresis) ? 1 : 0;
}

/** Half at the warning, nine tenths at the trip. Of two bounds one may be infinite: there is none. */
export function scoreAt(worst: number, warning: number, trip: number): number {
  const first = Number.isFinite(warning) ? warning : trip;
  if (!Number.isFinite(first)) return 0;
  const apart = Number.isFinite(trip) ? Math.abs(trip - first) : 0;
  const width = apart || Math.abs(first) / 10 || 1;
  const beyond = Math.max(-1e9, Math.min(1e9, (worst - first) / width));
  return 0.5 + (0.5 * beyond) / (Math.abs(beyond) + 0.25);
}

function tell(state: LimitsState, verdict: Verdict, l: number): void {
  const c = state.column[l]!;
  const [level, score] = [state.level[l]!, state.score[l]!];
  const before = verdict.levels[c]!;
  if (level < before || (level === before && score < verdict.scores[c]!)) return;
  verdict.levels[c] = level;
  verdict.scores[c] = score;
  verdict.values[c] = state.value[l]!;
  verdict.bounds[c] = state.bound[l]!;
  verdict.score = Math.max(verdict.score, score);
}
