// Both halves of a source on a thread, hosted on this one: the same messages over a real channel, and a reader that a
// test can hold up.
import { MessageChannel } from 'node:worker_threads';
import type { Feed, Log, Source } from '../../../src/ports.ts';
import type { Spawn } from '../../../src/runtime/thread/life.ts';
import type { Batch, FromFar } from '../../../src/runtime/thread/message.ts';
import type { Room } from '../../../src/runtime/thread/rows.ts';
import { serveSource } from '../../../src/runtime/thread/serve.ts';
import { createThreadSource } from '../../../src/runtime/thread/thread-source.ts';
import { keptLog } from '../../silent-log.ts';

/** A source that does what the test says, when it says it. */
export interface Puppet extends Source {
  /** What it was started with. */
  feed(): Feed;
  readonly log: Log;
  link: 'stopped' | 'connecting' | 'up' | 'down';
}

export interface Hosted {
  readonly source: Source;
  readonly puppet: Puppet;
  readonly log: ReturnType<typeof keptLog>;
  readonly batches: Batch[];
  /** From now on nothing that the far half sends is read; then all of it. */
  readonly hold: () => void;
  readonly release: () => void;
}

export interface HostOptions {
  readonly room?: Room;
  readonly tagsMax?: number;
  readonly nowMs?: () => number;
  readonly start?: (feed: Feed) => Promise<void>;
  readonly stop?: (feed: Feed | undefined) => Promise<void>;
}

export function host(options: HostOptions = {}): Hosted {
  const { room, tagsMax = 1000, nowMs = Date.now, start, stop } = options;
  const batches: Batch[] = [];
  const held: FromFar[] = [];
  let holding = false;
  let pass: (message: FromFar) => void = () => {};
  const log = keptLog();
  let puppet: Puppet | undefined;
  const spawn: Spawn = (events) => {
    const { port1, port2 } = new MessageChannel();
    serveSource(port2, { tagsMax, ...(room === undefined ? {} : { room }) }, (parts) => {
      puppet = createPuppet(parts.log, start, stop);
      return puppet;
    });
    pass = (message) => {
      if (message.kind === 'batch') batches.push(message);
      events.message(message);
    };
    port1.on('message', (message: FromFar) => {
      if (holding) held.push(message);
      else pass(message);
    });
    return {
      post: (message, transfer = []) => port1.postMessage(message, transfer),
      async end() {
        port1.close();
      },
    };
  };
  const clock = { nowMs, monotonicMs: () => performance.now() };
  const source = createThreadSource('far', { spawn, clock, log, stopMs: 5_000 });
  return {
    source,
    log,
    batches,
    get puppet() {
      return puppet!;
    },
    hold() {
      holding = true;
    },
    release() {
      holding = false;
      for (const message of held.splice(0)) pass(message);
    },
  };
}

function createPuppet(log: Log, start: HostOptions['start'], stop: HostOptions['stop']): Puppet {
  let feed: Feed | undefined;
  const puppet: Puppet = {
    name: 'far',
    log,
    link: 'stopped',
    feed: () => feed!,
    async start(given) {
      feed = given;
      puppet.link = 'connecting';
      await start?.(given);
    },
    async stop() {
      await stop?.(feed);
      puppet.link = 'stopped';
    },
    health: () => ({ link: puppet.link, reason: puppet.link === 'down' ? 'the puppet says so' : '' }),
  };
  return puppet;
}

/** A feed that keeps every call in order. */
export function callsFeed(committed: Feed['committed'] = () => undefined): Feed & { calls: unknown[][] } {
  const calls: unknown[][] = [];
  const names: string[] = [];
  const keep = (...words: unknown[]) => calls.push(words) > 0;
  return {
    calls,
    tag(spec) {
      if (!names.includes(spec.name)) calls.push(['tag', spec.name]);
      return names.includes(spec.name) ? names.indexOf(spec.name) : names.push(spec.name) - 1;
    },
    push: (...words) => keep('push', ...words),
    pushExact: (...words) => keep('exact', ...words),
    peerClock: (...words) => void keep('clock', ...words),
    reject: (...words) => void keep('reject', ...words),
    remark: (...words) => void keep('remark', ...words),
    committed,
    nowMs: Date.now,
  };
}
