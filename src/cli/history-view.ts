// What `gemel history` shows, as text. Pure but for the time of now it is given.
import { qualityName, qualityWord } from '../core/quality.ts';
import { printable } from '../formats/excerpt.ts';
import type {
  HistoryGap,
  HistoryPoints,
  HistorySpan,
  HistoryValue,
  StoredEvent,
  TimeRange,
} from '../ports/history.ts';
import { numberText } from '../transfer/csv.ts';
import { type ChosenTag, converted, referenceOf } from '../transfer/tag-choice.ts';
import { durationText } from '../transfer/time-span.ts';
import { sparkline } from './sparkline.ts';
import { textTable } from './text-table.ts';

export interface ViewStyle {
  /** Of the terminal; Infinity where nobody looks. */
  readonly width: number;
  readonly ascii: boolean;
  readonly nowMs: number;
}

export interface TagSpan {
  readonly chosen: ChosenTag;
  readonly span: HistorySpan;
  /** While there are samples; NaN where that cannot be said. */
  readonly samplesPerS: number;
}

/** All tags, below the source or the machine they are of. */
export function tagsText(spans: readonly TagSpan[], style: ViewStyle): string {
  const groups = Map.groupBy(spans, ({ chosen: { tag } }) => `${tag.tier} ${tag.source}`);
  return [...groups.values()]
    .map((group) => {
      const { tier, source } = group[0]!.chosen.tag;
      const title = tier === 'twin' ? `${source}, said by its twin` : source;
      const rows = group.map((one) => rowOf(one, style.nowMs));
      const head = ['tag', 'samples', 'rate', 'first', 'last'];
      const table = textTable([head, ...rows], { right: [1, 2, 4], indent: '  ', width: style.width });
      return `${printable(title)}\n${table}`;
    })
    .join('\n');
}

function rowOf({ chosen: { tag }, span, samplesPerS }: TagSpan, nowMs: number): string[] {
  const { samples, firstMs, lastMs } = span;
  const name = printable(tag.unit === '' ? tag.name : `${tag.name} [${tag.unit}]`);
  if (samples === 0) return [name, '0', '', '', ''];
  return [name, String(samples), rateText(samplesPerS), minute(firstMs), agoText(nowMs - lastMs)];
}

function rateText(perS: number): string {
  if (Number.isNaN(perS)) return '';
  if (perS >= 0.1) return `${Number(perS.toPrecision(3))}/s`;
  const perH = perS * 3600;
  return perH >= 0.1 ? `${Number(perH.toPrecision(3))}/h` : `${Number((perH * 24).toPrecision(2))}/d`;
}

/** Clocks of devices are a little ahead, and samples come while we read. */
const now = { beforeMs: 1000, afterMs: 5000 };

function agoText(ms: number): string {
  if (ms >= now.beforeMs) return `${durationText(ms)} ago`;
  return ms > -now.afterMs ? 'now' : `${durationText(-ms)} ahead`;
}

export interface TagChart {
  readonly chosen: ChosenTag;
  readonly points: HistoryPoints;
}

const chartWidth = 78;

export function chartText({ chosen, points }: TagChart, range: TimeRange, style: ViewStyle): string {
  const value = points.value.map((one) => converted(one, chosen));
  const known = value.filter((one) => !Number.isNaN(one));
  const unit = chosen.unit === '' ? '' : ` ${chosen.unit}`;
  const width = Math.max(20, Math.min(chartWidth, style.width - 2));
  const line = sparkline({ timeMs: points.timeMs, value }, range, width, style.ascii);
  const count = `${points.samples} sample${points.samples === 1 ? '' : 's'}`;
  const numbers =
    known.length === 0
      ? 'no value'
      : `min ${digits(known.reduce((a, b) => Math.min(a, b)))}  max ${digits(known.reduce((a, b) => Math.max(a, b)))}  last ${digits(known.at(-1)!)}${unit}`;
  const gaps = known.length < value.length && known.length > 0 ? '  with Bad samples' : '';
  const ends = `${second(range.fromMs)} to ${second(range.toMs)}`;
  return `${printable(nameOf(chosen))}  ${count}\n  ${line}\n  ${printable(numbers)}${gaps}\n  ${ends}\n`;
}

export interface TableSample {
  readonly chosen: ChosenTag;
  readonly timeMs: number;
  readonly value: number;
  readonly exact: bigint | undefined;
  readonly quality: number;
  readonly receiveMs: number;
}

export function samplesText(samples: readonly TableSample[], width: number): string {
  const rows = samples.map(({ chosen, timeMs, value, exact, quality, receiveMs }) => [
    new Date(timeMs).toISOString().replace('T', ' ').replace('Z', ''),
    valueText(converted(value, chosen), exact),
    printable(chosen.unit),
    qualityText(quality),
    `${Math.round(receiveMs - timeMs)} ms`,
    printable(nameOf(chosen)),
  ]);
  return textTable([['time (UTC)', 'value', 'unit', 'quality', 'delay', 'tag'], ...rows], {
    right: [1, 4],
    width,
  });
}

export interface TagState {
  readonly chosen: ChosenTag;
  readonly state: HistoryValue;
}

export function stateText(states: readonly TagState[], timeMs: number, width: number): string {
  const rows = states.map(({ chosen, state }) => {
    const { value, exact, quality, origin, ageMs } = state;
    const age = Number.isFinite(ageMs) ? durationText(ageMs) : '';
    const text = valueText(converted(value, chosen), exact);
    return [printable(nameOf(chosen)), text, printable(chosen.unit), qualityText(quality), origin, age];
  });
  const head = ['tag', 'value', 'unit', 'quality', 'origin', 'age'];
  return `${new Date(timeMs).toISOString()}\n${textTable([head, ...rows], { right: [1, 5], width })}`;
}

export function eventsText(events: readonly StoredEvent[]): string {
  if (events.length === 0) return 'no events\n';
  return textTable(
    events.map(({ event }) => [
      second(event.timeMs),
      event.kind,
      printable(event.machine ?? event.source ?? ''),
      printable(event.text),
    ]),
  );
}

export function gapsText(gaps: readonly HistoryGap[]): string {
  if (gaps.length === 0) return 'no gaps: all that was received is here\n';
  const rows = gaps.map(({ fromMs, toMs, reason, samples }) => [
    second(fromMs),
    second(toMs),
    durationText(toMs - fromMs),
    reason.replace('_', ' '),
    samples > 0 ? String(samples) : '',
  ]);
  return textTable([['from (UTC)', 'to', 'long', 'why', 'samples lost'], ...rows], { right: [2, 4] });
}

export function nameOf({ tag }: ChosenTag): string {
  return `${referenceOf(tag)}${tag.tier === 'twin' ? ' (twin)' : ''}`;
}

function valueText(value: number, exact: bigint | undefined): string {
  if (exact !== undefined && !Number.isNaN(value)) return String(exact);
  return Number.isNaN(value) ? '-' : numberText(Number(value.toPrecision(9)));
}

function qualityText(quality: number): string {
  return qualityWord(quality) === 'good' ? 'Good' : qualityName(quality);
}

/** Six digits, and never a zero for one before the point. */
function digits(value: number): string {
  return numberText(Math.abs(value) < 1e6 ? Number(value.toPrecision(6)) : Math.round(value));
}

function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function second(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
