// Changes of alarms on their way into the journal: a line at once, evidence a little at each tick, so that a thousand
// alarms cost no tick. Bounded: what finds no room keeps its line and loses its evidence.
import type { AlarmChange } from '../../core/alarm.ts';
import { alarmRow } from '../alarm-rows.ts';
import type { AlarmRow } from '../commit.ts';

export interface AlarmFeed {
  add(change: AlarmChange): void;
  /** Once a tick. */
  tick(): void;
  /** All that waits, now: the end has come. */
  flush(): void;
}

/** Some hundred kilobytes of numbers each, at most. */
const perTick = 4;
const waitingMax = 2048;

export function createAlarmFeed(put: (row: AlarmRow) => void): AlarmFeed {
  const waiting: AlarmChange[] = [];
  const take = (most: number) => {
    for (const change of waiting.splice(0, most)) put(alarmRow(change, true));
  };
  return {
    add(change) {
      const { kind, alarm } = change;
      const isSeen = kind === 'evidence' || (kind === 'raised' && alarm.evidence?.complete === true);
      if (isSeen && waiting.length < waitingMax) waiting.push(change);
      else put(alarmRow(change, false));
    },
    tick: () => take(perTick),
    flush: () => take(waitingMax),
  };
}
