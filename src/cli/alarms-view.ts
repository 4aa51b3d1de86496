// Alarms as text for people: the list, one of them, the journal. Pure but for the time of now it is given.

import { unitText } from '../core/alarm/texts.ts';
import { type Alarm, type Evidence, type EvidenceSeries, isTold } from '../core/alarm.ts';
import { printable } from '../formats/excerpt.ts';
import type { StoredAlarm } from '../ports/history.ts';
import { durationText } from '../transfer/time-span.ts';
import { sparkline } from './sparkline.ts';
import { textTable } from './text-table.ts';

export interface ListStyle {
  /** Also what operators are not told of. */
  readonly all: boolean;
  readonly running: boolean;
  readonly width: number;
  readonly nowMs: number;
}

const titles = ['severity', 'since', 'machine', 'id', 'state', 'cause', 'count'];

export function alarmsText(alarms: readonly Alarm[], { all, running, width, nowMs }: ListStyle): string {
  const shown = all ? alarms : alarms.filter(isTold);
  const hidden = alarms.length - shown.length;
  const rows = shown.map((alarm) => [
    alarm.severity + (alarm.trip ? ' TRIP' : ''),
    agoText(nowMs - alarm.raisedMs),
    printable(alarm.machine),
    printable(alarm.id),
    stateText(alarm, nowMs),
    alarm.cause,
    String(alarm.count),
  ]);
  const table = rows.length === 0 ? 'No alarm stands.\n' : withTexts(rows, shown, width);
  const notes = [
    ...(hidden > 0
      ? [
          `${hidden} more ${hidden === 1 ? 'is' : 'are'} shelved, suppressed or a consequence: gemel alarms --all`,
        ]
      : []),
    ...(running ? [] : ['No gateway runs here: this is what stood when the last one ended.']),
  ];
  return `${table}${notes.map((note) => `${note}\n`).join('')}`;
}

/** What is wrong stands below its row: in a column it would be cut off. */
function withTexts(rows: readonly (readonly string[])[], shown: readonly Alarm[], width: number): string {
  const [head, ...lines] = textTable([titles, ...rows], { right: [6], width })
    .trimEnd()
    .split('\n');
  const body = lines.map((line, i) => `${line}\n    ${clipped(printable(shown[i]!.text), width - 4)}\n`);
  return `${head}\n${body.join('')}`;
}

