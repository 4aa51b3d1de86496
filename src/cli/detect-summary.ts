// What `gemel detect` found, for people and as JSON. Pure.
import type { DetectEvent } from '../detect/events.ts';
import type { Detected } from '../detect/run.ts';
import { printable } from '../formats/excerpt.ts';
import { sparkline } from './sparkline.ts';
import { textTable } from './text-table.ts';

const columnsShown = 8;

/** `width`: of the picture of the scores; 0: none. */
export function summaryText(found: Detected, width: number): string {
  const { file, rows, columns, detectors, learning, flagged, events, threshold, notes } = found;
  const some = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
  const names = columns.slice(0, columnsShown).map(printable).join(', ');
  const more = columns.length > columnsShown ? ` and ${columns.length - columnsShown} more` : '';
  const span = found.first === '' ? '' : ` (${printable(found.first)} to ${printable(found.last)})`;
  const lines = [
    `${printable(file)}: ${some(rows, 'row', 'rows')}${span}, ${short(found.periodS)} s apart, time from ${printable(found.timeFrom)}`,
    `  looked at ${some(columns.length, 'column', 'columns')}: ${names}${more}`,
    `  by ${detectors.join(', ')}; the first ${some(learning, 'row was', 'rows were')} only learnt from`,
    `  ${some(flagged, 'row', 'rows')} flagged, from a score of ${threshold} on, in ${some(events, 'stretch', 'stretches')}`,
    ...(width > 20 ? [`  scores ${picture(found.scores, width)}`] : []),
    ...notes.map((note) => `note ${printable(note)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function picture(scores: readonly number[], width: number): string {
  const timeMs = Float64Array.from(scores, (_, k) => k);
  // Both ends are there, so that a file without events does not look like one full of them.
  const value = Float64Array.from([0, 1, ...scores]);
  const at = Float64Array.from([-1, -1, ...timeMs]);
  const line = sparkline({ timeMs: at, value }, { fromMs: -1, toMs: scores.length }, width, false);
  return line.slice(1);
}

export function eventsText({ eventsKept, events }: Detected): string {
  if (events === 0) return 'nothing stands out\n';
  const head = ['start', 'end', 'rows', 'peak', 'detector', 'columns'];
  const cells = eventsKept.map((event) => [
    ...[event.start, event.end, String(event.toRow - event.fromRow + 1), event.peakScore.toFixed(2)],
    ...[event.detector, columnsOf(event)],
  ]);
  const table = textTable([head, ...cells.map((row) => row.map(printable))], { right: [2, 3] });
  const said = eventsKept.map(({ text }) => `${printable(text)}\n`).join('');
  const more = events > eventsKept.length ? `and ${events - eventsKept.length} more\n` : '';
  return `${table}\n${said}${more}`;
}

function columnsOf({ columns }: DetectEvent): string {
  return columns.map(({ column, share }) => `${column} ${Math.round(share * 100)} %`).join(', ');
}

export function summaryJson(found: Detected, withEvents: boolean) {
  const { eventsKept, scores: _scores, ...others } = found;
  return { ...others, ...(withEvents ? { eventList: eventsKept } : {}) };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
