// Says in the log that input of a source is refused, and shows one: counters and dead letters alone are seen by nobody.
import type { RejectReason } from '../core/sample.ts';
import type { DeadLetter } from '../ports/event.ts';
import type { Log } from '../ports.ts';

/** A repetition is nobody's mistake; a flood and a full disk are told of as such. */
const untold: ReadonlySet<RejectReason> = new Set(['duplicate', 'rate', 'inbox_full', 'disk_full', 'lost']);
/** Of one source and reason: so often at first, and as it goes on ever more rarely. */
const firstMs = 60_000;
const mostMs = 3_600_000;
const excerptMax = 200;

interface Refused {
  newest: DeadLetter;
  /** Since it was last told. */
  count: number;
  dueMs: number;
  waitMs: number;
}

export interface RejectNews {
  refused(letter: DeadLetter): void;
  /** Tells what is due. */
  look(timeMs: number): void;
}

export function createRejectNews(log: Log): RejectNews {
  const all = new Map<string, Refused>();
  let waiting = false;
  return {
    refused(letter) {
      const { source, reason, count = 1 } = letter;
      if (untold.has(reason)) return;
      const key = `${reason} ${source}`;
      const known = all.get(key);
      if (known === undefined) {
        all.set(key, { newest: letter, count, dueMs: Number.NEGATIVE_INFINITY, waitMs: firstMs });
      } else {
        known.newest = letter;
        known.count += count;
      }
      waiting = true;
    },
    look(timeMs) {
      if (!waiting) return;
      waiting = false;
      for (const one of all.values()) {
        if (one.count === 0) continue;
        if (timeMs < one.dueMs) {
          waiting = true;
          continue;
        }
        const { source, reason, excerpt } = one.newest;
        const fields = { source, reason, count: one.count, excerpt: excerpt.slice(0, excerptMax) };
        log.warn(fields, `source ${source}: input refused (${reason})`);
        one.count = 0;
        // It was quiet for as long as it had to be: news again.
        one.waitMs = timeMs > one.dueMs + one.waitMs ? firstMs : Math.min(mostMs, one.waitMs * 2);
        one.dueMs = timeMs + one.waitMs;
      }
    },
  };
}
