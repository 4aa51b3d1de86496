// What the broker missed, as messages: samples of a second of receipt, gaps, and the mark behind what is live. No I/O.
import { isGood } from '../../core/quality.ts';
import type { MissedGap, MissedSamples, MissedSignal } from '../../ports/catch-up.ts';
import { createByteText } from './byte-text.ts';
import { isoTime } from './encode.ts';

/** Each text is taken before the next begins. */
const text = createByteText();

export function encodeMissed(missed: MissedSamples): string {
  const { machine, seq, part, parts, fromMs, toMs, late, signals } = missed;
  const split = parts > 1 ? `,"part":${part},"parts":${parts}` : '';
  text.add(
    `{"v":1,"machine":${JSON.stringify(machine)},"seq":${seq}${split},"from":"${isoTime(fromMs)}","to":"${isoTime(toMs)}"` +
      `${late ? ',"late":true' : ''},"signals":{`,
  );
  for (const [i, signal] of signals.entries()) {
    if (i > 0) text.comma();
    addSignal(signal);
  }
  text.add('}}');
  return text.take();
}

/** Columns, in order of receipt. Without `quality` all are good; else each is an OPC UA status code, 0 for good. */
function addSignal({ name, timeMs, value, quality }: MissedSignal): void {
  text.add(`${JSON.stringify(name)}:{"time":[`);
  for (let i = 0; i < timeMs.length; i++) {
    if (i > 0) text.comma();
    text.time(timeMs[i]!);
  }
  text.add('],"value":[');
  for (let i = 0; i < value.length; i++) {
    if (i > 0) text.comma();
    text.value(value[i]!);
  }
  text.add(quality.every(isGood) ? ']}' : `],"quality":[${quality.join(',')}]}`);
}

export function encodeMissedGap({ machine, seq, fromMs, toMs, reason, samples }: MissedGap): string {
  const gap = { from: isoTime(fromMs), to: isoTime(toMs), reason, ...(samples > 0 && { samples }) };
  return JSON.stringify({ v: 1, machine, seq, gap });
}

export function encodeMark({ upToMs, liveMs }: { readonly upToMs: number; readonly liveMs: number }): string {
  return JSON.stringify({ v: 1, upTo: isoTime(upToMs), live: isoTime(liveMs) });
}
