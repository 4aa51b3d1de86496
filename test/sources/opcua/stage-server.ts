// An OPC UA server in this process whose nodes, namespaces and limits a test can set: for what a source asks of
// a server and what comes back.
import { join } from 'node:path';
import type { OPCUAServer, OPCUAServerOptions } from 'node-opcua-server';

export const stageNamespace = 'urn:gemel:test:stage';
export const typesNamespace = 'urn:gemel:test:types';

type Namespace = ReturnType<NonNullable<OPCUAServer['engine']['addressSpace']>['getOwnNamespace']>;
export type StageVariable = ReturnType<Namespace['addVariable']>;

export interface StageOptions {
  /** Namespaces registered before ours, so that its number is another. */
  readonly before?: readonly string[];
  /** Put on top of what the server says of itself. */
  readonly limits?: NonNullable<OPCUAServerOptions['serverCapabilities']>['operationLimits'];
  readonly types?: boolean;
  /** Where it listens, instead of 127.0.0.1. */
  readonly host?: string;
}

async function loadLibraries() {
  // Read by the library when it is loaded: it is not to write between the lines of the tests.
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  const [server, client, certificates, { nodesets }] = await Promise.all([
    import('node-opcua-server'),
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
    import('node-opcua-nodesets'),
  ]);
  return { ...server, ...client, ...certificates, nodesets };
}
export type StageLibrary = Awaited<ReturnType<typeof loadLibraries>>;

export async function startStage(port: number, dir: string, options: StageOptions = {}) {
  const library = await loadLibraries();
  const { OPCUACertificateManager, OPCUAServer, MessageSecurityMode, SecurityPolicy, nodesets } = library;
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder: join(dir, 'stage-pki'),
    automaticallyAcceptUnknownCertificate: true,
  });
  await serverCertificateManager.initialize();
  const types = options.types === true ? [join(import.meta.dirname, 'axis-types.xml')] : [];
  const server = new OPCUAServer({
    host: options.host ?? '127.0.0.1',
    hostname: '127.0.0.1',
    port,
    serverCertificateManager,
    serverInfo: { applicationUri: 'urn:gemel:test:stage-server' },
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    nodeset_filename: [nodesets.standard, ...types],
    ...(options.limits === undefined ? {} : { serverCapabilities: { operationLimits: options.limits } }),
  });
  await server.initialize();
  const addressSpace = server.engine.addressSpace!;
  for (const uri of options.before ?? []) addressSpace.registerNamespace(uri);
  const namespace = addressSpace.registerNamespace(stageNamespace);
  const machine = namespace.addObject({
    browseName: 'Machine',
    nodeId: 's=Machine',
    organizedBy: addressSpace.rootFolder.objects,
  });
  await server.start();
  let stopped = false;
  return {
    library,
    server,
    addressSpace,
    namespace,
    machine,
    url: `opc.tcp://127.0.0.1:${port}`,
    /** A Double below Machine, with a value; one of `BaseDataType` may become something else. */
    number(name: string, value = 0, type: 'Double' | 'BaseDataType' = 'Double'): StageVariable {
      const { DataType, StatusCodes } = library;
      const variable = namespace.addVariable({
        browseName: name,
        nodeId: `s=${name}`,
        componentOf: machine,
        dataType: type,
        minimumSamplingInterval: 0,
      });
      variable.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good);
      return variable;
    },
    set(variable: StageVariable, value: number, timeMs = Date.now()) {
      const { DataType, StatusCodes } = library;
      variable.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, new Date(timeMs));
    },
    /** What it says of an operation limit, whatever it does. */
    sayLimit(node: string, value: number) {
      const { DataType, Variant } = library;
      const variable = addressSpace.findNode(node) as StageVariable;
      variable.bindVariable({ get: () => new Variant({ dataType: DataType.UInt32, value }) }, true);
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      await server.shutdown(0);
    },
  };
}
export type Stage = Awaited<ReturnType<typeof startStage>>;

/** What was told as a number so far is text now. */
export function setText({ library }: Stage, variable: StageVariable, value: string): void {
  const { DataType, StatusCodes } = library;
  variable.setValueFromSource({ dataType: DataType.String, value }, StatusCodes.Good);
}
