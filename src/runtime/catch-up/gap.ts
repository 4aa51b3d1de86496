// Where history itself has nothing: told to each machine's listeners, so that silence is not taken for a standstill.

import type { MissedGap } from '../../ports/catch-up.ts';
import type { HistoryGap, TimeRange } from '../../ports/history.ts';
import { windowMs } from './windows.ts';

/**
 * Those that begin in the range, and with `fromBefore` those that reach into it. Their place among the samples is the
 * second in which they begin.
 */
export function gapsToTell(
  gaps: readonly HistoryGap[],
  range: TimeRange,
  fromBefore: boolean,
  machines: readonly string[],
): MissedGap[] {
  return gaps
    .filter(({ fromMs, toMs }) => toMs > range.fromMs && fromMs < range.toMs)
    .filter(({ fromMs }) => fromMs >= range.fromMs || fromBefore)
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .flatMap(({ fromMs, toMs, reason, samples }) => {
      const seq = Math.floor(Math.max(fromMs, range.fromMs) / windowMs);
      return machines.map((machine) => ({ machine, seq, fromMs, toMs, reason, samples }));
    });
}

/** What is not caught up with any more. */
export function tooOld({ fromMs, toMs }: TimeRange, machines: readonly string[]): MissedGap[] {
  const seq = Math.floor(fromMs / windowMs);
  return machines.map((machine) => ({ machine, seq, fromMs, toMs, reason: 'too_old', samples: 0 }));
}
