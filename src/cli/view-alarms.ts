// Standing alarms in the terminal view: the gravest in a line each, and how many there are besides.
import { type Alarm, isTold } from '../core/alarm.ts';
import { printable } from '../formats/excerpt.ts';

export interface AlarmLine {
  readonly colour: 'red' | 'yellow' | 'gray';
  readonly text: string;
}

const linesMax = 3;

/** `alarms`: the gravest first. */
export function alarmLines(alarms: readonly Alarm[]): AlarmLine[] {
  const told = alarms.filter(isTold);
  const lines = told.slice(0, linesMax).map((alarm): AlarmLine => {
    const { severity, trip, active } = alarm;
    const isGrave = trip || severity === 'critical' || severity === 'high';
    return { colour: !active ? 'gray' : isGrave ? 'red' : 'yellow', text: lineOf(alarm) };
  });
  const more = told.length - lines.length;
  return more > 0 ? [...lines, { colour: 'gray', text: `… ${more} more: gemel alarms` }] : lines;
}

function lineOf({ severity, trip, machine, text, cause, count, active }: Alarm): string {
  const come = count > 1 ? `, ${count} times` : '';
  const gone = active ? '' : ', gone';
  const said = text.startsWith(`${machine} `) ? text : `${machine}: ${text}`;
  return printable(`${severity.toUpperCase()}${trip ? ' TRIP' : ''}  ${said} (${cause}${come}${gone})`);
}

/** Where there is no page: what is new, has changed or is over since the last look. `said` is what was seen then, by alarm. */
export function newAlarmLines(alarms: readonly Alarm[], said: Map<string, string>): string[] {
  const told = new Map(alarms.filter(isTold).map((alarm) => [`${alarm.machine} ${alarm.id}`, alarm]));
  const over = [...said.keys()].filter((key) => !told.has(key));
  for (const key of over) said.delete(key);
  const lines = over.map((key) => printable(`alarm  ${key} is over`));
  for (const [key, alarm] of told) {
    const { occurrence, state, trip, active } = alarm;
    const standing = [occurrence, state, trip, active].join(' ');
    if (said.get(key) === standing) continue;
    said.set(key, standing);
    lines.push(`alarm  ${state}: ${lineOf(alarm)}`);
  }
  return lines;
}
