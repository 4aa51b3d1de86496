// What was seen lately of one machine, for whoever has to say why an alarm was raised: values, residuals and links of
// the last three quarters of a minute. A ring; bounded, cheap, and never read by anything that computes.
import type { Evidence, EvidenceSeries, LinkChange } from '../alarm.ts';
import type { Frame } from '../frame.ts';
import { isGood } from '../quality.ts';

/** Around the raise. */
export const beforeS = 30;
export const afterS = 10;
/** A raise is told a moment after it is. */
const slackS = 4;
/** Where ticks are closer than that, some are left out. */
const slotsMax = 512;
const linksMax = 32;

export interface EvidenceRing {
  readonly stepS: number;
  /** Each so many ticks one slot. */
  readonly everyTicks: number;
  /** By slot; NaN before it was ever filled. */
  readonly timeMs: Float64Array;
  /** By slot, then by row of the frame: NaN where nothing good was known. */
  readonly values: Float32Array;
  /** By slot, then by output: in sigmas. */
  readonly residuals: Float32Array;
  /** The last of them, oldest first. */
  readonly links: LinkChange[];
  /** The slot that is written next, and ticks until then. */
  next: number;
  waits: number;
  newestMs: number;
}

export function newEvidenceRing(frame: Frame, periodS: number): EvidenceRing {
  const wholeS = beforeS + afterS + slackS;
  const everyTicks = Math.max(1, Math.ceil(wholeS / periodS / slotsMax));
  const stepS = everyTicks * periodS;
  const slots = Math.ceil(wholeS / stepS) + 1;
  return {
    ...{ stepS, everyTicks },
    timeMs: new Float64Array(slots).fill(Number.NaN),
    values: new Float32Array(slots * frame.value.length).fill(Number.NaN),
    residuals: new Float32Array(slots * frame.residual.length).fill(Number.NaN),
    ...{ links: [], next: 0, waits: 0, newestMs: Number.NaN },
  };
}

/** Once a tick, after the twin has followed. */
export function keepEvidence(ring: EvidenceRing, frame: Frame): void {
  ring.newestMs = frame.timeMs;
  if (ring.waits-- > 0) return;
  ring.waits = ring.everyTicks - 1;
  const { timeMs, values, residuals, next } = ring;
  const { value, quality, residual } = frame;
  timeMs[next] = frame.timeMs;
  for (let row = 0, at = next * value.length; row < value.length; row++, at++) {
    values[at] = isGood(quality[row]!) ? value[row]! : Number.NaN;
  }
  residuals.set(residual, next * residual.length);
  ring.next = next + 1 === timeMs.length ? 0 : next + 1;
}

/** A source came or went. */
export function keepLink({ links }: EvidenceRing, change: LinkChange): void {
  links.push(change);
  if (links.length > linksMax) links.shift();
}

/** What was seen around `raiseMs` (a frame's time) of these rows; those with a twin with their residuals. */
export function evidenceOf(
  ring: EvidenceRing,
  frame: Frame,
  rows: readonly number[],
  raiseMs: number,
): Evidence {
  const [fromMs, untilMs] = [raiseMs - beforeS * 1000, raiseMs + afterS * 1000];
  const slots = slotsBetween(ring, fromMs, untilMs);
  const inputs = frame.machine.model.inputs.length;
  const outputs = frame.residual.length;
  const { signals } = frame.machine;
  const series = (columns: Float32Array, width: number, column: number): (number | null)[] =>
    slots.map((slot) => {
      const one = columns[slot * width + column]!;
      return Number.isFinite(one) ? Number(one.toPrecision(6)) : null;
    });
  const residuals: EvidenceSeries[] = rows
    .filter((row) => row >= inputs && row < inputs + outputs)
    .map((row) => ({
      name: signals[row]!.name,
      unit: 'sigma',
      values: series(ring.residuals, outputs, row - inputs),
    }));
  return {
    fromMs: ring.timeMs[slots[0] ?? -1] ?? raiseMs,
    toMs: ring.timeMs[slots.at(-1) ?? -1] ?? raiseMs,
    stepMs: Math.round(ring.stepS * 1000),
    complete: ring.newestMs >= untilMs,
    signals: rows.map((row) => ({
      name: signals[row]!.name,
      unit: signals[row]!.unit,
      values: series(ring.values, frame.value.length, row),
    })),
    residuals: residuals.filter(({ values }) => values.some((one) => one !== null)),
    links: ring.links.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= untilMs),
  };
}

/** Those of a time, oldest first. */
export function slotsBetween({ timeMs, next }: EvidenceRing, fromMs: number, toMs: number): number[] {
  const slots: number[] = [];
  for (let i = 0; i < timeMs.length; i++) {
    const slot = (next + i) % timeMs.length;
    if (timeMs[slot]! >= fromMs && timeMs[slot]! <= toMs) slots.push(slot);
  }
  return slots;
}
