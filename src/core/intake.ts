// The rules a sample passes on arrival: is its time believable, its value possible, has it been here before?
// Nothing is thrown away for being doubtful; it is marked. Called once a sample, so it allocates nothing.
import { observeRepetition } from './clock/observe.ts';
import { noteReturn } from './clock/rival.ts';
import { noteContradiction } from './clock/stamps.ts';
import type { ClockModel } from './clock-model.ts';
import { Doubt, type Doubts, newDoubts, watchDoubts } from './doubts.ts';
import { isBad, isGood, Quality, worse } from './quality.ts';
import { growRecent, keepSeen, newRecent, type Recent, wasSeen } from './recent.ts';
import type { Series, TagSpec } from './sample.ts';
import { absurdFutureMs, earliestMs, StampFound, type Stamping, stamp } from './stamp.ts';

/** What intake found, as bits: several can hold for one sample. */
export const Found = {
  duplicate: 1,
  late: 2,
  outOfRange: 16,
  ...StampFound,
  stuck: Doubt.stuck,
  unitJump: Doubt.unitJump,
  unitChanged: Doubt.unitChanged,
  unitBack: Doubt.unitBack,
} as const;

/** State of the rules, by tag. `timeMs`, `value` and `quality` are the sample as it goes on. */
export interface Intake extends Stamping {
  lastTimeMs: Float64Array;
  lastValue: Float64Array;
  recent: Recent;
  /** Of the few tags that are watched for what takes several samples to see. */
  doubts: (Doubts | undefined)[];
  min: Float64Array;
  max: Float64Array;
  slewPerMs: Float64Array;
  /** By tag; undefined: its stamps stand as they are. */
  clock: (ClockModel | undefined)[];
  value: number;
  /** Set by the caller: what comes now will come again, and is to be taken for new then. */
  forgets: boolean;
}

export function newIntake(tags: number): Intake {
  return {
    lastTimeMs: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
    lastValue: new Float64Array(tags).fill(Number.NaN),
    recent: newRecent(tags),
    doubts: [],
    min: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
    max: new Float64Array(tags).fill(Number.POSITIVE_INFINITY),
    slewPerMs: new Float64Array(tags).fill(Number.POSITIVE_INFINITY),
    clock: [],
    timeMs: 0,
    value: 0,
    quality: 0,
    own: false,
    absurdMs: absurdFutureMs,
    forgets: false,
  };
}

/** Tells the rules of a tag; the tables grow as tags appear. */
export function admitTag(intake: Intake, tag: number, spec: TagSpec, clock?: ClockModel): void {
  if (tag >= intake.lastTimeMs.length) grow(intake, Math.max(tag + 1, intake.lastTimeMs.length * 2));
  intake.clock[tag] = clock;
  intake.doubts[tag] = newDoubts(spec);
  intake.min[tag] = spec.min ?? Number.NEGATIVE_INFINITY;
  intake.max[tag] = spec.max ?? Number.POSITIVE_INFINITY;
  intake.slewPerMs[tag] = spec.slewPerS === undefined ? Number.POSITIVE_INFINITY : spec.slewPerS / 1000;
}

/** What came in an earlier run, oldest first, so that a repetition of it is known. */
export function recall(intake: Intake, tag: number, past: Series): void {
  for (let i = 0; i < past.length; i++) {
    const sourceMs = past.rawMs[i]!;
    if (!(sourceMs >= earliestMs)) continue;
    const exact = past.exact.length > 0 ? past.exact[i] : undefined;
    const quality = past.quality[i]!;
    // What was not believed then was not kept either.
    if (quality === Quality.badInvalidTimestamp) continue;
    keepSeen(intake.recent, tag, sourceMs, past.value[i]!, markOf(quality, exact));
    // What was doubted here had come as Good, most likely.
    if (!isGood(quality)) keepSeen(intake.recent, tag, sourceMs, past.value[i]!, markOf(Quality.good, exact));
  }
}

function grow(intake: Intake, tags: number): void {
  const larger = newIntake(tags);
  larger.lastTimeMs.set(intake.lastTimeMs);
  larger.lastValue.set(intake.lastValue);
  larger.recent = growRecent(intake.recent, tags);
  larger.doubts = intake.doubts;
  larger.clock = intake.clock;
  larger.min.set(intake.min);
  larger.max.set(intake.max);
  larger.slewPerMs.set(intake.slewPerMs);
  Object.assign(intake, larger);
}

/** Judges one sample; the result stands in `intake.timeMs`, `.value` and `.quality`. Returns `Found` bits. */
export function judge(
  intake: Intake,
  tag: number,
  value: number,
  quality: number,
  sourceMs: number,
  receiveMs: number,
  exact?: bigint,
): number {
  let found = stamp(intake, intake.clock[tag], quality, sourceMs, receiveMs);
  if (isBad(intake.quality) || !Number.isFinite(value)) {
    // A bad value is no value, and no value is bad: never a zero, never the last one under another label.
    intake.value = Number.NaN;
    if (!isBad(intake.quality)) intake.quality = Quality.badOutOfRange;
  } else {
    intake.value = value;
    found |= range(intake, tag);
  }
  // A stamp that was not believed does not tell two samples apart, nor make them one.
  if (intake.own) {
    const mark = markOf(quality, exact);
    const clock = intake.clock[tag];
    if (wasSeen(intake.recent, tag, sourceMs, intake.value, mark)) {
      if (clock !== undefined) observeRepetition(clock);
      return found | Found.duplicate;
    }
    if (sourceMs === intake.recent.newestMs[tag] && clock !== undefined)
      noteContradiction(clock.stamps, receiveMs);
    const follows = intake.forgets || keepSeen(intake.recent, tag, sourceMs, intake.value, mark);
    if (!follows && clock?.rival !== undefined) noteReturn(clock.rival);
  }
  if (intake.timeMs < intake.lastTimeMs[tag]!) return found | Found.late;
  intake.lastTimeMs[tag] = intake.timeMs;
  intake.lastValue[tag] = intake.value;
  const doubts = intake.doubts[tag];
  return doubts === undefined || isBad(intake.quality) ? found : found | doubt(intake, doubts);
}

function doubt(intake: Intake, doubts: Doubts): number {
  const found = watchDoubts(doubts, intake.value);
  if ((found & Found.unitJump) !== 0) {
    intake.quality = worse(intake.quality, Quality.uncertainEngineeringUnitsExceeded);
  }
  if ((found & Found.stuck) !== 0) {
    intake.quality = worse(intake.quality, Quality.uncertainLastUsableValue);
  }
  return found;
}

/** What tells two samples of one stamp and one number apart: the quality, and bits that no number holds. */
function markOf(quality: number, exact: bigint | undefined): number {
  return exact === undefined ? quality : quality ^ Math.imul(Number(exact & 0xffff_ffffn), 0x9e3779b1);
}

function range(intake: Intake, tag: number): number {
  const { value } = intake;
  let outside = value < intake.min[tag]! || value > intake.max[tag]!;
  const slew = intake.slewPerMs[tag]!;
  if (slew !== Number.POSITIVE_INFINITY) {
    const elapsedMs = intake.timeMs - intake.lastTimeMs[tag]!;
    outside ||= elapsedMs > 0 && Math.abs(value - intake.lastValue[tag]!) > slew * elapsedMs;
  }
  if (!outside) return 0;
  intake.quality = worse(intake.quality, Quality.uncertainEngineeringUnitsExceeded);
  return Found.outOfRange;
}
