// A request about alarms while no gateway runs: on what is kept of them, as the gateway would have. Pure.
import { answer } from '../../core/alarm/ask.ts';
import { byWeight } from '../../core/alarm/memory.ts';
import { usualAlarms } from '../../core/alarm/policy.ts';
import type { Alarm } from '../../core/alarm.ts';
import type { TwinMemory } from '../../core/twin-command.ts';
import type { TwinAnswer, TwinWish } from '../twins/request.ts';

type Asked = Extract<TwinWish, { kind: 'alarm' }>;

export interface KeptAnswer {
  readonly answer: TwinAnswer;
  /** What is to be kept from now on; absent: as it was. */
  readonly memory?: TwinMemory;
}

/** One that is over stays, for the next gateway to tell that it is. */
export function askKept(memory: TwinMemory, wish: Asked, nowMs: number): KeptAnswer {
  const { alarms: all = [], shelveMaxS = usualAlarms.shelveMaxS, occurrences = 0 } = memory.alarms ?? {};
  const before = standing(all).find(({ id }) => id === wish.alarm);
  if (before === undefined) {
    const there = standing(all).map(({ id }) => id);
    const hint =
      there.length === 0 ? 'none was left standing' : `there stand ${there.slice(0, 5).join(', ')}`;
    return { answer: { ok: false, why: `${wish.machine} has no alarm ${wish.alarm}; ${hint}` } };
  }
  const done = answer(before, wish, nowMs, shelveMaxS);
  if ('why' in done) return { answer: { ok: false, why: done.why } };
  const alarms = all.map((one) => (one === before ? done.alarm : one));
  return {
    answer: { ok: true, text: done.text, changes: [], version: 0, alarms: [done.alarm] as TwinAlarms },
    memory: { ...memory, alarms: { ...memory.alarms, occurrences, shelveMaxS, alarms } },
  };
}

type TwinAlarms = NonNullable<Extract<TwinAnswer, { ok: true }>['alarms']>;

/** Of what is kept: what an operator's list has, the gravest first. */
export function standing(all: readonly Alarm[]): Alarm[] {
  return all
    .filter(({ state, shelvedUntilMs }) => state !== 'normal' || shelvedUntilMs !== undefined)
    .toSorted(byWeight);
}
