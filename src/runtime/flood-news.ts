// Says when a source begins to send more than it may, and when that is over: counters alone are seen by nobody.

import type { GatewayEvent } from '../ports/event.ts';
import type { Clock } from '../ports.ts';
import type { Ledger } from './ledger.ts';

/** Calm for so long, a flood is over. */
const calmMs = 10_000;

export interface FloodNews {
  /** What an earlier run refused is no news. */
  resume(source: string, ledger: Ledger): void;
  look(source: string, ledger: Ledger, emit: (event: GatewayEvent) => void): void;
}

interface Flood {
  readonly sinceMs: number;
  readonly before: number;
  refused: number;
  lastMs: number;
}

export function createFloodNews(clock: Clock): FloodNews {
  const floods = new Map<string, Flood>();
  const seen = new Map<string, number>();
  return {
    resume: (source, ledger) => void seen.set(source, refusedOf(ledger)),
    look(source, ledger, emit) {
      const refused = refusedOf(ledger);
      const before = seen.get(source) ?? 0;
      seen.set(source, refused);
      const nowMs = clock.monotonicMs();
      const flood = floods.get(source);
      if (refused > before) {
        if (flood === undefined) {
          floods.set(source, { sinceMs: nowMs, before, refused, lastMs: nowMs });
          const text = `source ${source} sends more than it may; what is too much is refused`;
          emit({ kind: 'flooded', source, timeMs: clock.nowMs(), text, details: { over: 'no' } });
        } else {
          flood.refused = refused;
          flood.lastMs = nowMs;
        }
      } else if (flood !== undefined && nowMs - flood.lastMs >= calmMs) {
        floods.delete(source);
        const count = flood.refused - flood.before;
        const forS = Math.max(1, Math.round((flood.lastMs - flood.sinceMs) / 1000));
        const text = `source ${source} keeps to its limit again; ${count} samples were refused in ${forS} s`;
        emit({
          kind: 'flooded',
          source,
          timeMs: clock.nowMs(),
          text,
          details: { over: 'yes', refused: count, forS },
        });
      }
    },
  };
}

function refusedOf({ rejected }: Ledger): number {
  return rejected.rate + rejected.inbox_full;
}
