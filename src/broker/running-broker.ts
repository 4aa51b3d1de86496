// The embedded broker while it runs: aedes, its store, its ports and its connections, wired together.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { Aedes, type Client } from 'aedes';
import type { StoredPacket } from 'aedes-persistence-level';
import type { ClassicLevel } from 'classic-level';
import type { Clock, Log, PublishOptions } from '../ports.ts';
import { type Acl, createAcl } from './acl.ts';
import { clientById, numbering, refreshKeepalive, setMemory } from './aedes-client.ts';
import { Connection } from './connection.ts';
import { createFanOut, type FanOut } from './fan-out.ts';
import { createHooks, type HookOptions } from './hooks.ts';
import { openLevelStore } from './level-store.ts';
import { type Listeners, openListeners } from './listeners.ts';
import { type Credentials, createLogin } from './login.ts';
import { loadPersistence, type Persistence } from './persistence.ts';
import type { Router } from './router.ts';
import { isLoopback } from './safety.ts';
import type { EmbeddedBrokerConfig } from './schema.ts';
import { reasonOf, type Tally } from './tally.ts';
import { createTurns } from './turns.ts';

export interface RunningBrokerOptions {
  readonly stateDir: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly protect: readonly string[];
  readonly router: Router;
  readonly tally: Tally;
}

/** Connections that have not logged in yet, beyond the clients allowed. */
const KNOCKING_MAX = 64;
const EXPIRY_MS = 3_600_000;
/**
 * aedes publishes last wills of broker processes whose heart stopped, by the wall clock: a clock that is set
 * forward would kill all clients. We publish those of an earlier process ourselves, at start.
 */
const HEARTBEAT_MS = 500_000_000;

interface Parts {
  readonly db: ClassicLevel;
  readonly persistence: Persistence;
  readonly acl: Acl;
  readonly connections: WeakMap<object, Connection>;
}

export class RunningBroker {
  readonly persistence: Persistence;
  readonly #parts: Parts;
  readonly #config: EmbeddedBrokerConfig;
  readonly #options: RunningBrokerOptions;
  readonly #fanOut: FanOut;
  readonly #aedes: Aedes;
  readonly #sockets = new WeakMap<Connection, Socket>();
  readonly #open = new Set<Connection>();
  readonly #takeTurn = createTurns();
  #listeners: Listeners | undefined;
  #expiry: NodeJS.Timeout | undefined;

  static async open(config: EmbeddedBrokerConfig, options: RunningBrokerOptions): Promise<RunningBroker> {
    const acl = createAcl(options.protect);
    const connections = new WeakMap<object, Connection>();
    const parts = await openLevelStore(options, async (db) => {
      const persistence = await loadPersistence(db, {
        ...config.limits,
        clock: options.clock,
        log: options.log,
        changed: () => options.router.changed(),
        granted: (client, filter) => connections.get(client)?.filters.has(filter) ?? false,
      });
      return { db, persistence, acl, connections };
    });
    const broker = new RunningBroker(parts, config, options);
    await broker.#aedes.listen();
    broker.#watch();
    return broker;
  }

