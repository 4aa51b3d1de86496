// A small OPC UA server in this process with one counter, for tests that want to hold the peer in their hand.
import { join } from 'node:path';

export const counterNode = 'nsu=urn:gemel:test:counter;s=Counter';

export interface CounterServer {
  /** Sessions open now. */
  sessions(): number;
  count(times: number): Promise<void>;
  stop(): Promise<void>;
}

async function loadLibraries() {
  // Read by the library when it is loaded: it is not to write between the lines of the tests.
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  const [server, client, certificates] = await Promise.all([
    import('node-opcua-server'),
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
  ]);
  return { ...server, ...client, ...certificates };
}

export async function startCounterServer(port: number, dir: string): Promise<CounterServer> {
  const { OPCUACertificateManager, OPCUAServer, DataType, MessageSecurityMode, SecurityPolicy, StatusCodes } =
    await loadLibraries();
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder: join(dir, 'counter-pki'),
    automaticallyAcceptUnknownCertificate: true,
  });
  await serverCertificateManager.initialize();
  const server = new OPCUAServer({
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    port,
    serverCertificateManager,
    serverInfo: { applicationUri: 'urn:gemel:test:counter' },
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
  });
  await server.initialize();
  const namespace = server.engine.addressSpace!.getOwnNamespace();
  const counter = namespace.addVariable({
    browseName: 'Counter',
    nodeId: 's=Counter',
    organizedBy: server.engine.addressSpace!.rootFolder.objects,
    dataType: DataType.Int32,
    minimumSamplingInterval: 0,
  });
  let value = 0;
  const count = () =>
    counter.setValueFromSource({ dataType: DataType.Int32, value: ++value }, StatusCodes.Good);
  count();
  await server.start();
  let stopped = false;
  return {
    sessions: () => server.currentSessionCount,
    async count(times) {
      for (let i = 0; i < times; i++) {
        count();
        // A millisecond is the resolution of a time stamp here.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      await server.shutdown(0);
    },
  };
}
