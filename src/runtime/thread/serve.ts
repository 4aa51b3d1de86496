// The far half: runs a source where it is, and talks to the gateway over a port. Knows nothing of the source but
// that it is one; decides nothing.
import type { Clock, Log, Source, SourceHealth } from '../../ports.ts';
import { failureOf } from './failure.ts';
import { createFarClock } from './far-clock.ts';
import { createFarFeed } from './far-feed.ts';
import { createFarLog } from './far-log.ts';
import type { FromFar, ToFar } from './message.ts';
import { createOutgoing } from './outgoing.ts';
import type { Room } from './rows.ts';

/** A `MessagePort` is one. */
export interface FarPort {
  postMessage(message: FromFar, transfer?: ArrayBuffer[]): void;
  on(event: 'message', listener: (message: ToFar) => void): unknown;
}

export interface ServeOptions {
  /** As many tags as the gateway will take of this source. */
  readonly tagsMax: number;
  readonly room?: Room;
}

/** How often its health is looked at, besides whenever it did something. */
const lookEveryMs = 100;

export function serveSource(
  port: FarPort,
  { tagsMax, room }: ServeOptions,
  create: (parts: { clock: Clock; log: Log }) => Source,
): void {
  let told: SourceHealth = { link: 'stopped', reason: '' };
  const look = () => {
    const health = source.health();
    const { link, reason, insecure } = health;
    if (link === told.link && reason === told.reason && insecure === told.insecure) return;
    told = health;
    out.health(health);
  };
  const out = createOutgoing(
    (batch, transfer) => port.postMessage(batch, transfer),
    room,
    (flush) =>
      void setImmediate(() => {
        // With what it did comes what became of it.
        look();
        flush();
      }),
  );
  const clock = createFarClock();
  const feed = createFarFeed(out, tagsMax, () => clock.nowMs());
  const source = create({ clock, log: createFarLog((line) => out.line(line)) });
  const looking = setInterval(look, lookEveryMs);
  const conduct = createConduct(
    port,
    source,
    () => source.start(feed),
    async () => {
      clearInterval(looking);
      look();
      await out.drained();
    },
  );
  port.on('message', (message) => {
    if (message.kind === 'start') conduct.start();
    else if (message.kind === 'stop') conduct.stop();
    else if (message.kind === 'back') out.back(message.buffer);
    else if (message.kind === 'safe') feed.safe(message.id);
    else if (message.kind === 'known') feed.known(message.lastMs);
    else {
      clock.follow(message.time);
      port.postMessage({ kind: 'alive' });
    }
  });
}

/** Prepared at once, started when asked, stopped at any time; what fails there is an end of the thread. */
function createConduct(port: FarPort, source: Source, start: () => Promise<void>, rest: () => Promise<void>) {
  let stopping = false;
  const prepared = (async () => {
    await source.prepare?.();
    port.postMessage({ kind: 'ready' });
  })();
  const begin = async () => {
    await prepared;
    if (stopping) return;
    try {
      await start();
      port.postMessage({ kind: 'started' });
    } catch (error) {
      port.postMessage({ kind: 'started', failure: failureOf(error) });
    }
  };
  const end = async () => {
    stopping = true;
    await source.stop();
    await rest();
    port.postMessage({ kind: 'ended' });
  };
  return { start: () => void begin(), stop: () => void end() };
}
