// The answers of `gemel history`: asks the history and puts what comes back into text or JSON lines.
import type { HistoryReader, StoredEvent, TimeRange } from '../ports/history.ts';
import { exactOf } from '../transfer/long.ts';
import { mergedSamples } from '../transfer/merged.ts';
import { type ChosenTag, converted } from '../transfer/tag-choice.ts';
import { usualRate } from './history-rate.ts';
import {
  chartText,
  samplesText,
  stateText,
  type TableSample,
  type TagSpan,
  type TagState,
  tagsText,
  type ViewStyle,
} from './history-view.ts';

export interface AnswerStyle extends ViewStyle {
  readonly json: boolean;
  /** Of a chart as JSON. */
  readonly points: number;
  /** The last so many. */
  readonly rows: number;
}

export async function overview(
  reader: HistoryReader,
  chosen: readonly ChosenTag[],
  style: AnswerStyle,
): Promise<string> {
  const spans: TagSpan[] = [];
  for (const one of chosen) {
    const span = await reader.span(one.tag.id);
    spans.push({ chosen: one, span, samplesPerS: await usualRate(reader, one.tag.id, span) });
  }
  if (!style.json) return tagsText(spans, style);
  return lines(
    spans.map(({ chosen: { tag }, span: { samples, firstMs, lastMs } }) => ({
      ...told(tag),
      samples,
      first: iso(firstMs),
      last: iso(lastMs),
    })),
  );
}

export async function charts(
  reader: HistoryReader,
  chosen: readonly ChosenTag[],
  range: TimeRange,
  style: AnswerStyle,
): Promise<string> {
  const parts: string[] = [];
  for (const one of chosen) {
    const points = await reader.range({ tag: one.tag.id, ...range, points: style.points });
    if (style.json) {
      const rows = Array.from(points.timeMs, (timeMs, i) => [
        iso(timeMs),
        orNull(converted(points.value[i]!, one)),
      ]);
      parts.push(lines([{ ...told(one.tag), unit: one.unit, samples: points.samples, points: rows }]));
    } else parts.push(chartText({ chosen: one, points }, range, style));
  }
  return parts.join(style.json ? '' : '\n');
}

export async function lastSamples(
  reader: HistoryReader,
  chosen: readonly ChosenTag[],
  range: TimeRange,
  style: AnswerStyle,
): Promise<string> {
  const { rows, json } = style;
  let last: TableSample[] = [];
  const ids = chosen.map(({ tag }) => tag.id);
  for await (const samples of mergedSamples(reader, ids, range)) {
    for (let i = Math.max(0, samples.length - rows); i < samples.length; i++) {
      const one = chosen[samples.tag[i]!]!;
      const [timeMs, value, quality] = [samples.timeMs[i]!, samples.value[i]!, samples.quality[i]!];
      const exact = exactOf(samples, i, one.tag.kind);
      last.push({ chosen: one, timeMs, value, quality, exact, receiveMs: samples.receiveMs[i]! });
    }
    last = last.slice(-rows);
  }
  if (!json) return samplesText(last, style.width);
  return lines(
    last.map(({ chosen: one, timeMs, value, exact, quality, receiveMs }) => ({
      ...told(one.tag),
      unit: one.unit,
      time: iso(timeMs),
      value: exact?.toString() ?? orNull(converted(value, one)),
      status: quality,
      received: iso(receiveMs),
    })),
  );
}

export async function stateAt(
  reader: HistoryReader,
  chosen: readonly ChosenTag[],
  timeMs: number,
  style: AnswerStyle,
): Promise<string> {
  const states: TagState[] = [];
  for (const one of chosen) {
    const { tag, align, staleMs } = one;
    const query = { tag: tag.id, timeMs, align, ...(staleMs === undefined ? {} : { staleMs }) };
    states.push({ chosen: one, state: await reader.at(query) });
  }
  if (!style.json) return stateText(states, timeMs, style.width);
  return lines(
    states.map(({ chosen: one, state: { value, exact, quality, origin, ageMs } }) => ({
      ...told(one.tag),
      unit: one.unit,
      time: iso(timeMs),
      value: exact?.toString() ?? orNull(converted(value, one)),
      status: quality,
      origin,
      ageMs: orNull(ageMs),
    })),
  );
}

const eventsAtOnce = 1000;

export async function lastEvents(
  reader: HistoryReader,
  range: TimeRange,
  rows: number,
): Promise<StoredEvent[]> {
  let last: StoredEvent[] = [];
  for (let after = 0; ; ) {
    const some = await reader.events(after, eventsAtOnce);
    const inside = some.filter(({ event }) => event.timeMs >= range.fromMs && event.timeMs <= range.toMs);
    last = [...last, ...inside].slice(-rows);
    if (some.length < eventsAtOnce) return last;
    after = some.at(-1)!.id;
  }
}

function told({ source, name, unit, kind, tier }: ChosenTag['tag']) {
  return { source, name, unit, kind, tier };
}

export function iso(timeMs: number): string {
  return Number.isNaN(timeMs) ? '' : new Date(Math.max(-8.64e15, Math.min(8.64e15, timeMs))).toISOString();
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** An object a line. */
export function lines(objects: readonly unknown[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}
