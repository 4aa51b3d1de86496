// The way to one server: find the configured endpoint, judge its certificate, open the channel and the session.
// Never a weaker endpoint than configured; after `close` nothing of it is left. It never tries again by itself.
import type {
  ClientSession,
  ClientSidePublishEngine,
  EndpointDescription,
  OPCUAClient,
  OPCUAClientOptions,
} from 'node-opcua-client';
import type { Library } from '../library.ts';
import { Refusal } from '../refusal.ts';
import type { OpcuaSourceConfig } from '../schema.ts';
import { admit } from '../security/admission.ts';
import { identityOf } from '../security/identity.ts';
import type { KeyPair } from '../security/key-pair.ts';
import type { OwnCertificate } from '../security/own-certificate.ts';
import { dial } from './dial.ts';
import { findEndpoint, policyUri } from './endpoint.ts';

const applicationName = 'gemel';
const transportTimeoutMs = 10_000;
const sessionTimeoutMs = 30_000;
const closeDeadlineMs = 2_000;
const settleMs = 500;
/** Either side allocates a whole chunk for each message; the library's 640 KiB kept both collecting garbage. */
const chunkBytes = 65_536;

export interface ConnectionParts {
  readonly library: Library;
  readonly config: OpcuaSourceConfig;
  readonly pkiDir: string;
  readonly own: OwnCertificate;
  readonly user: KeyPair | undefined;
  /** What the last connection could not close. */
  readonly leftBehind: ClientSession | undefined;
}

export interface ConnectionEvents {
  /** Bytes of the server came. */
  readonly onHeard: () => void;
  /** The time in the head of an answer of the server. */
  readonly onServerTime: (timeMs: number) => void;
  readonly onLost: (why: string) => unknown;
  /** Something that is no reason to refuse, and that a person should know. */
  readonly onRemark: (text: string) => void;
}

export interface Connection {
  /** Rejects with what stood in the way. */
  readonly session: Promise<ClientSession>;
  /**
   * Also before that. Resolves with nothing left open here; over a link that is dead nothing is said to the
   * server, and what it may still keep for us is returned, for `leftBehind` of the next connection.
   */
  close(dead: boolean): Promise<ClientSession | undefined>;
}

export function openConnection(parts: ConnectionParts, listener: ConnectionEvents): Connection {
  const clients: Held[] = [];
  let over = false;
  let broken = false;
  let session: ClientSession | undefined;
  const events = {
    ...listener,
    onLost(why: string) {
      // Being taken down by us is no loss.
      if (!over) listener.onLost(why);
    },
    onBroken(why: string) {
      broken = true;
      events.onLost(why);
    },
  };
  const hold = (options: OPCUAClientOptions): OPCUAClient => {
    if (over) throw new Refusal('stopped', 'soon');
    const held = newHeld(parts, options, events);
    clients.push(held);
    return held.client;
  };
  const open = async () => {
    const { library, config } = parts;
    const discovery = hold({ securityMode: library.MessageSecurityMode.None });
    const endpoint = await findEndpoint(library, discovery, config);
    await clients[0]?.hangUp(undefined);
    clients.shift();
    const client = hold(await protection(parts, endpoint, events.onRemark));
    client.on('close', (error) => events.onBroken(closeWords(error?.message)));
    await dial(client, config.url);
    if (parts.leftBehind !== undefined) await clearUp(client, parts.leftBehind);
    session = await client.createSession(identityOf(library, config, parts.user));
    keepToOne(session, (why) => events.onLost(why));
    return session;
  };
  const opened = open();
  return {
    session: opened,
    async close(dead) {
      over = true;
      const silent = dead || broken;
      // A session that is being made would be left on the server: it is waited for, a little.
      if (!silent && session === undefined) await within(settleMs, opened);
      await Promise.all(clients.splice(0).map((held) => (silent ? held.snap() : held.hangUp(session))));
      if (!silent) return undefined;
      if (session !== undefined) stopPublishing(session);
      return session;
    },
  };
}

/** What the library keeps to itself: the first asks the server, the second also mends. */
interface Transactions {
  _performMessageTransaction(request: object, callback: Answered): void;
  performMessageTransaction(request: object, callback: Answered): void;
}
type Answered = (error: Error | null, response?: object) => void;

const endOfSession =
  /BadSession(?:Id|Closed|Not)\w*|BadNoSubscription|BadSubscriptionIdInvalid|BadSecureChannel\w+|BadConnection\w+/;

/**
 * Once the server calls a session invalid, the library would make a new one behind our back, again every two
 * seconds, with a subscription that has no items. Here nothing is mended: it is told, whoever asked.
 */