  private constructor(parts: Parts, config: EmbeddedBrokerConfig, options: RunningBrokerOptions) {
    const { limits } = config;
    this.#parts = parts;
    this.persistence = parts.persistence;
    this.#config = config;
    this.#options = options;
    this.#fanOut = createFanOut(() => options.router.changed());
    this.#aedes = new Aedes({
      // Sorts by time: messages queued by an earlier process come before those of this one.
      id: `gemel-${Math.trunc(options.clock.nowMs()).toString(36).padStart(10, '0')}`,
      mq: this.#fanOut,
      persistence: parts.persistence.aedes,
      heartbeatInterval: HEARTBEAT_MS,
      connectTimeout: limits.connectTimeoutS * 1000,
      drainTimeout: limits.drainTimeoutS * 1000,
      keepaliveLimit: limits.keepaliveS,
      maxInflightInbound: limits.inflight,
      maxTopicLevels: limits.topicLevels,
      ...createHooks(this.#hookOptions()),
    });
  }

  get clients(): number {
    return this.#aedes.connectedClients;
  }

  get connections(): number {
    return this.#open.size;
  }

  get ports(): { readonly port: number; readonly websocketPort: number | undefined } | undefined {
    return this.#listeners;
  }

  /** Whether a subscriber or the session of an absent one wants this topic. */
  wants(topic: string): boolean {
    return this.#fanOut.wants(topic) || this.persistence.sessions.wants(topic);
  }

  async listen(tls: TlsOptions | undefined): Promise<void> {
    const { log, tally } = this.#options;
    await this.#publishOrphanedWills();
    this.#listeners = await openListeners({
      host: this.#config.host,
      port: this.#config.port,
      websocketPort: this.#config.websocketPort,
      tls,
      packetBytes: this.#config.limits.packetBytes,
      accept: (conn, socket) => this.#accept(conn, socket),
      refused: (why) => tally.refused[why]++,
      failed: (error) => log.error({ error: error.message }, 'the broker could not accept a connection'),
    });
    this.#expire();
    this.#expiry = setInterval(() => this.#expire(), EXPIRY_MS).unref();
  }

  publish(
    topic: string,
    payload: Buffer,
    { qos, retain }: PublishOptions,
    done: (error?: Error) => void,
  ): void {
    // Our own messages are one origin: a stored one that a later one overtook would count as a duplicate.
    this.#takeTurn((end) => {
      this.#aedes.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, (error) => {
        done(error);
        end();
      });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#expiry);
    const closing = this.#listeners?.close();
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    for (const { conn } of this.#open) conn.destroy();
    await closing;
    await this.#parts.db.close();
  }

  /** Of clients that an earlier process had when it was killed. */
  async #publishOrphanedWills(): Promise<void> {
    const { aedes } = this.persistence;
    const { router } = this.#options;
    for await (const will of aedes.streamWill({}) as AsyncIterable<StoredPacket & { clientId: string }>) {
      const { topic, payload, qos, retain } = will;
      router.deliver(router.route(topic), payload, false)?.catch(() => {});
      await new Promise<void>((resolve) => {
        this.#aedes.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, () => resolve());
      });
      await aedes.delWill({ id: will.clientId });
    }
  }

  #hookOptions(): HookOptions {
    const { log, clock, router, tally } = this.#options;
    const { limits, users, tls, allowInsecure } = this.#config;
    return {
      login: createLogin({
        users,
        certificates: tls?.clientCa !== undefined,
        anonymousAnywhere: allowInsecure,
        clock,
      }),
      acl: this.#parts.acl,
      router,
      tally,
      log,
      persistence: this.persistence,
      topicLevels: limits.topicLevels,
      outputBytes: limits.outputBytesPerClient,
      connectionOf: (client) => this.#parts.connections.get(client),
      credentialsOf: (connection, username, password) => this.#credentials(connection, username, password),
      room: (id) =>
        this.#aedes.connectedClients < limits.clients || clientById(this.#aedes, id) !== undefined,
      numbering: () => numbering(this.#aedes),
    };
  }

  #accept(conn: Duplex, socket: Socket): void {
    const { limits } = this.#config;
    const { clock, router, tally } = this.#options;
    if (this.#open.size >= limits.clients + KNOCKING_MAX) {
      tally.refused.clients++;
      conn.on('error', () => {});
      conn.destroy();
      return;
    }
    const connection = new Connection(conn, {
      ...limits,
      outputBytes: limits.outputBytesPerClient,
      clock,
      acl: this.#parts.acl,
      router,
      tally,
      alive: () => refreshKeepalive(client),
    });
    const client = this.#aedes.handle(conn);
    this.#parts.connections.set(client, connection);
    this.#sockets.set(connection, socket);
    this.#open.add(connection);
    setMemory(client, this.#fanOut.memory());
    conn.once('close', () => {
      this.#open.delete(connection);
      if (!connection.ready) connection.count(connection.spoke ? 'malformed' : 'silent');
      connection.end();
    });
  }

  #credentials(
    connection: Connection,
    username: string | undefined,
    password: Buffer | undefined,
  ): Credentials {
    const socket = this.#sockets.get(connection) as Socket & Partial<TLSSocket>;
    const address = socket.remoteAddress ?? '';
    const name = socket.authorized === true ? socket.getPeerCertificate?.().subject?.CN : undefined;
    return {
      address,
      loopback: isLoopback(address),
      certificateName: typeof name === 'string' ? name : undefined,
      username: username ?? undefined,
      password: password ?? undefined,
    };
  }

  #watch(): void {
    const { log } = this.#options;
    const { connections } = this.#parts;
    const failed = (client: Client, error: Error): void => {
      const reason = reasonOf(error);
      if (reason !== undefined) connections.get(client)?.count(reason);
      log.debug({ clientId: client.id, error: error.message }, 'a client connection failed');
    };
    this.#aedes.on('clientReady', (client) => {
      connections.get(client)?.connected();
      this.#touch(client);
    });
    this.#aedes.on('unsubscribe', (filters, client) => {
      for (const filter of filters) connections.get(client)?.filters.delete(filter);
    });
    this.#aedes.on('clientDisconnect', (client) => this.#touch(client));
    this.#aedes.on('clientError', failed);
    this.#aedes.on('connectionError', failed);
    (this.#aedes as NodeJS.EventEmitter).on('error', (error: Error) => {
      log.error({ error: error.message }, 'the broker could not store a message');
    });
  }

  #touch(client: Client): void {
    if (client.clean) return;
    const owner = this.#parts.connections.get(client)?.principal?.name ?? '';
    this.persistence.touch(client.id, owner).catch((error: Error) => {
      if (this.#aedes.closed) return;
      this.#options.log.warn({ clientId: client.id, error: error.message }, 'a session was not recorded');
    });
  }

  #expire(): void {
    this.persistence
      .expire((clientId) => clientById(this.#aedes, clientId) !== undefined)
      .catch((error: Error) => {
        this.#options.log.warn({ error: error.message }, 'old sessions could not be removed');
      });
  }
}
