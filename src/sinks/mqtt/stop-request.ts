// Advice to stop: at a trip, once for each time it comes. Must never send one for a trip that is over or hidden, whatever the
// broker did meanwhile. It is no safety device.
import { type Alarm, type AlarmChange, isTold } from '../../core/alarm.ts';
import type { Severity } from '../../core/finding.ts';
import type { Bus } from '../../ports.ts';
import { isoTime } from './encode.ts';

export interface StopRequestConfig {
  readonly topic: string;
  /** Absent: the alarm as JSON. */
  readonly payload?: string | undefined;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Patterns of ids; absent: all. */
  readonly alarms?: readonly string[] | undefined;
  readonly severities?: readonly Severity[] | undefined;
}

export interface StopRequests {
  alarm(change: AlarmChange): void;
  /** Once a tick: what could not go yet is tried again. */
  tick(): void;
  /** Trips that were over before the broker could be told. */
  readonly late: number;
  readonly depth: number;
}

interface Pending {
  readonly alarm: Alarm;
  isUnderWay: boolean;
}

/** Kinds after which an alarm that trips has just begun to. */
const beginnings = new Set<AlarmChange['kind']>([
  'raised',
  'escalated',
  'returned',
  'unsuppressed',
  'unshelved',
]);

/** By machine; none for one that is not to be stopped. */
export function createStopRequests(
  bus: Bus,
  configs: Readonly<Record<string, StopRequestConfig | undefined>>,
): StopRequests {
  /** Trips that last, and have been asked for. */
  const asked = new Set<string>();
  const pending = new Map<string, Pending>();
  let late = 0;

  const send = (key: string, one: Pending) => {
    const config = configs[one.alarm.machine];
    if (config === undefined || one.isUnderWay || bus.link !== 'up') return;
    const { topic, payload = encodeStop(one.alarm), qos, retain } = config;
    one.isUnderWay = true;
    bus.publish(topic, payload, { qos, retain }, (error) => {
      one.isUnderWay = false;
      if (error === undefined && pending.get(key) === one) pending.delete(key);
    });
  };

  return {
    alarm({ kind, alarm }) {
      const config = configs[alarm.machine];
      if (config === undefined) return;
      const key = `${alarm.machine}/${alarm.id}`;
      const isOver = !alarm.active || !alarm.trip || kind === 'removed';
      if (isOver || !asksToStop(config, alarm)) {
        const isUnsent = pending.delete(key);
        if (isUnsent && isOver) late++;
        // When it comes again, or is told again and nobody has heard of it, it asks anew.
        if (isUnsent || isOver) asked.delete(key);
        return;
      }
      if (!beginnings.has(kind) || asked.has(key)) return;
      asked.add(key);
      const one = { alarm, isUnderWay: false };
      pending.set(key, one);
      send(key, one);
    },
    tick() {
      for (const [key, one] of pending) send(key, one);
    },
    get late() {
      return late;
    },
    get depth() {
      return pending.size;
    },
  };
}

export function asksToStop({ alarms, severities }: StopRequestConfig, alarm: Alarm): boolean {
  if (!alarm.trip || !alarm.active || !isTold(alarm)) return false;
  if (severities !== undefined && !severities.includes(alarm.severity)) return false;
  return alarms === undefined || alarms.some((pattern) => matches(pattern, alarm.id));
}

/** `*` stands for any signs, `?` for one, as in the rules of alarms. Bounded by the product of the two lengths. */
export function matches(pattern: string, id: string): boolean {
  /** Whether the pattern up to here can be the id up to there. */
  let reached = [true, ...Array<boolean>(id.length).fill(false)];
  for (const sign of pattern) {
    let any = false;
    reached = reached.map((_, end) => {
      if (sign === '*') {
        any ||= reached[end]!;
        return any;
      }
      return end > 0 && reached[end - 1]! && (sign === '?' || sign === id[end - 1]);
    });
  }
  return reached[id.length]!;
}

function encodeStop({
  machine,
  id,
  occurrence,
  severity,
  cause,
  text,
  raisedMs,
  value,
  bound,
  unit,
}: Alarm): string {
  const about = { machine, alarm: id, occurrence, severity, cause, text, value, bound, unit };
  return JSON.stringify({ v: 1, request: 'stop', ...about, since: isoTime(raisedMs) });
}