function keepToOne(session: ClientSession, onLost: (why: string) => unknown): void {
  const ours = session as unknown as Transactions;
  const ask = ours._performMessageTransaction.bind(session);
  ours.performMessageTransaction = (request, callback) =>
    ask(request, (error, response) => {
      const status = endOfSession.exec(error?.message ?? '')?.[0];
      if (status !== undefined) onLost(endWords(status));
      callback(error, response);
    });
  session.on('session_closed', (status) => onLost(`the server ended the session (${status.name})`));
}

function endWords(status: string): string {
  if (/Channel|Connection/.test(status)) return 'the connection was lost';
  return `the server ended the ${status.includes('Subscription') ? 'subscription' : 'session'} (${status})`;
}

/** The library would look ten times a second, for ever, whether it can go on. */
function stopPublishing(session: ClientSession): void {
  (session as ClientSession & { getPublishEngine(): ClientSidePublishEngine }).getPublishEngine().terminate();
}

/** A server keeps the session of a broken connection for a while, and has room for few: it is taken up and closed. */
async function clearUp(client: OPCUAClient, leftBehind: ClientSession): Promise<void> {
  try {
    await client.reactivateSession(leftBehind);
    await leftBehind.close(true);
  } catch {
    // The server has forgotten it already.
  }
}

/** Mode and policy of the one endpoint, and the certificate that only the server holds the key to. */
async function protection(
  { library, config, pkiDir }: ConnectionParts,
  endpoint: EndpointDescription,
  onRemark: (text: string) => void,
): Promise<OPCUAClientOptions> {
  if (config.security.mode === 'None') return { securityMode: library.MessageSecurityMode.None };
  const serverCertificate = await admit(config, pkiDir, endpoint, onRemark);
  return {
    securityMode: library.MessageSecurityMode[config.security.mode],
    securityPolicy: policyUri(library, config),
    serverCertificate,
  };
}

function closeWords(message: string | undefined): string {
  return message === undefined ||
    message === '' ||
    /ECONNRESET|disconnected|terminat|closed|break/i.test(message)
    ? 'the connection was lost'
    : `the connection was lost: ${message.split('\n')[0]}`;
}

interface Held {
  readonly client: OPCUAClient;
  /** Politely, so that the server keeps no session of ours. */
  hangUp(session: ClientSession | undefined): Promise<void>;
  /** Without a word, when nobody listens. */
  snap(): Promise<void>;
}

interface HeldEvents extends ConnectionEvents {
  readonly onBroken: (why: string) => void;
}

function newHeld(parts: ConnectionParts, options: OPCUAClientOptions, events: HeldEvents): Held {
  const { library, own } = parts;
  const key = { hidden: own.key };
  const chain = own.chain.map(({ raw }) => raw);
  const client = library.OPCUAClient.create({
    applicationName,
    // All it needs is in memory: nothing is locked, watched or read by the library itself.
    certificateKeyPairProvider: {
      getCertificate: () => chain[0]!,
      getCertificateChain: () => chain,
      getPrivateKey: () => key,
    },
    // One owner of reconnect, and it is not the library.
    connectionStrategy: { maxRetry: 0 },
    keepSessionAlive: false,
    keepPendingSessionsOnDisconnect: true,
    transportSettings: { sendBufferSize: chunkBytes, receiveBufferSize: chunkBytes },
    // Servers behind NAT announce names that cannot be reached; what was configured is what is used.
    endpointMustExist: false,
    requestedSessionTimeout: sessionTimeoutMs,
    transportTimeout: transportTimeoutMs,
    defaultTransactionTimeout: transportTimeoutMs,
    ...options,
  });
  let snap = () => {};
  client.on('secure_channel_created', (channel) => {
    snap = () => channel.forceConnectionBreak();
  });
  client.on('receive_chunk', events.onHeard);
  client.on('receive_response', ({ responseHeader }) => {
    events.onServerTime(responseHeader.timestamp?.getTime() ?? Number.NaN);
  });
  // An answer that comes after its time would be thrown at us by the library: nobody is to be there for it.
  client.on('timed_out_request', () => {
    events.onBroken('the server did not answer in time');
    snap();
  });
  return {
    client,
    hangUp: (session) => hangUp(client, session, () => snap()),
    async snap() {
      snap();
      await hangUp(client, undefined, () => {});
    },
  };
}

/** A server that does not answer is not waited for. */
async function hangUp(
  client: OPCUAClient,
  session: ClientSession | undefined,
  snap: () => void,
): Promise<void> {
  const goodbye = async () => {
    await session?.close(true).catch(() => {});
    await client.disconnect().catch(() => {});
  };
  if (!(await within(closeDeadlineMs, goodbye()))) snap();
}

/** Whether the work came to an end, well or not, in time. */
async function within(deadlineMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}
