// One column of the ensemble: what is predictable of it is taken away, and what remains is looked at from several sides,
// each a size that its own past makes surprising or not.

import { type Courses, newCourses, watchCourse, watchMoment } from './course.ts';
import { learnError, newPredictor, type Predictor, predict } from './predict.ts';
import { learnSeason, newSeason, type Season, seasonAt } from './season.ts';
import { learnSize, newTail, surpriseOf, type Tail } from './tail.ts';

/** The sides, in the order of `ColumnWatch.surprise`. */
export const columnSides = [
  ...(['jump', 'value', 'level', 'drift', 'louder', 'quieter', 'stuck', 'strange', 'shape'] as const),
];
export type ColumnSide = (typeof columnSides)[number];

const lagCount = 4;
/** In spreads: what is smaller is nothing to anybody, however exactly it can be foretold. */
const sigmaMin = 1e-3;
/** In orders of magnitude: what jumped is no part of a season. */
const jumpDoubted = 2.5;
/** Before so many rows a prediction is none. */
const predictedRows = 24;
const inputs = lagCount + 2;
const memoryRows = 1500;
const slopeRate = 1 / 500;
/** A short mean differs from a long one only once the long one is longer by so much. */
const settleTimes = 3;
const levelRows = 10;
const driftRows = 80;
const quickRows = 24;

export interface ColumnWatch {
  /** Of the learning stretch: what is usual, and how far from it. */
  readonly centre: number;
  readonly spread: number;
  readonly seasons: readonly Season[];
  readonly predictor: Predictor;
  /** The newest first; outliers taken back to what was expected. */
  readonly lags: Float64Array;
  /** Rows in a row that were no outlier taken back. */
  outliers: number;
  /** Rows since it began or a gap: the lags are there from `lagCount` on. */
  fresh: number;
  slow: number;
  /** Of the slow level, from row to row. */
  slope: number;
  /** Of the value before as a forecast. */
  plainSigma: number;
  level: number;
  drift: number;
  quick: number;
  usual: number;
  noisy: number;
  seen: number;
  last: number;
  run: number;
  longestRun: number;
  repeats: number;
  /** Mean of what the seasons leave, over the longest of them; and how far it usually is from there. */
  local: number;
  around: number;
  readonly courses: Courses;
  readonly tails: readonly Tail[];
  readonly surprise: Float64Array;
  /** What is not explained by seasons, in spreads; NaN: no value. */
  rest: number;
  /** What was not expected of it, in sigmas; NaN where nothing was. */
  error: number;
}

export interface ColumnPlan {
  readonly centre: number;
  readonly spread: number;
  /** From row to row, in spreads; 0: it goes nowhere. And where it begins. */
  readonly slope: number;
  readonly start: number;
  /** Of what repeats by the clock; taken away. */
  readonly periods: readonly number[];
  /** Of what repeats at all, rows; 0: nothing. */
  readonly beat: number;
}

export function newColumnWatch({ centre, spread, slope, start, periods, beat }: ColumnPlan): ColumnWatch {
  return {
    centre,
    spread,
    seasons: periods.map(newSeason),
    predictor: newPredictor(inputs),
    lags: new Float64Array(lagCount),
    ...{
      outliers: 0,
      fresh: 0,
      slow: start,
      slope,
      plainSigma: 1,
      level: 0,
      drift: 0,
      quick: 0,
      usual: 0,
      noisy: 0,
      seen: 0,
    },
    ...{ last: Number.NaN, run: 0, longestRun: 0, repeats: 0 },
    local: start,
    around: 1,
    courses: newCourses(beat),
    tails: columnSides.map(newTail),
    surprise: new Float64Array(columnSides.length),
    ...{ rest: Number.NaN, error: Number.NaN },
  };
}

/** `at`: rows since the beginning by the clock, for the phase of what repeats. `share`: how much of it is learnt. */
export function watchColumn(
  watch: ColumnWatch,
  value: number,
  at: number,
  gap: boolean,
  share: number,
): void {
  const { surprise } = watch;
  surprise.fill(0);
  watch.error = Number.NaN;
  watch.rest = Number.NaN;
  if (gap) watch.fresh = 0;
  if (Number.isNaN(value)) return;
  const whole = (value - watch.centre) / watch.spread;
  const rest = withoutSeasons(watch, whole, at);
  watch.rest = rest;
  watchJump(watch, rest, share);
  learnSeasons(watch, rest, at, share);
  watchLevels(watch, rest, share);
  // The lags have moved on: the first of them is this value, unless it was taken back.
  if (watch.fresh > lagCount) surprise[7] = watchMoment(watch.courses, rest, watch.lags, share);
  surprise[8] = watchCourse(watch.courses, whole, share);
  watchStuck(watch, value);
  watch.seen += share;
}

function withoutSeasons({ seasons }: ColumnWatch, whole: number, at: number): number {
  let rest = whole;
  for (const season of seasons) rest -= seasonAt(season, phaseOf(season, at));
  return rest;
}