function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}~`;
}

/** The state in words, with all that stands beside it. */
export function stateText(alarm: Alarm, nowMs: number): string {
  const { state, active, latched, shelvedUntilMs, suppressedBy, under } = alarm;
  const beside = [
    ...(latched ? ['latched'] : []),
    ...(shelvedUntilMs === undefined
      ? []
      : [`shelved for ${durationText(Math.max(0, shelvedUntilMs - nowMs))}`]),
    ...(suppressedBy === undefined ? [] : [`suppressed while ${suppressedBy}`]),
    ...(under === undefined ? [] : [`under ${under}`]),
    ...(state === 'acknowledged' && !active && !latched ? ['gone'] : []),
  ];
  return [state, ...beside].join(', ');
}

export interface ShowStyle {
  readonly width: number;
  readonly ascii: boolean;
  readonly nowMs: number;
}

export function alarmText(
  alarm: Alarm,
  evidence: Evidence | undefined,
  changes: readonly StoredAlarm[],
  style: ShowStyle,
): string {
  const { text, action, reasons, cause, consequences, by, comment } = alarm;
  const severity = `${alarm.severity}${alarm.trip ? ', trip' : ''}`;
  const lines = [
    `${alarm.machine} ${alarm.id}: ${stateText(alarm, style.nowMs)} (${severity})`,
    '',
    `  ${text}`,
    ...(action === '' ? [] : [`  What to do: ${action}`]),
    '',
    `  occurrence  ${alarm.occurrence}, raised ${second(alarm.raisedMs)} (${agoText(style.nowMs - alarm.raisedMs)} ago)${comeText(alarm.count)}`,
    ...(by === undefined ? [] : [`  by          ${by}${comment === undefined ? '' : `: ${comment}`}`]),
    `  found by    ${alarm.detector}, score ${alarm.score}, in ${alarm.signals.join(', ') || 'the machine'}`,
    `  cause       ${cause}${reasons.length === 0 ? '' : ':'}`,
    ...reasons.map((reason) => `              - ${reason}`),
    ...(consequences.length === 0 ? [] : [`  explains    ${consequences.join(', ')}`]),
  ].map(printable);
  return `${lines.join('\n')}\n${evidenceText(evidence, alarm, style)}${changesText(changes)}`;
}

function comeText(count: number): string {
  return count > 1 ? `, has come ${count} times` : '';
}

const chartMax = 64;

function evidenceText(evidence: Evidence | undefined, alarm: Alarm, style: ShowStyle): string {
  if (evidence === undefined) return '';
  const { fromMs, toMs, signals, residuals, links } = evidence;
  const all = [...signals, ...residuals.map((series) => ({ ...series, name: `${series.name} residual` }))];
  const widest = Math.max(0, ...all.map(({ name }) => name.length));
  const longest = Math.max(0, ...all.map(({ values }) => values.length));
  const width = Math.min(longest, Math.max(16, Math.min(chartMax, style.width - widest - 26)));
  const before = Math.round((alarm.raisedMs - fromMs) / 1000);
  const after = Math.round((toMs - alarm.raisedMs) / 1000);
  const rows = all.map((series) => {
    const chart = { timeMs: timesOf(evidence, series), value: valuesOf(series) };
    const line = sparkline(chart, { fromMs, toMs }, width, style.ascii);
    return `  ${printable(series.name).padEnd(widest)}  ${line}  ${rangeText(series)}\n`;
  });
  const changes = links.map(
    ({ timeMs, source, up, reason }) =>
      `  ${second(timeMs)}  ${printable(`${source} ${up ? 'is back' : `went away: ${reason}`}`)}\n`,
  );
  const head = `\nSeen from ${before} s before to ${after} s after${evidence.complete ? '' : ' (so far)'}:\n`;
  return `${head}${rows.join('')}${changes.join('')}`;
}

function timesOf({ fromMs, stepMs }: Evidence, { values }: EvidenceSeries): Float64Array {
  return Float64Array.from(values, (_, i) => fromMs + i * stepMs);
}

function valuesOf({ values }: EvidenceSeries): Float64Array {
  return Float64Array.from(values, (value) => value ?? Number.NaN);
}

function rangeText({ values, unit }: EvidenceSeries): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return 'nothing was known';
  const [low, high] = [Math.min(...known), Math.max(...known)].map((one) =>
    String(Number(one.toPrecision(4))),
  );
  return `${low === high ? low : `${low} to ${high}`} ${unitText(unit)}`.trimEnd();
}

function changesText(changes: readonly StoredAlarm[]): string {
  if (changes.length === 0) return '';
  const rows = changes.map(({ timeMs, kind, alarm }) => {
    const isSaid = personal.has(kind) && alarm.by !== undefined && alarm.comment !== undefined;
    const why = isSaid ? `: ${printable(alarm.comment ?? '')}` : '';
    return `  ${second(timeMs)}  ${happened(kind, alarm)}${why}\n`;
  });
  return `\nWhat became of it:\n${rows.join('')}`;
}

const personal = new Set<string>(['acknowledged', 'shelved', 'unshelved', 'reset']);

/** As operators say it, where the word of the journal is not theirs. */
const sayings: Readonly<Record<string, string>> = {
  escalated: 'became a trip',
  eased: 'a warning again',
  evidence: 'evidence complete',
  promoted: 'stands by itself',
  removed: 'over',
};

function happened(kind: string, { by, under, consequences }: Alarm): string {
  if (kind === 'grouped') {
    if (under !== undefined) return `put under ${printable(under)}`;
    return consequences.length > 0 ? `explains ${consequences.length} more` : 'explains no other any more';
  }
  const who = personal.has(kind) && by !== undefined ? ` by ${by}` : '';
  return printable(`${sayings[kind] ?? kind}${who}`);
}

export function journalText(stored: readonly StoredAlarm[], width: number): string {
  if (stored.length === 0) return 'Nothing became of alarms there.\n';
  const rows = stored.map(({ timeMs, kind, alarm }) => [
    second(timeMs),
    printable(alarm.machine),
    happened(kind, alarm),
    alarm.severity,
    `${printable(alarm.id)} #${alarm.occurrence}`,
    printable(alarm.text),
  ]);
  return textTable([['time', 'machine', 'what', 'severity', 'alarm', 'text'], ...rows])
    .split('\n')
    .map((line) => clipped(line, width))
    .join('\n');
}

function second(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

function agoText(ms: number): string {
  return durationText(Math.max(0, Math.round(ms / 1000) * 1000));
}
