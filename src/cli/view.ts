// The live terminal view of the demo: what the twin says beside what the machine says. Pure text out of data.
import { styleText } from 'node:util';
import type { Alarm } from '../core/alarm.ts';
import type { Forecast } from '../core/forecast.ts';
import type { Frame } from '../core/frame.ts';
import { origins } from '../core/frame.ts';
import { qualityWord } from '../core/quality.ts';
import type { Health, SourceReport } from '../ports.ts';
import { alarmLines } from './view-alarms.ts';
import { outlookLine } from './view-outlook.ts';

type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'gray';

export interface ViewData {
  readonly frames: readonly Frame[];
  readonly health: Health;
  /** By machine, where there is one. */
  readonly forecasts?: ReadonlyMap<string, Forecast>;
  readonly addresses: ReadonlyMap<string, string>;
  readonly root: string;
  /** The gravest first; absent: none. */
  readonly alarms?: readonly Alarm[];
  /** The last thing that happened, for the foot of the page. */
  readonly news: string;
  /** What stays below it. */
  readonly foot?: string;
}

/** The caller draws on a terminal; whether it is one is not asked again. */
const always = { validateStream: false };
const colour = (name: Colour, text: string) => styleText(name, text, always);
const bold = (text: string) => styleText('bold', text, always);
const dim = (text: string) => styleText('dim', text, always);
const modeColours = {
  tracking: 'green',
  substituted: 'yellow',
  recalibrating: 'cyan',
  diverged: 'red',
  offline: 'gray',
} as const;
const qualityColours = { good: 'green', uncertain: 'yellow', bad: 'red' } as const;

/** The columns of the table of signals; narrow ones for the 80 columns of a plain terminal. */
interface Columns {
  readonly name: number;
  readonly number: number;
  readonly gap: number;
}

const wideFrom = 84;
const wideHeadFrom = 104;
const wideSourceFrom = 100;

/** Lines of at most `width` visible columns. With too few rows for all, signals are left out, not what is below. */
export function renderView(data: ViewData, width: number, rows = Number.POSITIVE_INFINITY): string[] {
  const alarms = alarmLines(data.alarms ?? []).map((line) => colour(line.colour, line.text));
  const above = [...head(data, width), '', ...(alarms.length > 0 ? [...alarms, ''] : [])];
  const below = [...sources(data.health, width), '', ...reach(data), '', ...wrap(data.news, width).map(dim)];
  if (data.foot !== undefined) below.push(dim(data.foot));
  const room = Math.floor((rows - above.length - below.length) / Math.max(1, data.frames.length));
  const columns = columnsFor(data.frames, width);
  const machines = data.frames.flatMap((frame) => [
    ...machine(frame, data.forecasts?.get(frame.machine.id), columns, room - 1),
    '',
  ]);
  return [...above, ...machines, ...below].map((line) => clip(line, width));
}

function columnsFor(frames: readonly Frame[], width: number): Columns {
  if (width >= wideFrom) return { name: 22, number: 10, gap: 2 };
  const names = frames.flatMap((frame) => frame.machine.signals.map(({ name }) => name.length));
  return { name: Math.max(6, ...names), number: 9, gap: 1 };
}

function head({ health }: ViewData, width: number): string[] {
  const upS = Math.round((health.timeMs - health.startedMs) / 1000);
  const { p50Ms, p99Ms, maxMs } = health.lateness;
  const ticks = `${bold('gemel')} ${health.version}   up ${upS} s   ${health.ticks} ticks, ${health.ticksMissed} missed`;
  const lateness = `lateness p50 ${p50Ms.toFixed(1)}  p99 ${p99Ms.toFixed(1)}  max ${maxMs.toFixed(1)} ms`;
  const memory = `${Math.round(health.memoryBytes / 1e6)} MB`;
  if (width >= wideHeadFrom) return [`${ticks}   ${lateness}   ${memory}`];
  return [ticks, `${lateness}   ${memory}`];
}

/** In `room` lines; what the twin is compared with is left out last. */
function machine(frame: Frame, forecast: Forecast | undefined, columns: Columns, room: number): string[] {
  const { model } = frame.machine;
  const mode = colour(modeColours[frame.mode], frame.mode.toUpperCase());
  const head = [
    `${bold(frame.machine.id)}  ${mode}  ${doing(frame)}divergence ${divergence(frame)}   ` +
      dim(`frame ${frame.tick} at ${new Date(frame.timeMs).toISOString().slice(11, 23)}`),
    ...(forecast === undefined ? [] : [`  ${outlookLine(forecast)}`]),
    dim(row(columns, 'signal', 'measured', 'twin', 'residual', '')),
  ];
  const lines: string[] = [];
  const others: number[] = [];
  for (const [i, signal] of frame.machine.signals.entries()) {
    const output = i - model.inputs.length;
    // Inputs, and what the configuration adds behind the outputs, have no twin.
    const compared = output >= 0 && output < model.outputs.length;
    const word = qualityWord(frame.quality[i]!);
    const cells = row(
      columns,
      signal.name,
      number(frame.value[i]!),
      compared ? number(frame.twin[output]!) : '',
      !compared || Number.isNaN(frame.residual[output]!) ? '' : `${frame.residual[output]!.toFixed(1)} σ`,
      signal.unit,
    );
    if (!compared) others.push(i);
    lines.push(`${cells}${colour(qualityColours[word], word)} ${dim(origins[frame.origin[i]!]!)}`);
  }
  return [...head, ...fitting(lines, others, room - head.length)];
}

