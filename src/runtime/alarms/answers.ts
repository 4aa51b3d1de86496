// Requests about alarms that come by the mailbox: from the desk's answers to those of a file.
import type { Alarm } from '../../core/alarm.ts';
import type { AlarmDesk } from '../../ports.ts';
import type { TwinAnswer, TwinRequest } from '../twins/request.ts';

type Asked = Extract<TwinRequest, { kind: 'alarm' | 'alarms' }>;

export function isAboutAlarms(request: TwinRequest): request is Asked {
  return request.kind === 'alarm' || request.kind === 'alarms';
}

export async function answerAlarms(desk: AlarmDesk, request: Asked): Promise<TwinAnswer> {
  if (request.kind === 'alarms') {
    const { machine, alarm } = request;
    const all = desk.list(machine === '' ? undefined : machine);
    const asked = alarm === undefined ? all.map(withoutEvidence) : all.filter(({ id }) => id === alarm);
    return answerOf('', asked);
  }
  const { machine, alarm, action, by, forS, comment } = request;
  const answer = await desk.ask({ machine, alarm, action, by, forS, comment });
  return answer.ok ? answerOf(answer.text, [withoutEvidence(answer.alarm)]) : answer;
}

function answerOf(text: string, alarms: readonly Alarm[]): TwinAnswer {
  return { ok: true, text, changes: [], version: 0, alarms: [...alarms] as TwinAlarms };
}

type TwinAlarms = NonNullable<Extract<TwinAnswer, { ok: true }>['alarms']>;

/** Of many alarms it would be a long letter. */
export function withoutEvidence(alarm: Alarm): Alarm {
  return { ...alarm, evidence: undefined };
}
