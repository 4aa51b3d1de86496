// The rules a sample passes on arrival: is its time believable, its value possible, has it been here before?
// Nothing is thrown away for being doubtful; it is marked. Called once a sample, so it allocates nothing.
import { isBad, Quality, worse } from './quality.ts';
import type { TagSpec } from './sample.ts';

/** Before this a device had no time yet: no gateway of this kind is older (2020-01-01). */
const earliestMs = 1_577_836_800_000;
const futureMs = 5_000;
const absurdFutureMs = 86_400_000;

/** What intake found, as bits: several can hold for one sample. */
export const Found = { duplicate: 1, late: 2, unsynced: 4, future: 8, outOfRange: 16 } as const;

/** State of the rules, by tag. `timeMs`, `value` and `quality` are the sample as it goes on. */
export interface Intake {
  lastTimeMs: Float64Array;
  lastValue: Float64Array;
  lastQuality: Uint32Array;
  min: Float64Array;
  max: Float64Array;
  slewPerMs: Float64Array;
  timeMs: number;
  value: number;
  quality: number;
}

export function newIntake(tags: number): Intake {
  return {
    lastTimeMs: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
    lastValue: new Float64Array(tags).fill(Number.NaN),
    lastQuality: new Uint32Array(tags),
    min: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
    max: new Float64Array(tags).fill(Number.POSITIVE_INFINITY),
    slewPerMs: new Float64Array(tags).fill(Number.POSITIVE_INFINITY),
    timeMs: 0,
    value: 0,
    quality: 0,
  };
}

/** Tells the rules of a tag; the tables grow as tags appear. */
export function admitTag(intake: Intake, tag: number, spec: TagSpec): void {
  if (tag >= intake.lastTimeMs.length) grow(intake, Math.max(tag + 1, intake.lastTimeMs.length * 2));
  intake.min[tag] = spec.min ?? Number.NEGATIVE_INFINITY;
  intake.max[tag] = spec.max ?? Number.POSITIVE_INFINITY;
  intake.slewPerMs[tag] = spec.slewPerS === undefined ? Number.POSITIVE_INFINITY : spec.slewPerS / 1000;
}

function grow(intake: Intake, tags: number): void {
  const larger = newIntake(tags);
  larger.lastTimeMs.set(intake.lastTimeMs);
  larger.lastValue.set(intake.lastValue);
  larger.lastQuality.set(intake.lastQuality);
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
): number {
  let found = stamp(intake, quality, sourceMs, receiveMs);
  if (isBad(intake.quality) || !Number.isFinite(value)) {
    // A bad value is no value, and no value is bad: never a zero, never the last one under another label.
    intake.value = Number.NaN;
    if (!isBad(intake.quality)) intake.quality = Quality.badOutOfRange;
  } else {
    intake.value = value;
    found |= range(intake, tag);
  }
  const lastMs = intake.lastTimeMs[tag]!;
  if (intake.timeMs < lastMs) return found | Found.late;
  if (intake.timeMs === lastMs && sourceMs === lastMs && isRepeated(intake, tag)) {
    return found | Found.duplicate;
  }
  intake.lastTimeMs[tag] = intake.timeMs;
  intake.lastValue[tag] = intake.value;
  intake.lastQuality[tag] = intake.quality;
  return found;
}

function isRepeated(intake: Intake, tag: number): boolean {
  return Object.is(intake.value, intake.lastValue[tag]) && intake.quality === intake.lastQuality[tag];
}

function stamp(intake: Intake, quality: number, sourceMs: number, receiveMs: number): number {
  intake.quality = quality;
  if (sourceMs >= earliestMs && sourceMs <= receiveMs + futureMs) {
    intake.timeMs = sourceMs;
    return 0;
  }
  intake.timeMs = receiveMs;
  if (Number.isNaN(sourceMs)) return 0;
  if (sourceMs > receiveMs + absurdFutureMs) {
    intake.quality = worse(quality, Quality.badInvalidTimestamp);
    return Found.future;
  }
  intake.quality = worse(quality, Quality.uncertain);
  return sourceMs < earliestMs ? Found.unsynced : Found.future;
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
