// What lies between the run before and this one: a time in which nothing was received; or, where the clock was set back,
// one that is of both.
import type { Log } from '../../ports.ts';
import type { Gather } from './gather.ts';

const lazyMs = 250;

/** `lastReceivedMs`: by the run before; NaN without one. */
export function notePause(gather: Gather, lastReceivedMs: number, nowMs: number, log: Log): void {
  if (lastReceivedMs < nowMs) {
    const gap = { fromMs: lastReceivedMs, toMs: nowMs, reason: 'stopped', samples: 0 } as const;
    gather.add(lazyMs, ({ gaps }) => gaps, gap);
  } else if (lastReceivedMs >= nowMs) {
    gather.add(lazyMs, ({ acts }) => acts, { tick: 0, kind: 'overlap', text: String(lastReceivedMs) });
    log.warn(
      { behindS: Math.ceil((lastReceivedMs - nowMs) / 1000) },
      'the clock is behind the last sample of the run before: until it has caught up, a replay cannot tell the two apart',
    );
  }
}
