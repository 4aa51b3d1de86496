// The gateway's own recording, a JSON object a line: a head, each tag when it is first used, the samples of
// each tick as they came out of the intake, and an end with the state hash. Exact: every bit comes back.
import type { SampleColumns, TagSpec } from '../../core/sample.ts';
import { isObject, type JsonObject } from '../../formats/json.ts';

export const recordingVersion = 1;

export interface RecordingHead {
  readonly site: string;
  readonly gemel: string;
  /** Nominal time of tick 0. */
  readonly startMs: number;
  readonly periodMs: number;
}

export interface RecordedTag {
  readonly tag: number;
  readonly source: string;
  readonly spec: TagSpec;
}

export interface RecordedSample {
  readonly tag: number;
  /** NaN when Bad. */
  readonly value: number;
  readonly quality: number;
  readonly timeMs: number;
  readonly receiveMs: number;
  readonly rawMs: number;
  readonly exact: bigint | undefined;
}

export type RecordingLine =
  | { readonly kind: 'head'; readonly head: RecordingHead }
  | { readonly kind: 'tag'; readonly tag: RecordedTag }
  | { readonly kind: 'tick'; readonly tick: number; readonly samples: readonly RecordedSample[] }
  /** What was done to a twin from outside, before the tick that follows; what it means is the core's. */
  | { readonly kind: 'command'; readonly command: JsonObject }
  /** So many ticks could not be written: what follows no longer leads to the recorded hash. */
  | { readonly kind: 'lost'; readonly ticks: number }
  | { readonly kind: 'end'; readonly ticks: number; readonly hash: string };

export function headLine({ site, gemel, startMs, periodMs }: RecordingHead): string {
  return `${JSON.stringify({ gemel: 'recording', v: recordingVersion, site, version: gemel, startMs, periodMs })}\n`;
}

export function tagLine({ tag, source, spec }: RecordedTag): string {
  return `${JSON.stringify({ tag, source, ...spec })}\n`;
}

export function lostLine(ticks: number): string {
  return `${JSON.stringify({ lost: ticks })}\n`;
}

export function commandLine(command: object): string {
  return `${JSON.stringify({ command })}\n`;
}

export function endLine(ticks: number, hash: string): string {
  return `${JSON.stringify({ end: { ticks, hash } })}\n`;
}

/** [tag, value, quality, time, receive, raw], and the exact text of a 64-bit integer where the tag is one. */
export function tickLine(tick: number, samples: SampleColumns, isExact: (tag: number) => boolean): string {
  let text = `{"tick":${tick},"samples":[`;
  for (let i = 0; i < samples.length; i++) {
    const tag = samples.tag[i]!;
    const stamps = `${number(samples.timeMs[i]!)},${number(samples.receiveMs[i]!)},${number(samples.rawMs[i]!)}`;
    const exact = isExact(tag) ? exactText(samples.value[i]!, samples.exact[i]) : '';
    text += `${i === 0 ? '' : ','}[${tag},${number(samples.value[i]!)},${samples.quality[i]!},${stamps}${exact}]`;
  }
  return `${text}]}\n`;
}

/** Nothing for a sample that came without: the column holds what was there before. */
function exactText(value: number, exact: bigint | undefined): string {
  const isOwn =
    exact !== undefined && (Number(exact) === value || Number(BigInt.asUintN(64, exact)) === value);
  return isOwn ? `,"${exact}"` : '';
}

/** The shortest text that is this number again; JSON has none for NaN, and would lose the sign of -0. */
function number(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Undefined when it is no line of a recording. */
export function parseRecordingLine(text: string): RecordingLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(line)) return undefined;
  if (Array.isArray(line['samples'])) return tickOf(line['tick'], line['samples']);
  if (line['gemel'] === 'recording') return headOf(line);
  if (typeof line['source'] === 'string') return tagOf(line);
  if (isObject(line['command'])) return { kind: 'command', command: line['command'] };
  if (typeof line['lost'] === 'number') return { kind: 'lost', ticks: line['lost'] };
  return isObject(line['end']) ? endOf(line['end']) : undefined;
}

/** In words, when it is the head of a recording in a form we do not know; else empty. */
export function unknownForm(text: string): string {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return '';
  }
  if (!isObject(line) || line['gemel'] !== 'recording' || line['v'] === recordingVersion) return '';
  const [form, version] = [line['v'], line['version']].map((value) => JSON.stringify(value) ?? 'unknown');
  return `it is a recording of gemel ${version} in form ${form}; this one reads form ${recordingVersion}`;
}

function headOf({ v, site, version, startMs, periodMs }: JsonObject): RecordingLine | undefined {
  if (v !== recordingVersion || typeof startMs !== 'number' || typeof periodMs !== 'number') return undefined;
  return { kind: 'head', head: { site: String(site), gemel: String(version), startMs, periodMs } };
}

function tagOf({ tag, source, ...spec }: JsonObject): RecordingLine | undefined {
  const { name, unit, kind } = spec;
  if (typeof tag !== 'number' || typeof name !== 'string' || typeof unit !== 'string') return undefined;
  if (typeof kind !== 'string') return undefined;
  return { kind: 'tag', tag: { tag, source: String(source), spec: spec as unknown as TagSpec } };
}

function endOf({ ticks, hash }: JsonObject): RecordingLine | undefined {
  return typeof ticks === 'number' && typeof hash === 'string' ? { kind: 'end', ticks, hash } : undefined;
}

function tickOf(tick: unknown, rows: readonly unknown[]): RecordingLine | undefined {
  if (typeof tick !== 'number') return undefined;
  const samples: RecordedSample[] = [];
  for (const row of rows) {
    const sample = sampleOf(row);
    if (sample === undefined) return undefined;
    samples.push(sample);
  }
  return { kind: 'tick', tick, samples };
}

function sampleOf(row: unknown): RecordedSample | undefined {
  if (!Array.isArray(row) || row.length < 6) return undefined;
  const [tag, value, quality, timeMs, receiveMs, rawMs, exact] = row as unknown[];
  if (typeof tag !== 'number' || typeof quality !== 'number') return undefined;
  if (typeof timeMs !== 'number' || typeof receiveMs !== 'number') return undefined;
  return {
    tag,
    value: typeof value === 'number' ? value : Number.NaN,
    quality,
    timeMs,
    receiveMs,
    rawMs: typeof rawMs === 'number' ? rawMs : Number.NaN,
    exact: typeof exact === 'string' && /^-?\d{1,20}$/.test(exact) ? BigInt(exact) : undefined,
  };
}
