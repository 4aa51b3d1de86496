// An OPC UA server with one counter that runs by itself, and that does to its clients what servers do.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface TickServerOptions {
  readonly port: number;
  /** Where it keeps its certificates. */
  readonly dir: string;
  readonly policies?: readonly ('None' | 'Basic256Sha256' | 'Aes256_Sha256_RsaPss' | 'Basic256')[];
  readonly maxSessions?: number;
  /** Name and password; without it anybody is let in. */
  readonly users?: Readonly<Record<string, string>>;
  readonly certificate?: { readonly file: string; readonly key: string };
  readonly applicationUri?: string;
  /** Whether our certificate is let in. */
  readonly trusting?: boolean;
  readonly tickMs?: number;
}

export type Question = 'count' | 'close-sessions' | 'end-subscriptions';
export interface Counted {
  readonly sessions: number;
  readonly subscriptions: number;
}

async function loadLibraries() {
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  const [server, client, certificates] = await Promise.all([
    import('node-opcua-server'),
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
  ]);
  return { ...server, ...client, ...certificates };
}

async function newServer(options: TickServerOptions) {
  const { dir, port, policies = ['None', 'Basic256Sha256', 'Aes256_Sha256_RsaPss'] } = options;
  const { certificate, maxSessions = 10, users, applicationUri = 'urn:gemel:test:tick' } = options;
  const libraries = await loadLibraries();
  const { MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy } = libraries;
  const rootFolder = join(dir, 'tick-pki');
  await rm(join(rootFolder, 'mutex.lock'), { recursive: true, force: true });
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder,
    automaticallyAcceptUnknownCertificate: options.trusting !== false,
  });
  await serverCertificateManager.initialize();
  const secured = policies.some((policy) => policy !== 'None');
  const server = new OPCUAServer({
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    port,
    serverCertificateManager,
    serverInfo: { applicationUri },
    securityModes: [
      ...(policies.includes('None') ? [MessageSecurityMode.None] : []),
      ...(secured ? [MessageSecurityMode.SignAndEncrypt] : []),
    ],
    securityPolicies: policies.map((policy) => SecurityPolicy[policy]),
    serverCapabilities: { maxSessions },
    allowAnonymous: users === undefined,
    ...(users === undefined
      ? {}
      : { userManager: { isValidUser: (name: string, password: string) => users[name] === password } }),
    ...(certificate === undefined
      ? {}
      : { certificateFile: certificate.file, privateKeyFile: certificate.key }),
  });
  await server.initialize();
  return { server, libraries };
}

export interface TickServer {
  ask(question: Question): Counted;
  stop(): Promise<void>;
}

export async function startTickServer(options: TickServerOptions): Promise<TickServer> {
  const { server, libraries } = await newServer(options);
  const { DataType, StatusCodes } = libraries;
  const addressSpace = server.engine.addressSpace!;
  const counter = addressSpace.getOwnNamespace().addVariable({
    browseName: 'Counter',
    nodeId: 's=Counter',
    organizedBy: addressSpace.rootFolder.objects,
    dataType: DataType.Int32,
    minimumSamplingInterval: 0,
  });
  let value = 0;
  const tick = () =>
    counter.setValueFromSource({ dataType: DataType.Int32, value: ++value }, StatusCodes.Good);
  tick();
  const ticking = setInterval(tick, options.tickMs ?? 20);
  await server.start();
  return {
    ask(question) {
      if (question === 'close-sessions') closeSessions(server);
      if (question === 'end-subscriptions') endSubscriptions(server);
      return { sessions: server.currentSessionCount, subscriptions: server.currentSubscriptionCount };
    },
    async stop() {
      clearInterval(ticking);
      await server.shutdown(0);
    },
  };
}

type Server = Awaited<ReturnType<typeof newServer>>['server'];
interface Engine {
  readonly _sessions: Readonly<
    Record<string, { readonly authenticationToken: never; readonly publishEngine: Publishing }>
  >;
  closeSession(token: never, deleteSubscriptions: boolean, why: string): void;
}
interface Publishing {
  readonly subscriptions: readonly { terminate(): void }[];
}

/** As a server does that found them idle for too long. */
function closeSessions(server: Server): void {
  const engine = server.engine as unknown as Engine;
  for (const { authenticationToken } of Object.values(engine._sessions)) {
    engine.closeSession(authenticationToken, true, 'Timeout');
  }
}

function endSubscriptions(server: Server): void {
  const engine = server.engine as unknown as Engine;
  for (const { publishEngine } of Object.values(engine._sessions)) {
    for (const subscription of [...publishEngine.subscriptions]) subscription.terminate();
  }
}