/** Each learns what the others leave; a level that changes is no season, and nor is a jump. */
function learnSeasons(watch: ColumnWatch, rest: number, at: number, share: number): void {
  const { seasons, surprise } = watch;
  let longest = 0;
  for (const { period } of seasons) longest = Math.max(longest, period);
  if (longest === 0) return;
  const away = rest - watch.local;
  // In what is usual after the season is gone: else a spike that is small beside the season comes again with each turn.
  const most = 3 * Math.max(watch.around, sigmaMin);
  const taken = away > most ? most : away < -most ? -most : away;
  watch.around += sizeStep(away, watch.around, share, watch.seen);
  watch.local += taken / Math.min(longest, watch.seen + 1);
  const believed = surprise[0]! > jumpDoubted ? 0.2 * share : share;
  for (const season of seasons) {
    const phase = phaseOf(season, at);
    learnSeason(season, phase, taken + seasonAt(season, phase), believed);
  }
}

function phaseOf({ period }: Season, at: number): number {
  const phase = at % period;
  return phase < 0 ? phase + period : phase;
}

/** One step ahead: what nobody expected of this value after those before it. */
function watchJump(watch: ColumnWatch, rest: number, share: number): void {
  const { predictor, lags } = watch;
  let kept = rest;
  if (watch.fresh >= lagCount) {
    const { input } = predictor;
    input.set(lags);
    input[lagCount] = watch.slow;
    input[lagCount + 1] = 1;
    const foreseen = predict(predictor);
    // Who does worse than the value before, is not asked.
    const plain = watch.plainSigma < 0.9 * predictor.sigma;
    const expected = plain ? lags[0]! : foreseen;
    const error = rest - expected;
    const sigma = Math.max(plain ? watch.plainSigma : predictor.sigma, sigmaMin);
    watch.plainSigma += sizeStep(rest - lags[0]!, watch.plainSigma, share, predictor.seen);
    const size = Math.abs(error) / sigma;
    watch.error = error / sigma;
    if (predictor.seen >= predictedRows) {
      look(watch, 0, size, share);
      watchNoise(watch, Math.min(size, 5), share);
    }
    learnError(predictor, rest - foreseen, memoryRows, share);
    // A spike is no basis for what comes next; a value that stays is.
    if (size > 6 && watch.outliers < 3) {
      kept = expected + Math.sign(error) * 3 * sigma;
      watch.outliers++;
    } else watch.outliers = 0;
  } else if (watch.fresh === 0) lags.fill(rest);
  watch.fresh++;
  lags.copyWithin(1, 0, lagCount - 1);
  lags[0] = kept;
}

/** As the predictor counts its own. */
function sizeStep(error: number, sigma: number, share: number, seen: number): number {
  const size = Math.min(Math.abs(error), 4 * sigma);
  return share * Math.min(1, Math.max(1 / 400, 2.5 / (seen + 2.5))) * (1.2533 * size - sigma);
}

function watchNoise(watch: ColumnWatch, size: number, share: number): void {
  watch.quick += (size - watch.quick) / Math.min(quickRows, watch.noisy + 1);
  watch.usual += (share / Math.min(memoryRows, watch.noisy + 1)) * (size - watch.usual);
  watch.noisy += share;
  if (watch.noisy < settleTimes * quickRows) return;
  const ratio = Math.log((watch.quick + 1e-3) / (watch.usual + 1e-3));
  // Both sides share what is usual: noise that has only ever grown is no reason to think that it cannot shrink.
  look(watch, 4, Math.abs(ratio), share);
  if (ratio > 0) return;
  watch.surprise[5] = watch.surprise[4]!;
  watch.surprise[4] = 0;
}

function watchLevels(watch: ColumnWatch, rest: number, share: number): void {
  const rate = Math.max(share, 0.1) / Math.min(memoryRows, watch.seen + 4);
  const away = rest - watch.slow;
  const taken = away > 4 ? 4 : away < -4 ? -4 : away;
  // One value, however absurd, is no level.
  const believed = watch.slow + taken;
  watch.level += (believed - watch.level) / Math.min(levelRows, watch.seen + 1);
  watch.drift += (believed - watch.drift) / Math.min(driftRows, watch.seen + 1);
  look(watch, 1, Math.abs(away), share);
  if (watch.seen >= settleTimes * levelRows) look(watch, 2, Math.abs(watch.level - watch.slow), share);
  if (watch.seen >= settleTimes * driftRows) look(watch, 3, Math.abs(watch.drift - watch.slow), share);
  const bend = Math.min(rate, slopeRate);
  watch.slope += 0.25 * bend * bend * taken;
  watch.slow += watch.slope + rate * taken;
}

/** The same number again and again, of a column that is not like that. */
function watchStuck(watch: ColumnWatch, value: number): void {
  if (value === watch.last) {
    watch.run++;
    watch.repeats++;
    const share = Math.max(0.03, (watch.repeats - watch.run + 1) / (watch.seen + 10));
    const found = -watch.run * Math.log10(Math.min(share, 0.999));
    const known = watch.run <= 1.6 * watch.longestRun + 2;
    const changes = watch.seen - watch.repeats;
    const most = known ? 1.5 : 2 + 1.9 * Math.log10(1 + changes / 4);
    watch.surprise[6] = Math.min(found, most, 12);
    return;
  }
  watch.longestRun = Math.max(watch.run, watch.longestRun * 0.9995);
  watch.run = 0;
  watch.last = value;
}

function look({ tails, surprise }: ColumnWatch, side: number, size: number, share: number): void {
  const tail = tails[side]!;
  const found = surpriseOf(tail, size);
  surprise[side] = found;
  learnSize(tail, size, found, share);
}
