// What subscribers see, as text: frames, single signals, events, dead letters, the status. No I/O, no clock.
// Frames are put together by hand, since they are made ten times a second for every machine.
import { type Frame, type MachineLayout, origins } from '../../core/frame.ts';
import { isGood, qualityName, qualityWord } from '../../core/quality.ts';
import type { DeadLetter, GatewayEvent } from '../../ports/event.ts';
import { sixDigits } from './digits.ts';

const excerptBytes = 1024;

/** An encoder for the frames of one machine: everything that does not change is text already. */
export function createFrameEncoder(machine: MachineLayout): (frame: Frame) => string {
  const head = `{"v":1,"machine":${JSON.stringify(machine.id)},"tick":`;
  const lag = `,"lagMs":${machine.lagMs},"mode":"`;
  const names = machine.signals.map(({ name }) => JSON.stringify(name));
  const behaviours = (machine.model.behaviour?.names ?? []).map(
    (name) => `,"behaviour":${JSON.stringify(name)}`,
  );
  const outputs = machine.model.outputs.map(({ name }) => JSON.stringify(name));
  return (frame) =>
    `${head}${frame.tick},"time":"${isoTime(frame.timeMs)}"${lag}${frame.mode}"${behaviours[frame.behaviour] ?? ''}${missingPart(names, frame)}` +
    `,"signals":{${names.map((name, i) => signalEntry(name, frame, i)).join(',')}}` +
    `,"twin":{${outputs.map((name, i) => twinEntry(name, frame, i)).join(',')}}` +
    `,"residuals":{${outputs.map((name, i) => `${name}:${sixDigits(frame.residual[i]!)}`).join(',')}}` +
    `,"divergence":${sixDigits(frame.divergence)}}`;
}

/** What keeps the twin offline; absent when nothing does. */
function missingPart(names: readonly string[], { missing }: Frame): string {
  if (!missing.includes(1)) return '';
  return `,"missing":[${names.filter((_, i) => missing[i] === 1).join(',')}]`;
}

function signalEntry(name: string, frame: Frame, i: number): string {
  const origin = origins[frame.origin[i]!];
  const ageMs = sixDigits(Math.round(frame.ageMs[i]!));
  const value = sixDigits(frame.value[i]!);
  return `${name}:{"value":${value},${qualityPart(frame.quality[i]!)},"origin":"${origin}","ageMs":${ageMs}}`;
}

function twinEntry(name: string, frame: Frame, i: number): string {
  return `${name}:{"value":${sixDigits(frame.twin[i]!)},"sigma":${sixDigits(frame.sigma[i]!)}}`;
}

function qualityPart(code: number): string {
  return isGood(code) ? '"quality":"good"' : `"quality":"${qualityWord(code)}","code":"${qualityName(code)}"`;
}

/** One signal for those who bind one topic to one display. */
export function encodeSignal(value: number, quality: number, timeMs: number): string {
  return `{"value":${sixDigits(value)},${qualityPart(quality)},"time":"${isoTime(timeMs)}"}`;
}

export function eventTopic(root: string, { machine }: GatewayEvent): string {
  return machine === undefined ? `${root}/event` : `${root}/${machine}/event`;
}

export function encodeEvent(event: GatewayEvent): string {
  const { kind, timeMs, machine, source, text, details } = event;
  return JSON.stringify({ v: 1, kind, time: isoTime(timeMs), machine, source, text, details });
}

export function encodeDeadLetter({ source, reason, timeMs, excerpt }: DeadLetter): string {
  return JSON.stringify({ v: 1, source, reason, time: isoTime(timeMs), excerpt: printable(excerpt) });
}

/** `sinceMs` is unknown for a last will: it is written long before the loss. */
export function encodeStatus(
  state: 'online' | 'offline',
  sinceMs: number | undefined,
  version: string,
): string {
  return JSON.stringify({ state, since: sinceMs === undefined ? null : isoTime(sinceMs), version });
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** At most 1 KiB of UTF-8; control characters, lone surrogates and undecodable bytes are written out. */
function printable(text: string): string {
  const shown = text
    .slice(0, excerptBytes)
    .replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/\p{Cs}|\ufffd/gu, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  const bytes = Buffer.from(shown);
  if (bytes.length <= excerptBytes) return shown;
  let end = excerptBytes;
  // Not within a character: continuation bytes are 10xxxxxx.
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
