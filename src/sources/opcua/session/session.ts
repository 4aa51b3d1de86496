// One life of an OPC UA session: connect, subscribe, deliver until it is lost. It never reconnects by itself;
// `source.ts` owns that, and the library's own attempts are switched off.
import type { ClientSession, ClientSubscription } from 'node-opcua-client';
import type { Library } from '../library.ts';
import type { OpcuaSourceConfig } from '../schema.ts';
import { type ConnectionParts, openConnection } from './connection.ts';
import { type ServerClock, startServerClock } from './server-clock.ts';
import type { SessionEvents } from './session-events.ts';

/** A session is asked for its time at least this often, which also keeps it. */
const clockEveryMs = 5_000;
const keepAliveMsMax = 5_000;
const lifetimesPerKeepAlive = 4;

export interface OpcuaSession {
  /** Resolves when every node has been asked for; rejects when that cannot be. */
  readonly ready: Promise<void>;
  /** Also before `ready`. Nothing is delivered after the call. As `Connection.close`. */
  close(dead: boolean): Promise<ClientSession | undefined>;
}

export interface SessionParts extends ConnectionParts {
  /** Gateway time. */
  readonly nowMs: () => number;
  /** Asks for the nodes, and resolves when each has been answered for. */
  readonly monitor: (
    library: Library,
    session: ClientSession,
    subscription: ClientSubscription,
    events: SessionEvents,
  ) => Promise<Monitoring>;
}

/** Asks on behalf of the nodes while the session lives. */
export interface Monitoring {
  end(): void;
}

export function openSession(parts: SessionParts, events: SessionEvents): OpcuaSession {
  const { library, config, nowMs } = parts;
  let over = false;
  let clock: ServerClock | undefined;
  let monitoring: Monitoring | undefined;
  let serverMs = Number.NaN;
  const guarded = guard(
    events,
    () => over,
    () => serverMs,
  );
  const connection = openConnection(parts, {
    ...guarded,
    onServerTime(timeMs) {
      serverMs = timeMs;
      clock?.onServerTime(timeMs);
    },
  });
  const open = async () => {
    const session = await connection.session;
    if (over) return;
    // Before the first value, so that what comes out of the server's history at once has its right place in time.
    clock = startServerClock({
      library,
      session,
      everyMs: Math.min(clockEveryMs, (config.silenceS * 1000) / 4),
      nowMs,
      onSample: guarded.onServerClock,
    });
    const subscription = await subscribe(library, session, config, guarded);
    monitoring = await parts.monitor(library, session, subscription, guarded);
    if (over) monitoring.end();
  };
  return {
    ready: open(),
    close(dead) {
      over = true;
      clock?.end();
      monitoring?.end();
      return connection.close(dead);
    },
  };
}

/** The library goes on emitting while it is taken down; nobody is to hear that. */
function guard(events: SessionEvents, isOver: () => boolean, serverMs: () => number): SessionEvents {
  return {
    ...events,
    onValue: (index, value) => isOver() || events.onValue(index, value),
    // Some servers leave its time out (1601): the head of the answer that brought it has one.
    onMessage: (publishMs) => isOver() || events.onMessage(publishMs > 0 ? publishMs : serverMs()),
    onMessageEnd: () => isOver() || events.onMessageEnd(),
    onRefused: (index, status) => isOver() || events.onRefused(index, status),
    onGap: () => isOver() || events.onGap(),
    onHistory: (index, values) => isOver() || events.onHistory(index, values),
    onHeard: () => isOver() || events.onHeard(),
    onPublished: (keepAliveMs) => isOver() || events.onPublished(keepAliveMs),
    onServerClock: (sentMs, peerMs, receivedMs) =>
      isOver() || events.onServerClock(sentMs, peerMs, receivedMs),
    onRemark: (text) => isOver() || events.onRemark(text),
    onLost: (why) => isOver() || events.onLost(why),
  };
}

async function subscribe(
  library: Library,
  session: ClientSession,
  { publishingMs, silenceS, confirmMs }: OpcuaSourceConfig,
  events: SessionEvents,
): Promise<ClientSubscription> {
  // Three keep-alives fit into the silence that is taken for a loss.
  const aliveMs = Math.min((silenceS * 1000) / 3, keepAliveMsMax);
  // Each says that what does not change is as it was.
  const keepAliveMs = confirmMs === 0 ? aliveMs : Math.min(aliveMs, confirmMs);
  // The library would throw when a server publishes too rarely for the session; that is mended below.
  library.ClientSubscription.ignoreNextWarning = true;
  const limits = (everyMs: number) => {
    const count = Math.max(1, Math.floor(keepAliveMs / everyMs));
    const lifetime = Math.max(3 * count, Math.ceil((aliveMs * lifetimesPerKeepAlive) / everyMs));
    return { requestedMaxKeepAliveCount: count, requestedLifetimeCount: lifetime };
  };
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishingMs,
    ...limits(publishingMs),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  // A server that publishes less often than asked for would be silent for that much longer.
  if (subscription.publishingInterval > publishingMs) {
    await subscription.modify(limits(subscription.publishingInterval)).catch(() => {});
  }
  const published = () =>
    events.onPublished(subscription.publishingInterval * subscription.maxKeepAliveCount);
  published();
  subscription.on('keepalive', published);
  subscription.on('received_notifications', published);
  subscription.on('terminated', () => events.onLost('the server ended the subscription'));
  subscription.on('status_changed', (status) =>
    events.onLost(`the server ended the subscription (${status.name})`),
  );
  subscription.on('error', (error) => events.onLost(`the subscription failed: ${error.message}`));
  return subscription;
}
