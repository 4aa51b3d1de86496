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
    const { severity, trip, machine, text, cause, count, active } = alarm;
    const come = count > 1 ? `, ${count} times` : '';
    const gone = active ? '' : ', gone';
    const words = `${severity.toUpperCase()}${trip ? ' TRIP' : ''}  ${machine}: ${text} (${cause}${come}${gone})`;
    const isGrave = trip || severity === 'critical' || severity === 'high';
    return { colour: !active ? 'gray' : isGrave ? 'red' : 'yellow', text: printable(words) };
  });
  const more = told.length - lines.length;
  return more > 0 ? [...lines, { colour: 'gray', text: `… ${more} more: gemel alarms` }] : lines;
}
