// The live terminal view of the demo: what the twin says beside what the machine says. Pure text out of data.
import { styleText } from 'node:util';
import type { Frame } from '../core/frame.ts';
import { origins } from '../core/frame.ts';
import { qualityWord } from '../core/quality.ts';
import type { Health, SourceReport } from '../ports.ts';

type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'gray';

export interface ViewData {
  readonly frames: readonly Frame[];
  readonly health: Health;
  readonly addresses: ReadonlyMap<string, string>;
  readonly root: string;
  /** The last thing that happened, for the foot of the page. */
  readonly news: string;
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

/** Lines of at most `width` visible columns. */
export function renderView(data: ViewData, width: number): string[] {
  const lines = [...head(data), ''];
  for (const frame of data.frames) lines.push(...machine(frame), '');
  lines.push(...sources(data.health), '', ...reach(data), '');
  lines.push(dim(data.news.slice(0, width)));
  return lines.map((line) => clip(line, width));
}

function head({ health }: ViewData): string[] {
  const upS = Math.round((health.timeMs - health.startedMs) / 1000);
  const { p50Ms, p99Ms, maxMs } = health.lateness;
  return [
    `${bold('gemel')} ${health.version}   up ${upS} s   ${health.ticks} ticks, ${health.ticksMissed} missed   ` +
      `lateness p50 ${p50Ms.toFixed(1)}  p99 ${p99Ms.toFixed(1)}  max ${maxMs.toFixed(1)} ms   ` +
      `${Math.round(health.memoryBytes / 1e6)} MB`,
  ];
}

function machine(frame: Frame): string[] {
  const { model } = frame.machine;
  const mode = colour(modeColours[frame.mode], frame.mode.toUpperCase());
  const lines = [
    `${bold(frame.machine.id)}  ${mode}  divergence ${percent(frame.divergence)}   ` +
      dim(`frame ${frame.tick} at ${new Date(frame.timeMs).toISOString().slice(11, 23)}`),
    dim(row('signal', 'measured', 'twin', 'residual', '', '')),
  ];
  for (const [i, signal] of frame.machine.signals.entries()) {
    const output = i - model.inputs.length;
    // Inputs, and what the configuration adds behind the outputs, have no twin.
    const compared = output >= 0 && output < model.outputs.length;
    const word = qualityWord(frame.quality[i]!);
    const cells = row(
      signal.name,
      number(frame.value[i]!),
      compared ? number(frame.twin[output]!) : '',
      !compared || Number.isNaN(frame.residual[output]!) ? '' : `${frame.residual[output]!.toFixed(1)} σ`,
      signal.unit,
      '',
    );
    lines.push(`${cells}${colour(qualityColours[word], word)} ${dim(origins[frame.origin[i]!]!)}`);
  }
  return lines;
}

function row(
  name: string,
  measured: string,
  twin: string,
  residual: string,
  unit: string,
  end: string,
): string {
  return `  ${name.padEnd(22)}${measured.padStart(10)}${twin.padStart(10)}${residual.padStart(10)}  ${unit.padEnd(8)}${end}`;
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? '–' : `${(ratio * 100).toFixed(1)} %`;
}

function number(value: number): string {
  return Number.isNaN(value) ? '–' : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toFixed(3);
}

function sources(health: Health): string[] {
  return health.sources.map((source) => {
    const rejected = Object.values(source.ledger.rejected).reduce((sum, count) => sum + count, 0);
    const link =
      source.link === 'up' ? colour('green', 'up') : colour('red', `${source.link} ${source.reason}`);
    return (
      `source ${bold(source.source.padEnd(8))} ${link}  ${source.ratePerS.toFixed(0)} samples/s  ` +
      `${clock(source)}  ${dim(`${source.ledger.received} received, ${rejected} rejected`)}`
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
    return `${frame.machine.id} ${frame.mode} divergence ${percent(frame.divergence)} ${outputs.join(', ')}`;
  });
  const rate = health.sources.reduce((sum, source) => sum + source.ratePerS, 0);
  return `tick ${health.ticks} ${machines.join(' | ')} | ${rate.toFixed(0)} samples/s, lateness p99 ${health.lateness.p99Ms.toFixed(1)} ms`;
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
