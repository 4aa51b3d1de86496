// The operator's list of alarms at the broker: a retained message each, and none for what is not to be told. What an
// earlier run left there and this one does not know is removed.
import { type Alarm, type AlarmChange, isTold } from '../../core/alarm.ts';
import type { Bus } from '../../ports.ts';
import { encodeAlarm } from './alarm-encode.ts';
import { createMirror } from './mirror.ts';

export interface AlarmsOut {
  alarm(change: AlarmChange): void;
  /** What is left over goes. */
  tick(): void;
  linkUp(): void;
  linkLost(): void;
  readonly depth: number;
  readonly refused: number;
}

/** What is found at the broker and was never ours to know, at most; the rest is found on the next connection. */
const foundMax = 10_000;

/** Before the bus starts: it subscribes. `standing`: all alarms there are, those that are still to be told too. */
export function createAlarmsOut(
  bus: Bus,
  root: string,
  standing: () => readonly Alarm[],
  onSettled: () => void,
): AlarmsOut {
  const topicOf = ({ machine, id }: Alarm) => `${root}/${machine}/alarm/${id}`;
  const mirror = createMirror(bus, onSettled);
  const found = new Set<string>();
  bus.subscribe(`${root}/+/alarm/+`, 1, (topic, payload, isRetained) => {
    // What we publish ourselves comes by here too, and is not marked so.
    if (isRetained && payload.length > 0 && found.size < foundMax) found.add(topic);
    return undefined;
  });
  return {
    alarm({ kind, alarm }) {
      const topic = topicOf(alarm);
      const isThere = kind !== 'removed' && isTold(alarm);
      if (isThere || mirror.has(topic)) mirror.set(topic, isThere ? textOf(alarm) : undefined);
    },
    tick() {
      if (found.size > 0) {
        const kept = new Set(standing().filter(isTold).map(topicOf));
        for (const topic of found) if (!mirror.has(topic) && !kept.has(topic)) mirror.set(topic, undefined);
        found.clear();
      }
      mirror.retry();
    },
    linkUp: () => mirror.linkUp(),
    linkLost: () => mirror.linkLost(),
    get depth() {
      return mirror.depth;
    },
    get refused() {
      return mirror.refused;
    },
  };
}

/** Made when it is first needed; then the alarm, with all of its evidence, can go. */
function textOf(alarm: Alarm): () => string {
  let of: Alarm | undefined = alarm;
  let text = '';
  return () => {
    if (of !== undefined) text = encodeAlarm(of);
    of = undefined;
    return text;
  };
}
