// The embedded broker while it runs: aedes, its store, its ports and its connections, wired together.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { Aedes, type Client } from 'aedes';
import type { ClassicLevel } from 'classic-level';
import type { Clock, Log, PublishOptions } from '../ports.ts';
import { type Acl, createAcl } from './acl.ts';
import { clientById, numbering, refreshKeepalive } from './aedes-client.ts';
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
import type { RefusalReason, Tally } from './tally.ts';

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
/** After a crash, last wills of the clients that are gone are published about four of these later. */
const HEARTBEAT_MS = 5_000;

export class RunningBroker {
  readonly persistence: Persistence;
  readonly #db: ClassicLevel;
  readonly #config: EmbeddedBrokerConfig;
  readonly #options: RunningBrokerOptions;
  readonly #acl: Acl;
  readonly #fanOut: FanOut;
  readonly #connections = new WeakMap<Client, Connection>();
  readonly #sockets = new WeakMap<Connection, Socket>();
  readonly #open = new Set<Connection>();
  #aedes!: Aedes;
  #listeners: Listeners | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #closing = false;

  static async open(config: EmbeddedBrokerConfig, options: RunningBrokerOptions): Promise<RunningBroker> {
    const acl = createAcl(options.protect);
    const owners = new WeakMap<object, Connection>();
    const broker = await openLevelStore(options, async (db) => {
      const persistence = await loadPersistence(db, {
        ...config.limits,
        clock: options.clock,
        log: options.log,
        changed: () => options.router.changed(),
        maySubscribe: (client, filter) => {
          const who = owners.get(client)?.principal;
          return who !== undefined && acl.maySubscribe(who, filter);
        },
      });
      return new RunningBroker(db, persistence, acl, config, options);
    });
    await broker.#begin(owners);
    return broker;
  }

  private constructor(
    db: ClassicLevel,
    persistence: Persistence,
    acl: Acl,
    config: EmbeddedBrokerConfig,
    options: RunningBrokerOptions,
  ) {
    this.#db = db;
    this.persistence = persistence;
    this.#acl = acl;
    this.#config = config;
    this.#options = options;
    this.#fanOut = createFanOut(() => options.router.changed());
  }
}
