// Has a sensor begun to speak in another unit? A steady level that from one sample to the next is the same
// level in another unit, and stays so, is suspected. It is told, never repaired: nothing here changes a value.
import { conversionsOf } from './unit.ts';

/** Samples that make a level, and how many of the outermost do not count. */
const levelSamples = 16;
const outliers = 2;
/** Spread of a steady level, beside the level and beside the jump. */
const steadyRatio = 0.05;
/** How well the new level must fit. */
const fitRatio = 0.02;
/** Samples in a row that make sure. */
const sureSamples = 5;
/** A conversion that moves the level less than this is none that could be told from a process. */
const moveRatio = 0.3;

/** Where the unit of a tag says nothing: milli, percent, minutes, inches, g. */
const usual: readonly Conversion[] = [1000, 100, 60, 25.4, 9.80665]
  .flatMap((scale) => [scale, 1 / scale])
  .map((scale) => ({ scale, offset: 0 }));

interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

export interface JumpWatch {
  readonly conversions: readonly Conversion[];
  /** The last samples of the level, a ring. */
  readonly level: Float64Array;
  readonly sorted: Float64Array;
  count: number;
  last: number;
  /** The conversion that is suspected, and the level it began from. */
  suspect: Conversion | undefined;
  from: number;
  spread: number;
  /** Samples in a row for the change that is being looked at. */
  agreed: number;
  /** Where the level would be if the unit were the old one again. */
  back: number;
  /** The suspicion has become a finding. */
  sure: boolean;
}

export const JumpVerdict = { none: 0, suspected: 1, found: 2, over: 3 } as const;

export function newJumpWatch(unit: string): JumpWatch {
  const known = conversionsOf(unit);
  return {
    conversions: known.length > 0 ? known : usual,
    level: new Float64Array(levelSamples),
    sorted: new Float64Array(levelSamples),
    count: 0,
    last: Number.NaN,
    suspect: undefined,
    from: Number.NaN,
    spread: 0,
    agreed: 0,
    back: Number.NaN,
    sure: false,
  };
}

/**
 * Takes the samples in order of time. `suspected`: this value must not be believed; `found`: the same, and
 * from now on it is sure; `over`: the old unit is back, and this value may be believed again.
 */
export function watchJump(watch: JumpWatch, value: number): number {
  const verdict = watch.suspect === undefined ? look(watch, value) : follow(watch, watch.suspect, value);
  watch.last = value;
  return verdict;
}

/** In the usual unit: does this sample leave a steady level by a known conversion? */
function look(watch: JumpWatch, value: number): number {
  // What is off reads 0 in any unit.
  if (value !== 0 && watch.count >= levelSamples && isFar(watch.last, value) && takeLevel(watch)) {
    for (const conversion of watch.conversions) {
      if (!isLikely(watch, conversion) || !fits(watch, conversion, value)) continue;
      watch.suspect = conversion;
      watch.agreed = 1;
      watch.sure = false;
      return JumpVerdict.suspected;
    }
  }
  keep(watch, value);
  return JumpVerdict.none;
}

/** In the other unit: does it last, and does it end? */
function follow(watch: JumpWatch, conversion: Conversion, value: number): number {
  if (!watch.sure) {
    if (!fits(watch, conversion, value)) {
      watch.suspect = undefined;
      keep(watch, value);
      return JumpVerdict.none;
    }
    if (++watch.agreed < sureSamples) return JumpVerdict.suspected;
    watch.sure = true;
    watch.agreed = 0;
    return JumpVerdict.found;
  }
  watch.agreed = isBack(watch, conversion, value) ? watch.agreed + 1 : 0;
  if (watch.agreed < sureSamples) return JumpVerdict.suspected;
  watch.suspect = undefined;
  watch.count = 0;
  keep(watch, value);
  return JumpVerdict.over;
}

function keep(watch: JumpWatch, value: number): void {
  watch.level[watch.count % levelSamples] = value;
  watch.count++;
}

/** Cheap, and true of every jump that could matter; noise and ramps stop here. */
function isFar(last: number, value: number): boolean {
  return Math.abs(value - last) > (moveRatio / 2) * Math.max(Math.abs(last), Math.abs(value));
}

/** The median and spread of the last samples, without the outermost. */
function takeLevel(watch: JumpWatch): boolean {
  const { level, sorted } = watch;
  sorted.set(level);
  sorted.sort();
  watch.from = (sorted[levelSamples / 2 - 1]! + sorted[levelSamples / 2]!) / 2;
  watch.spread = sorted[levelSamples - 1 - outliers]! - sorted[outliers]!;
  if (watch.from === 0) return false;
  // The sample before the jump is of the level as well: a ramp or an echo that was under way is no level.
  return Math.abs(watch.last - watch.from) <= Math.max(watch.spread, Math.abs(watch.from) * fitRatio);
}

/** A factor needs a level that is steady beside itself; an offset too, one that is steady beside the move. */
function isLikely(watch: JumpWatch, { scale, offset }: Conversion): boolean {
  const { from, spread } = watch;
  const to = from * scale + offset;
  const move = Math.abs(to - from);
  if (move <= moveRatio * Math.max(Math.abs(to), Math.abs(from))) return false;
  return spread <= steadyRatio * (offset === 0 ? Math.min(move, Math.abs(from)) : move);
}

function fits({ from, spread }: JumpWatch, { scale, offset }: Conversion, value: number): boolean {
  const to = from * scale + offset;
  return Math.abs(value - to) <= fitRatio * Math.abs(to) + (Math.abs(scale) * spread) / 2;
}

/**
 * At the level where it began, or by the same step the other way. A machine that was switched off reads 0 in
 * any unit, and proves nothing.
 */
function isBack(watch: JumpWatch, { scale, offset }: Conversion, value: number): boolean {
  if (watch.agreed === 0) {
    const undone = (watch.last - offset) / scale;
    const jumped = isFar(watch.last, value) && isNear(watch, value, undone);
    watch.back = jumped ? undone : watch.from;
  }
  return isNear(watch, value, watch.back);
}

function isNear({ spread }: JumpWatch, value: number, level: number): boolean {
  return Math.abs(value - level) <= 0.1 * Math.abs(level) + spread;
}
