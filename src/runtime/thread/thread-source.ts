// A source whose work is done on a thread of its own: to the gateway a source like any other. When the thread dies, it
// is this source that is down, and the only one; it is started again, ever more rarely, and the gateway ticks on.
import { setTimeout as wait } from 'node:timers/promises';
import type { Feed, Source, SourceHealth } from '../../ports.ts';
import { createLife, type Life, type LifeParts } from './life.ts';

export interface ThreadSourceParts extends Omit<LifeParts, 'silenceMs'> {
  /** Longest stop of a part; the thread is ended in the middle of its own a little before. */
  readonly stopMs: number;
  readonly silenceMs?: number;
  readonly backoff?: Backoff;
}

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

const stopped: SourceHealth = { link: 'stopped', reason: '' };
const connecting: SourceHealth = { link: 'connecting', reason: '' };
const shareOfStop = 0.8;
const defaultSilenceMs = 15_000;
const defaultBackoff: Backoff = { minMs: 1_000, maxMs: 60_000 };

export function createThreadSource(name: string, parts: ThreadSourceParts): Source {
  const { log, stopMs, silenceMs = defaultSilenceMs, backoff = defaultBackoff } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Of this side, as long as the other has said nothing. */
  let own = stopped;
  let life: Life | undefined;
  let running: Promise<void> = Promise.resolve();
  const open = () => createLife({ ...parts, silenceMs });

  const keep = async (feed: Feed) => {
    let failures = 0;
    for (let now = life; now !== undefined; now = life) {
      const fromMs = performance.now();
      const why = await now.over;
      if (signal.aborted) return;
      own = downFor(why, now.health);
      life = undefined;
      await now.end(true);
      failures = performance.now() - fromMs > backoff.maxMs ? 1 : failures + 1;
      const againInMs = Math.min(backoff.maxMs, backoff.minMs * 2 ** (failures - 1));
      log.error({ source: name, reason: own.reason, againInMs }, `source ${name}: ${own.reason}`);
      await wait(againInMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      life = open();
      // Why it failed is why it is over.
      await life.start(feed).catch(() => {});
    }
  };
  return {
    name,
    async prepare() {
      life ??= open();
      await life.ready;
    },
    async start(feed) {
      if (signal.aborted) return;
      own = connecting;
      life ??= open();
      const first = life;
      try {
        await first.start(feed);
      } catch (error) {
        life = undefined;
        own = stopped;
        await first.end(false);
        throw error;
      }
      if (!signal.aborted) running = keep(feed);
    },
    async stop() {
      stopping.abort();
      const last = life;
      last?.askToStop();
      if (last !== undefined && !(await isWithin(last.over, stopMs * shareOfStop))) {
        log.warn({ source: name, stopMs }, `source ${name}: its thread did not stop in time and was ended`);
      }
      await last?.end(false);
      await running;
      life = undefined;
      own = stopped;
    },
    health: () => life?.health ?? own,
  };
}

/** With less protection than it should have it stays until it says otherwise. */
function downFor(why = 'it left by itself', before?: SourceHealth): SourceHealth {
  const reason = `its thread ended: ${why}`;
  return { link: 'down', reason, ...(before?.insecure === true ? { insecure: true } : {}) };
}

async function isWithin(end: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const waiting = new AbortController();
  const late = wait(deadlineMs, 'late', { signal: waiting.signal }).catch(() => 'aborted');
  const first = await Promise.race([end.then(() => 'over'), late]);
  waiting.abort();
  return first === 'over';
}
