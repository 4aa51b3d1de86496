// One life of an OPC UA session: connect, subscribe, deliver until it is lost. It never reconnects by itself;
// `source.ts` owns that, and the library's own attempts are switched off.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSession, ClientSubscription, OPCUAClient, UserIdentityInfo } from 'node-opcua-client';
import { monitorAll } from './items.ts';
import type { Library } from './library.ts';
import type { OpcuaSourceConfig } from './schema.ts';
import type { SessionEvents } from './session-events.ts';

const applicationName = 'gemel';
const transportTimeoutMs = 10_000;
const sessionTimeoutMs = 60_000;
const closeDeadlineMs = 2_000;
/** Either side allocates a whole chunk for each message; the library's 640 KiB kept both collecting garbage. */
const chunkBytes = 65_536;
export interface OpcuaSession {
  /** Resolves when every node has been asked for; rejects when that cannot be. */
  readonly ready: Promise<void>;
  /** Also before `ready`. Nothing is delivered after the call. */
  close(): Promise<void>;
}

export function openSession(
  library: Library,
  config: OpcuaSourceConfig,
  pkiDir: string,
  nodes: readonly string[],
  events: SessionEvents,
): OpcuaSession {
  let over = false;
  let client: OPCUAClient | undefined;
  let session: ClientSession | undefined;
  const guarded = guard(events, () => over);
  const open = async () => {
    client = await newClient(library, config, pkiDir);
    if (over) throw new Error('closed');
    client.on('connection_lost', () => guarded.onLost('the connection was lost'));
    client.on('close', (error) => guarded.onLost(error?.message ?? 'the server closed the connection'));
    await client.connect(config.url);
    session = await client.createSession(identity(library, config));
    session.on('session_closed', (status) => guarded.onLost(`the session was closed: ${status.name}`));
    const subscription = await subscribe(session, config, guarded);
    await monitorAll(library, session, subscription, config, nodes, guarded);
  };
  return {
    ready: open(),
    async close() {
      over = true;
      if (client !== undefined) await within(closeDeadlineMs, hangUp(client, session));
    },
  };
}

/** The library goes on emitting while it is taken down; nobody is to hear that. */
function guard(events: SessionEvents, isOver: () => boolean): SessionEvents {
  return {
    onValue: (index, value) => isOver() || events.onValue(index, value),
    onRefused: (index, status) => isOver() || events.onRefused(index, status),
    onHeard: () => isOver() || events.onHeard(),
    onLost: (why) => isOver() || events.onLost(why),
  };
}

async function hangUp(client: OPCUAClient, session: ClientSession | undefined): Promise<void> {
  await session?.close(true).catch(() => {});
  await client.disconnect().catch(() => {});
}

async function within(deadlineMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}

async function newClient(library: Library, config: OpcuaSourceConfig, pkiDir: string): Promise<OPCUAClient> {
  await removeStaleLock(pkiDir);
  const certificates = new library.OPCUACertificateManager({
    rootFolder: pkiDir,
    automaticallyAcceptUnknownCertificate: false,
  });
  await certificates.initialize();
  return library.OPCUAClient.create({
    applicationName,
    clientCertificateManager: certificates,
    securityMode: library.MessageSecurityMode[config.security.mode],
    securityPolicy:
      config.security.mode === 'None'
        ? library.SecurityPolicy.None
        : library.SecurityPolicy[config.security.policy],
    connectionStrategy: { maxRetry: 0 },
    transportSettings: { sendBufferSize: chunkBytes, receiveBufferSize: chunkBytes },
    keepSessionAlive: true,
    // Servers behind NAT announce names that cannot be reached; what was configured is what is used.
    endpointMustExist: false,
    requestedSessionTimeout: sessionTimeoutMs,
    transportTimeout: transportTimeoutMs,
    defaultTransactionTimeout: transportTimeoutMs,
  });
}

/** A killed process leaves its lock, and the library would wait for it: two minutes without a connection. */
async function removeStaleLock(pkiDir: string): Promise<void> {
  const lock = join(pkiDir, 'mutex.lock');
  const found = await stat(lock).catch(() => undefined);
  const processStartMs = Date.now() - process.uptime() * 1000;
  if (found !== undefined && found.mtimeMs < processStartMs) await rm(lock, { recursive: true, force: true });
}

function identity({ UserTokenType }: Library, { username, password }: OpcuaSourceConfig): UserIdentityInfo {
  if (username === undefined) return { type: UserTokenType.Anonymous };
  return { type: UserTokenType.UserName, userName: username, password: password ?? '' };
}

async function subscribe(
  session: ClientSession,
  config: OpcuaSourceConfig,
  events: SessionEvents,
): Promise<ClientSubscription> {
  const { publishingMs, silenceS } = config;
  // Three keep-alives fit into the silence that is taken for a loss.
  const keepAliveCount = Math.max(1, Math.floor((silenceS * 1000) / 3 / publishingMs));
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishingMs,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: keepAliveCount * 4,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  subscription.on('keepalive', () => events.onHeard());
  subscription.on('received_notifications', () => events.onHeard());
  subscription.on('terminated', () => events.onLost('the subscription ended'));
  subscription.on('status_changed', (status) => events.onLost(`the subscription changed to ${status.name}`));
  subscription.on('error', (error) => events.onLost(`the subscription failed: ${error.message}`));
  return subscription;
}
