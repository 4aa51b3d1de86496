// One life of an OPC UA session: connect, subscribe, deliver until it is lost. It never reconnects by itself;
// `source.ts` owns that, and the library's own attempts are switched off.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ClientSession,
  ClientSubscription,
  DataValue,
  OPCUAClient,
  UserIdentityInfo,
} from 'node-opcua-client';
import { resolveNodeText } from './node-id.ts';
import type { OpcuaSourceConfig } from './schema.ts';

/** Half a megabyte of modules: loaded when the first source starts, not when the program does. */
export async function loadLibrary() {
  // It would write warnings to our output by itself; what matters reaches us as errors and statuses.
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  const [client, certificates] = await Promise.all([
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
  ]);
  return { ...client, ...certificates };
}
export type Library = Awaited<ReturnType<typeof loadLibrary>>;

const applicationName = 'gemel';
const transportTimeoutMs = 10_000;
const sessionTimeoutMs = 60_000;
const closeDeadlineMs = 2_000;
const itemsPerCall = 500;
/** Either side allocates a whole chunk for each message; the library's 640 KiB kept both collecting garbage. */
const chunkBytes = 65_536;
/** Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall */
const itemsPerCallNode = 'ns=0;i=11714';
const badNodeIdUnknown = 0x80340000;
/** BadMonitoredItemFilterInvalid, …Unsupported, BadFilterNotAllowed: the item goes without a filter then. */
const filterRefusals: ReadonlySet<number> = new Set([0x80430000, 0x80440000, 0x80450000]);

export interface SessionEvents {
  /** A value of the node at `index`. */
  readonly onValue: (index: number, value: DataValue) => void;
  /** The server will not deliver this node; the others go on. */
  readonly onRefused: (index: number, status: number) => void;
  /** Anything heard from the server. */
  readonly onHeard: () => void;
  /** Why it is of no more use; may be called again. */
  readonly onLost: (why: string) => void;
}

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

async function monitorAll(
  library: Library,
  session: ClientSession,
  subscription: ClientSubscription,
  config: OpcuaSourceConfig,
  nodes: readonly string[],
  events: SessionEvents,
): Promise<void> {
  const namespaces = await session.readNamespaceArray();
  const items: MonitoredNode[] = [];
  for (let index = 0; index < nodes.length; index++) {
    const nodeId = resolveNodeText(nodes[index]!, namespaces);
    if (nodeId === undefined) events.onRefused(index, badNodeIdUnknown);
    else items.push({ index, nodeId });
  }
  const refused = await monitor(
    library,
    subscription,
    config,
    items,
    await callLimit(library, session),
    true,
    events,
  );
  // Some servers know no filter on timestamps; those items report changes of value only.
  await monitor(library, subscription, config, refused, itemsPerCall, false, events);
}

interface MonitoredNode {
  readonly index: number;
  readonly nodeId: string;
}

async function callLimit({ AttributeIds }: Library, session: ClientSession): Promise<number> {
  const answer = await session.read({ nodeId: itemsPerCallNode, attributeId: AttributeIds.Value });
  const limit: unknown = answer.statusCode.isGood() ? answer.value.value : undefined;
  return typeof limit === 'number' && limit > 0 ? Math.min(limit, itemsPerCall) : itemsPerCall;
}

/** Returns the items whose filter the server refused; anything else it refused is told. */
async function monitor(
  library: Library,
  subscription: ClientSubscription,
  config: OpcuaSourceConfig,
  items: readonly MonitoredNode[],
  perCall: number,
  filtered: boolean,
  events: SessionEvents,
): Promise<MonitoredNode[]> {
  const unfiltered: MonitoredNode[] = [];
  for (let start = 0; start < items.length; start += perCall) {
    const batch = items.slice(start, start + perCall);
    const statuses = await monitorBatch(library, subscription, config, batch, filtered, events);
    for (let i = 0; i < batch.length; i++) {
      const status = statuses[i]!;
      if (status >>> 31 === 0) continue;
      if (filtered && filterRefusals.has(status)) unfiltered.push(batch[i]!);
      else events.onRefused(batch[i]!.index, status);
    }
  }
  return unfiltered;
}

/** One call; the status of each item. The listener is there before the first value can be. */
function monitorBatch(
  library: Library,
  subscription: ClientSubscription,
  { publishingMs, samplingMs }: OpcuaSourceConfig,
  batch: readonly MonitoredNode[],
  filtered: boolean,
  events: SessionEvents,
): Promise<number[]> {
  const { AttributeIds, ClientMonitoredItemGroup, DataChangeFilter, DataChangeTrigger, TimestampsToReturn } =
    library;
  const parameters = {
    samplingInterval: samplingMs,
    // Room for two publishing intervals and a late answer.
    queueSize: Math.max(10, Math.ceil((3 * publishingMs) / Math.max(samplingMs, 1))),
    discardOldest: true,
    // A new time is news even when the value is the same: an unchanged reading is not an old one.
    ...(filtered
      ? { filter: new DataChangeFilter({ trigger: DataChangeTrigger.StatusValueTimestamp }) }
      : {}),
  };
  const group = ClientMonitoredItemGroup.create(
    subscription,
    batch.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })),
    parameters,
    TimestampsToReturn.Both,
  );
  group.on('changed', (_item, value, index) => events.onValue(batch[index]!.index, value));
  return new Promise((resolve, reject) => {
    group.on('err', (message) => reject(new Error(message)));
    group.on('initialized', () => resolve(group.monitoredItems.map((item) => item.statusCode.value >>> 0)));
  });
}
