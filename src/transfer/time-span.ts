// From when to when, as people say it: `2026-03-02T08:00`, `2026-03-02`, `-24h`, `now`. Pure but for the time of now it is given.
import { readMoment } from '../formats/time.ts';

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d|w)$/;

/** `100ms`, `1.5s`, `2h`; NaN when it is none. */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = durationPattern.exec(text.trim()) ?? [];
  return count === '' ? Number.NaN : Number(count) * unitMs[unit]!;
}

/** Earlier no calendar goes. */
const earliestMs = -8.64e15;

/** Without a zone it is in UTC. NaN when it is no moment. */
export function momentMs(text: string, nowMs: number): number {
  const word = text.trim();
  if (word === 'now') return nowMs;
  if (!word.startsWith('-')) return readMoment(word, 0);
  const timeMs = nowMs - durationMs(word.slice(1));
  return timeMs >= earliestMs ? timeMs : Number.NaN;
}

/** `2 h`, `90 s`: the largest unit that leaves no more than a digit behind the point. */
export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  for (const [unit, size] of units)
    if (ms >= size) return `${Number((ms / size).toFixed(ms / size < 10 ? 1 : 0))} ${unit}`;
  return `${Math.round(ms)} ms`;
}
