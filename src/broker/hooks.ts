// aedes' questions, answered: who is it, may it publish, subscribe, receive. The publish hook is also where
// messages reach the gateway, before they are acknowledged. Must answer each question exactly once.
import type { AedesOptions, AedesPublishPacket, AuthenticateError, Client, PublishPacket } from 'aedes';
import type { StoredPacket } from 'aedes-persistence-level';
import type { Log } from '../ports.ts';
import type { Acl, Principal } from './acl.ts';
import type { Connection } from './connection.ts';
import type { Credentials, Login, LoginRefusal } from './login.ts';
import { type Persistence, SUBSCRIPTIONS_MAX } from './persistence.ts';
import type { Router } from './router.ts';
import type { RefusalReason, Tally } from './tally.ts';
import { topicLevels, validFilter } from './topic.ts';

export interface HookOptions {
  readonly login: Login;
  readonly acl: Acl;
  readonly router: Router;
  readonly tally: Tally;
  readonly log: Log;
  readonly topicLevels: number;
  readonly outputBytes: number;
  readonly persistence: Persistence;
  connectionOf(client: Client): Connection | undefined;
  credentialsOf(
    connection: Connection,
    username: string | undefined,
    password: Buffer | undefined,
  ): Credentials;
  /** Whether one more client may come in; `id` is already connected or not. */
  room(id: string): boolean;
  /** Numbers for the messages that are stored, in the order they came. */
  numbering(): { readonly id: string; counter: number };
}

type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;
type Answer = (error?: Error | null) => void;

const CLIENT_ID_MAX = 256;

/** CONNACK return codes of MQTT 3.1.1. */
const returnCodes: Record<LoginRefusal | 'clients' | 'client-id' | 'publish-denied', number> = {
  'client-id': 2,
  clients: 3,
  busy: 3,
  throttled: 3,
  login: 5,
  'publish-denied': 5,
};

export function createHooks(options: HookOptions): Hooks {
  const { acl, tally, log } = options;

  async function admit(
    client: Client,
    connection: Connection,
    credentials: Credentials,
  ): Promise<Principal | keyof typeof returnCodes> {
    const who = await options.login.check(credentials);
    if (typeof who === 'string') return who;
    if (client.id.length > CLIENT_ID_MAX || !mayUseId(client.id, who, options)) return 'client-id';
    const { willTopic } = connection;
    if (willTopic !== undefined && objection(options, who, willTopic) !== undefined) return 'publish-denied';
    if (!options.room(client.id)) return 'clients';
    connection.principal = who;
    return who;
  }

  return {
    preConnect(client, packet, answer) {
      const connection = options.connectionOf(client);
      if (connection !== undefined) connection.willTopic = packet.will?.topic;
      answer(null, true);
    },
    authenticate(client, username, password, answer) {
      const connection = options.connectionOf(client);
      if (connection === undefined) return answer(null, false);
      const credentials = options.credentialsOf(connection, username, password);
      admit(client, connection, credentials).then(
        (who) => {
          if (typeof who !== 'string') return answer(null, true);
          log.info(
            { clientId: client.id, username, address: credentials.address, why: who },
            'a client was refused',
          );
          connection.count(who);
          answer(refusal(returnCodes[who]), false);
        },
        (error: Error) => answer(Object.assign(error, { returnCode: 3 }) as AuthenticateError, false),
      );
    },
    authorizePublish: (client, packet, answer) => publish(options, client, packet, answer),
    authorizeSubscribe(client, subscription, answer) {
      const connection = options.connectionOf(client);
      if (connection !== undefined && maySubscribe(connection, subscription.topic, acl)) {
        connection.filters.add(subscription.topic);
        if (subscription.qos > 0) connection.owed = true;
        answer(null, subscription);
        return;
      }
      tally.refused['subscribe-denied']++;
      log.info({ clientId: client.id, filter: subscription.topic }, 'a subscription was refused');
      answer(null, null);
    },
    authorizeForward(client, packet) {
      const connection = options.connectionOf(client);
      const who = connection?.principal;
      if (connection === undefined || who === undefined || !acl.mayReceive(who, packet.topic)) return null;
      return behind(connection, client, packet, options) ? null : packet;
    },
  };
}

function publish(options: HookOptions, client: Client | null, packet: PublishPacket, answer: Answer): void {
  const { acl, router, tally, log } = options;
  // Without a client it is the last will of one whose broker process died.
  const connection = client === null ? undefined : options.connectionOf(client);
  const reason = objection(options, connection?.principal, packet.topic);
  if (reason !== undefined) {
    if (connection === undefined || connection.ended) tally.refused[reason]++;
    else connection.count(reason);
    log.info(
      { clientId: client?.id, topic: packet.topic.slice(0, 200), why: reason },
      'a message was refused',
    );
    answer(new Error(`publish refused: ${reason}`));
    return;
  }
  // One that is kept would be asked again at each start: whoever takes it is told what it was.
  const isKeptRequest = packet.retain && acl.isRequest(packet.topic);
  if (isKeptRequest) packet.retain = false;
  const delivered = router.deliver(router.learn(packet.topic), packet.payload as Buffer, isKeptRequest);
  if (packet.qos === 0) {
    delivered?.catch(() => {});
    answer(null);
    return;
  }
  // A last will comes from a connection that is gone: nobody waits for its acknowledgement.
  if (connection === undefined || connection.ended) {
    delivered?.catch(() => {});
    answer(null);
    return;
  }
  connection.settle(
    secured(options, packet, delivered),
    () => answer(null),
    (error) => answer(error),
  );
}

/** The message is with the handlers, and then stored for sessions and as retained. */
function secured(
  options: HookOptions,
  packet: PublishPacket,
  delivered: Promise<void> | undefined,
): Promise<void> | undefined {
  const store = (): Promise<void> | undefined =>
    options.persistence.secure(packet as unknown as StoredPacket, options.numbering());
  return delivered === undefined ? store() : delivered.then(store);
}

function objection(
  { acl, topicLevels: levelsMax }: HookOptions,
  who: Principal | undefined,
  topic: string,
): RefusalReason | undefined {
  if (topic === '' || /[+#\0]/.test(topic) || topicLevels(topic) > levelsMax) return 'malformed';
  return acl.mayPublish(who ?? gone, topic) ? undefined : 'publish-denied';
}

/** Whose will it was is not kept; it may not be more than an anonymous client may. */
const gone: Principal = { name: '', role: 'anonymous', prefix: '' };

function maySubscribe({ principal, filters }: Connection, filter: string, acl: Acl): boolean {
  if (principal === undefined || !validFilter(filter) || !acl.maySubscribe(principal, filter)) return false;
  return filters.has(filter) || filters.size < SUBSCRIPTIONS_MAX;
}

/** A session belongs to the user that made it: nobody else may take it over, or its waiting messages. */
function mayUseId(id: string, who: Principal, { persistence }: HookOptions): boolean {
  const owner = persistence.sessions.record(id)?.owner ?? '';
  return owner === '' || owner === who.name;
}

/** A subscriber that does not keep up loses QoS 0 messages; one that is owed QoS 1 is cut and comes back. */
function behind(
  connection: Connection,
  client: Client,
  packet: AedesPublishPacket,
  { outputBytes, tally }: HookOptions,
): boolean {
  if (connection.conn.writableLength <= outputBytes) return false;
  if (packet.qos > 0 && (connection.owed || !client.clean)) connection.cut('slow');
  else tally.dropped++;
  return true;
}

function refusal(returnCode: number): AuthenticateError {
  return Object.assign(new Error(''), { returnCode });
}
