// The history among the parts that are started and stopped in order, and among those that hear what happens. It outlives
// all that gives it something.
import type { GatewayEvent } from '../ports/event.ts';
import type { Sink, TickResult } from '../ports.ts';
import type { Part } from './lifecycle.ts';
import type { PastAccount, SourceWatch } from './sources.ts';

interface Kept {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly ledger: readonly (PastAccount & { readonly source: string })[];
  event(event: GatewayEvent): void;
  tick(result: TickResult): void;
  forecast: Sink['forecast'];
  alarm: Sink['alarm'];
}

interface HistoryPartParts {
  readonly history: Kept;
  readonly reader: { stop(): Promise<void> };
  readonly watch: Pick<SourceWatch, 'resume'>;
  /** What a replay needs of the run: its last words. */
  readonly record: { end(): Promise<void> };
}

export function historyPart({ history, reader, watch, record }: HistoryPartParts): Part {
  let isOpen = false;
  return {
    name: 'history',
    async start() {
      await history.start();
      isOpen = true;
      for (const account of history.ledger) watch.resume(account.source, account);
    },
    async stop() {
      try {
        if (isOpen) await record.end();
      } finally {
        // The last connection that closes merges the log: the writer's.
        await reader.stop();
        await history.stop();
      }
    },
  };
}

/** What is told before the others have started is told when they have. */
export function createEarlyBox(tell: (event: GatewayEvent) => void) {
  let early: GatewayEvent[] | undefined = [];
  return {
    tell: (event: GatewayEvent): void => {
      if (early === undefined) tell(event);
      else early.push(event);
    },
    release: (): void => {
      const waiting = early ?? [];
      early = undefined;
      for (const event of waiting) tell(event);
    },
  };
}

/** Whoever hears what happens: a sink, for one. */
export type Listener = Pick<Sink, 'name' | 'tick' | 'event' | 'alarm' | 'health' | 'forecast' | 'deadLetter'>;

/** `begun`: ticks come, so that everybody is there. */
export function historyListener(history: Kept, begun: () => void): Listener {
  return {
    name: 'history',
    tick(result) {
      begun();
      history.tick(result);
    },
    event: (event) => history.event(event),
    forecast: (forecast) => history.forecast(forecast),
    alarm: (change) => history.alarm(change),
    health() {},
    deadLetter() {},
  };
}
