// What the CNC can be made to do wrong, seen by a client that is not ours. Each fault with the sound case first.
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import {
  AttributeIds,
  type ClientSession,
  type ClientSessionRawSubscriptionService,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  type TransferSubscriptionsResponse,
} from 'node-opcua-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cnc, startCnc } from '../../src/plant/cnc.ts';
import type { CncFault } from '../../src/plant/cnc-fault.ts';
import type { NodeSpec } from '../../src/plant/panel.ts';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';

let state: Awaited<ReturnType<typeof tempDir>>;
let cnc: Cnc;
let beat: NodeJS.Timeout;
let ends: (() => Promise<unknown>)[];

beforeEach(async () => {
  state = await tempDir();
  ends = [];
  let beats = 0;
  const panel: NodeSpec[] = [
    { path: 'Beat', type: 'Double', about: 'counts', cyclic: true, read: () => ++beats },
  ];
  cnc = await startCnc([{ id: 'mill-1', panel }], 0, state.path);
  // Before the first cycle there is no value.
  cnc.update(Date.now());
  beat = setInterval(() => cnc.update(Date.now()), 20);
});

afterEach(async () => {
  clearInterval(beat);
  for (const end of ends.reverse()) await end().catch(() => {});
  await cnc.stop();
  await state.remove();
});

/** `patienceMs`: who waits for no answer waits so long. */
async function connect({ securely = false, patienceMs = 20_000 } = {}): Promise<ClientSession> {
  const client = OPCUAClient.create({
    ...(securely ? await encryption() : {}),
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false,
    keepSessionAlive: false,
    defaultTransactionTimeout: patienceMs,
    transportTimeout: patienceMs,
  });
  ends.push(() => client.disconnect());
  await client.connect(cnc.url);
  return client.createSession();
}

async function encryption() {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: join(state.path, 'client-pki'),
    automaticallyAcceptUnknownCertificate: true,
  });
  await clientCertificateManager.initialize();
  return {
    clientCertificateManager,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
  };
}

async function beatId(session: ClientSession): Promise<string> {
  const namespaces = await session.readNamespaceArray();
  return `ns=${namespaces.indexOf('urn:gemel:plant:cnc')};s=mill-1.Beat`;
}

function listens(): Promise<boolean> {
  const socket = connectTcp(Number(new URL(cnc.url.replace('opc.tcp', 'http')).port), '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

/** For a CNC that may not answer. */
const brief = { patienceMs: 1000 };

const set = (...faults: CncFault[]) => cnc.setFaults(new Set(faults));

test('refused-transfer: a subscription stays with its session', async () => {
  // Who is nobody in particular may not take a subscription over: both show one certificate.
  const [first, second] = [await connect({ securely: true }), await connect({ securely: true })];
  const { subscriptionId } = await raw(first).createSubscription({
    requestedPublishingInterval: 100,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 10,
  });
  const transfer = async () => {
    const answer = await raw(second).transferSubscriptions({ subscriptionIds: [subscriptionId] });
    return answer.results?.[0]?.statusCode;
  };
  set('refused-transfer');
  expect(await transfer()).toBe(StatusCodes.BadUserAccessDenied);
  set();
  expect(await transfer()).toBe(StatusCodes.Good);
});

test('expired-session: a session that worked is one no more; the next one works', async () => {
  const session = await connect();
  const nodeId = await beatId(session);
  expect((await session.read({ nodeId })).statusCode).toBe(StatusCodes.Good);
  set('expired-session');
  // The client library makes itself another one on the quiet, which tells the old one by its number.
  const before = session.sessionId.toString();
  await poll('the session to be another', async () => {
    await session.read({ nodeId }).catch(() => {});
    return session.sessionId.toString() !== before;
  });
  set();
  const next = await connect();
  expect((await next.read({ nodeId })).statusCode).toBe(StatusCodes.Good);
});

test('rotated-certificate: the CNC comes back at its address with another certificate', async () => {
  const before = certificateOf(await connect());
  set('rotated-certificate');
  const after = await poll('the CNC to be back with a new certificate', async () => {
    const certificate = await connect(brief).then(certificateOf, () => before);
    return certificate.equals(before) ? undefined : certificate;
  });
  expect(after.length).toBeGreaterThan(100);
  set();
});

test('a fault that is asked for while the CNC restarts is there when it is back', async () => {
  set('rotated-certificate');
  set('rotated-certificate', 'half-open');
  await poll('it to be away', async () => !(await listens()));
  await poll('it to listen again', listens);
  await expect(connect(brief)).rejects.toThrow();
  set();
  await poll('it to answer', () => connect(brief).then(Boolean, () => false));
});

test('cycling-status: one value is seen Good, Uncertain and Bad', async () => {
  const session = await connect();
  const nodeId = await beatId(session);
  const severity = async () => (await session.read({ nodeId })).statusCode.value >>> 30;
  await poll('a good value', async () => (await severity()) === 0);
  set('cycling-status');
  const seen = new Set<number>();
  await poll('all three', async () => seen.add(await severity()).size === 3);
  set();
  await poll('all good again', async () => (await severity()) === 0);
});

test('half-open: no answer and no goodbye, for old and new connections; then all is well', async () => {
  const begin = async () => {
    const one = await connect(brief);
    return { session: one, nodeId: await beatId(one) };
  };
  // A busy machine may be slower than its patience.
  const { session, nodeId } = await poll('a session', () => begin().catch(() => undefined));
  set('half-open');
  await expect(session.read({ nodeId })).rejects.toThrow(/timeout|Connection Break/i);
  await expect(connect(brief)).rejects.toThrow();
  set();
  const next = await connect();
  expect((await next.read({ nodeId })).statusCode).toBe(StatusCodes.Good);
});

test('more than 1,000 operations in one call are refused', async () => {
  const session = await connect();
  const nodeId = await beatId(session);
  const read = (count: number) =>
    session.read(Array.from({ length: count }, () => ({ nodeId, attributeId: AttributeIds.Value })));
  expect(await read(1000)).toHaveLength(1000);
  await expect(read(1001)).rejects.toThrow(/BadTooManyOperations/);
});

/** The services the library keeps from its typed session. */
function raw(session: ClientSession) {
  return session as unknown as Pick<ClientSessionRawSubscriptionService, 'createSubscription'> & {
    transferSubscriptions(request: object): Promise<TransferSubscriptionsResponse>;
  };
}

/** Certificate of the server of this session. */
function certificateOf(session: ClientSession): Buffer {
  return session.serverCertificate;
}
