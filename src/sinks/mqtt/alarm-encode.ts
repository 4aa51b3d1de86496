// An alarm as a retained message, and the answer to what was asked of one. Pure. Never longer than a small display can
// take: of the evidence the shape is left, of lists the beginning.
import type { Alarm, Evidence, EvidenceSeries } from '../../core/alarm.ts';
import { isoTime } from './encode.ts';

/** Of the whole message. */
export const alarmBytesMax = 16_384;
const reasonsMax = 8;
const namesMax = 64;
const seriesMax = 16;
const linksMax = 32;
const textMax = 500;
/** About so many fit; what does not is thinned again. */
const numbersMax = 1200;
const leastSteps = 8;

export function encodeAlarm(alarm: Alarm): string {
  const { evidence } = alarm;
  const rest = restOf(alarm);
  for (let numbers = numbersMax; evidence !== undefined && numbers >= leastSteps; numbers >>= 1) {
    const text = JSON.stringify({ ...rest, evidence: thinned(evidence, numbers) });
    if (Buffer.byteLength(text) <= alarmBytesMax) return text;
  }
  const text = JSON.stringify(rest);
  if (Buffer.byteLength(text) <= alarmBytesMax) return text;
  // Whole sentences of signs that take six bytes each: what is wrong stays.
  return JSON.stringify({ ...rest, reasons: [], signals: rest.signals.slice(0, 1), consequences: undefined });
}

function restOf(alarm: Alarm) {
  const { machine, id, occurrence, state, severity, cause, detector, unit, count, under } = alarm;
  return {
    ...{ v: 1, machine, alarm: id, occurrence, state, active: alarm.active, severity, trip: alarm.trip },
    ...{ since: isoTime(alarm.raisedMs), text: cut(alarm.text), action: cut(alarm.action) },
    ...{ cause, reasons: alarm.reasons.slice(0, reasonsMax).map(cut) },
    ...{ signals: alarm.signals.slice(0, namesMax), detector, score: six(alarm.score) },
    ...{ value: six(alarm.value), bound: six(alarm.bound), unit, count },
    ...(alarm.latched && { latched: true }),
    under,
    ...(alarm.consequences.length > 0 && { consequences: alarm.consequences.slice(0, namesMax) }),
    cleared: timeOf(alarm.clearedMs),
    ...{ acknowledged: timeOf(alarm.acknowledgedMs), by: alarm.by, comment: optional(alarm.comment, cut) },
    shelvedUntil: timeOf(alarm.shelvedUntilMs),
    suppressedBy: alarm.suppressedBy,
  };
}

/** The same steps for all series, so that they stay beside each other; of each stretch what is most unlike the rest. */
export function thinned(evidence: Evidence, numbersAtMost: number) {
  const { fromMs, toMs, stepMs, complete } = evidence;
  const signals = evidence.signals.slice(0, seriesMax);
  const residuals = evidence.residuals.slice(0, seriesMax);
  const length = Math.max(1, ...[...signals, ...residuals].map(({ values }) => values.length));
  const steps = Math.max(
    leastSteps,
    Math.floor(numbersAtMost / Math.max(1, signals.length + residuals.length)),
  );
  const every = Math.max(1, Math.ceil(length / steps));
  const seriesOf = ({ name, unit, values }: EvidenceSeries) => ({ name, unit, values: thin(values, every) });
  return {
    ...{ from: isoTime(fromMs), to: isoTime(toMs), stepMs: stepMs * every, complete },
    ...{ signals: signals.map(seriesOf), residuals: residuals.map(seriesOf) },
    links: evidence.links
      .slice(-linksMax)
      .map(({ timeMs, source, up, reason }) => ({ time: isoTime(timeMs), source, up, reason: cut(reason) })),
  };
}

function thin(values: readonly (number | null)[], every: number): (number | null)[] {
  const known = values.filter((value) => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const some: (number | null)[] = [];
  for (let from = 0; from < values.length; from += every) {
    let farthest: number | null = null;
    for (const value of values.slice(from, from + every)) {
      if (value === null) continue;
      if (farthest === null || Math.abs(value - mean) > Math.abs(farthest - mean)) farthest = value;
    }
    some.push(farthest === null ? null : (six(farthest) ?? null));
  }
  return some;
}

function cut(text: string): string {
  return text.length > textMax ? `${text.slice(0, textMax - 1).trimEnd()}…` : text;
}

function optional<T, U>(value: T | undefined, of: (value: T) => U): U | undefined {
  return value === undefined ? undefined : of(value);
}

function timeOf(timeMs: number | undefined): string | undefined {
  return optional(timeMs, isoTime);
}

/** What is no number is left out. */
function six(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : Number(value.toPrecision(6));
}