/** What `room` has place for, the last line being how many it has not. */
function fitting(lines: readonly string[], leastWanted: readonly number[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  const left = Math.min(lines.length, lines.length - room + 1);
  const order = new Set([...leastWanted.slice(-left), ...lines.keys()]);
  const out = new Set([...order].slice(0, left));
  return [...lines.filter((_, i) => !out.has(i)), dim(`  … ${left} more in a higher window`)];
}

function row(
  columns: Columns,
  name: string,
  measured: string,
  twin: string,
  residual: string,
  unit: string,
): string {
  const numbers = [measured, twin, residual].map((cell) => cell.padStart(columns.number)).join('');
  return `  ${name.padEnd(columns.name)}${numbers}${' '.repeat(columns.gap)}${unit.padEnd(8)}`;
}

/** What the machine does, where its twin can tell. */
function doing({ machine: { model }, behaviour }: Frame): string {
  const name = model.behaviour?.names[behaviour];
  return name === undefined ? '' : `${colour('cyan', name)}  `;
}

/** Of a twin that is offline it would be that of long ago. */
function divergence(frame: Frame): string {
  return percent(frame.mode === 'offline' ? Number.NaN : frame.divergence);
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? '–' : `${(ratio * 100).toFixed(1)} %`;
}

function number(value: number): string {
  return Number.isNaN(value) ? '–' : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toFixed(3);
}

function sources(health: Health, width: number): string[] {
  return health.sources.map((source) => {
    const rejected = Object.values(source.ledger.rejected).reduce((sum, count) => sum + count, 0);
    const link =
      source.link === 'up' ? colour('green', 'up') : colour('red', `${source.link} ${source.reason}`);
    return (
      `source ${bold(source.source.padEnd(8))} ${link}  ${source.ratePerS.toFixed(0)} samples/s  ` +
      `${clock(source)}  ${dim(`${width < wideSourceFrom ? '' : `${source.ledger.received} received, `}${rejected} rejected`)}`
    );
  });
}

/** Of the worst clock behind the source, as it was before the gateway corrected its stamps. */
function clock({ clockOffsetMs, clockDriftPpm, clockFinding }: SourceReport): string {
  if (Number.isNaN(clockOffsetMs)) return dim('no clock yet');
  const side = clockOffsetMs < 0 ? 'ahead' : 'behind';
  const drift = Number.isNaN(clockDriftPpm)
    ? ''
    : `, ${clockDriftPpm > 0 ? '+' : ''}${clockDriftPpm.toFixed(1)} ppm`;
  const text = `clock ${duration(Math.abs(clockOffsetMs))} ${side}${drift}`;
  return clockFinding === 'none' ? dim(text) : colour('red', `${text} (${clockFinding})`);
}

function duration(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(0)} s`;
}

function reach({ addresses, root }: ViewData): string[] {
  return reachLines(addresses, root).map(([what, how]) => `${what.padEnd(10)} ${colour('cyan', how)}`);
}

/** How to see the data from outside: for the view and for the plain output. */
export function reachLines(addresses: ReadonlyMap<string, string>, root: string): [string, string][] {
  const mqtt = addresses.get('mqtt');
  const lines: [string, string][] = [];
  if (mqtt !== undefined) {
    const { hostname, port } = new URL(mqtt);
    const at = port === '' ? hostname : `${hostname} -p ${port}`;
    lines.push(['subscribe', `mosquitto_sub -h ${at} -t '${root}/#' -v`]);
  }
  for (const [name, address] of addresses) lines.push([name, withoutCredentials(address)]);
  return lines;
}

/** The address of an external broker may hold a password before the @, or a token behind the question mark. */
function withoutCredentials(address: string): string {
  return address.replace(/\?.*/, '').replace(/\/\/.*@/, '//');
}

/** One line a second where there is no terminal. */
export function plainLine({ frames, health }: ViewData): string {
  const machines = frames.map((frame) => {
    const outputs = frame.machine.model.outputs.map((output, o) => {
      const at = frame.machine.model.inputs.length + o;
      return `${output.name} ${number(frame.value[at]!)}/${number(frame.twin[o]!)} ${output.unit}`;
    });
    return `${frame.machine.id} ${frame.mode} divergence ${divergence(frame)} ${outputs.join(', ')}`;
  });
  const rate = health.sources.reduce((sum, source) => sum + source.ratePerS, 0);
  return `tick ${health.ticks} ${machines.join(' | ')} | ${rate.toFixed(0)} samples/s, lateness p99 ${health.lateness.p99Ms.toFixed(1)} ms`;
}

const newsLinesMax = 2;

/** At blanks, into no more lines than are spared for it. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width && lines.length < newsLinesMax - 1) {
    const blank = rest.lastIndexOf(' ', width);
    const end = blank > 0 ? blank : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const esc = String.fromCharCode(27);
const escapes = new RegExp(`(${esc}\\[[0-9;]*m)`);

/** Cuts to the visible width, counting no escape sequence. */
function clip(line: string, width: number): string {
  let visible = 0;
  let out = '';
  for (const part of line.split(escapes)) {
    if (part.startsWith(esc)) {
      out += part;
      continue;
    }
    out += part.slice(0, Math.max(0, width - visible));
    visible += part.length;
  }
  return out;
}
