// The CNC on the network: an OPC UA server on loopback with one folder a machine. Only serves what the panels
// show; nothing can be written to it.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OPCUAServer } from 'node-opcua-server';
import { GemError } from '../errors.ts';
import { type NodeSpec, type NodeType, type NodeValue, nodeUnits } from './panel.ts';

export const cncNamespace = 'urn:gemel:plant:cnc';
const unitsNamespace = 'http://www.opcfoundation.org/UA/units/un/cefact';
const host = '127.0.0.1';

export interface CncMachine {
  readonly id: string;
  readonly panel: readonly NodeSpec[];
}

export interface Cnc {
  readonly url: string;
  /** One cycle: reads every panel and stamps what is new with `timeMs`. */
  update(timeMs: number): void;
  stop(): Promise<void>;
}

/** The libraries are large; whoever starts the plant should see the ESP32s talk meanwhile. */
async function loadLibraries() {
  // Its own warnings would land between our lines.
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  const [server, client, certificates] = await Promise.all([
    import('node-opcua-server'),
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
  ]);
  return { ...server, ...client, ...certificates };
}
type Libraries = Awaited<ReturnType<typeof loadLibraries>>;
type Namespace = ReturnType<NonNullable<OPCUAServer['engine']['addressSpace']>['getOwnNamespace']>;
type UAObject = ReturnType<Namespace['addObject']>;
type UAVariable = ReturnType<Namespace['addVariable']>;

export async function startCnc(
  machines: readonly CncMachine[],
  port: number,
  stateDir: string,
): Promise<Cnc> {
  const libraries = await loadLibraries();
  const server = await newServer(libraries, port, join(stateDir, 'cnc-pki'));
  try {
    await server.initialize();
    const nodes = addMachines(libraries, server, machines);
    await server.start();
    return {
      url: `opc.tcp://${host}:${server.endpoints[0]?.port ?? port}`,
      update: (timeMs) => refresh(libraries, nodes, new Date(timeMs)),
      stop: () => server.shutdown(0),
    };
  } catch (error) {
    await server.shutdown(0).catch(() => {});
    throw listenError(error, port);
  }
}

function listenError(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const details = { what: 'the CNC of the plant', host, port, path: '--opcua-port' };
  if (code === 'EADDRINUSE') return new GemError('GEM_PORT_IN_USE', details, error);
  if (code === 'EACCES')
    return new GemError('GEM_LISTEN_FAILED', { ...details, why: 'not permitted' }, error);
  return error;
}

async function newServer(libraries: Libraries, port: number, pkiDir: string): Promise<OPCUAServer> {
  // A killed plant leaves its lock behind, and the next one would wait two minutes for it.
  await rm(join(pkiDir, 'mutex.lock'), { recursive: true, force: true });
  const { OPCUAServer, OPCUACertificateManager, MessageSecurityMode, SecurityPolicy } = libraries;
  const certificates = new OPCUACertificateManager({
    rootFolder: pkiDir,
    // The stand-in lets anybody look; whom a gateway trusts is the gateway's affair.
    automaticallyAcceptUnknownCertificate: true,
  });
  await certificates.initialize();
  return new OPCUAServer({
    host,
    hostname: host,
    port,
    serverCertificateManager: certificates,
    serverInfo: {
      applicationUri: cncNamespace,
      productUri: 'urn:gemel:plant',
      applicationName: { text: 'Gemel plant CNC' },
    },
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [
      SecurityPolicy.None,
      SecurityPolicy.Basic256Sha256,
      SecurityPolicy.Aes256_Sha256_RsaPss,
    ],
    serverCapabilities: { maxSessions: 20 },
    isAuditing: false,
  });
}

interface ServedNode {
  readonly spec: NodeSpec;
  readonly variable: UAVariable;
  last: NodeValue | undefined;
}

function addMachines(
  libraries: Libraries,
  server: OPCUAServer,
  machines: readonly CncMachine[],
): ServedNode[] {
  const addressSpace = server.engine.addressSpace;
  if (addressSpace === null)
    throw new GemError('GEM_INTERNAL', { why: 'the OPC UA server has no address space' });
  const namespace = addressSpace.getOwnNamespace();
  const objects = addressSpace.rootFolder.objects;
  return machines.flatMap(({ id, panel }) => {
    const root = namespace.addObject({ browseName: id, organizedBy: objects, nodeId: `s=${id}` });
    const folders = new Map<string, UAObject>();
    return panel.map((spec): ServedNode => {
      const parent = folderOf(namespace, root, folders, id, spec.path);
      return { spec, variable: addVariable(libraries, namespace, parent, id, spec), last: undefined };
    });
  });
}

/** `Axis.X.Position` lies in `Axis`, `X`. */
function folderOf(
  namespace: Namespace,
  root: UAObject,
  folders: Map<string, UAObject>,
  id: string,
  path: string,
): UAObject {
  let parent = root;
  const levels = path.split('.').slice(0, -1);
  for (let depth = 1; depth <= levels.length; depth++) {
    const key = levels.slice(0, depth).join('.');
    const known = folders.get(key);
    parent =
      known ??
      namespace.addObject({ browseName: levels[depth - 1]!, componentOf: parent, nodeId: `s=${id}.${key}` });
    folders.set(key, parent);
  }
  return parent;
}

function addVariable(
  { DataType }: Libraries,
  namespace: Namespace,
  parent: UAObject,
  id: string,
  spec: NodeSpec,
): UAVariable {
  const options = {
    componentOf: parent,
    browseName: spec.path.slice(spec.path.lastIndexOf('.') + 1),
    nodeId: `s=${id}.${spec.path}`,
    description: spec.about,
    dataType: DataType[spec.type],
    accessLevel: 'CurrentRead',
    userAccessLevel: 'CurrentRead',
    minimumSamplingInterval: 0,
  };
  if (spec.unit === undefined) return namespace.addVariable(options);
  const { unitId, text, name } = nodeUnits[spec.unit];
  return namespace.addAnalogDataItem({
    ...options,
    engineeringUnits: {
      namespaceUri: unitsNamespace,
      unitId,
      displayName: { text },
      description: { text: name },
    },
    engineeringUnitsRange: { low: -1e9, high: 1e9 },
  });
}

function refresh({ DataType, StatusCodes }: Libraries, nodes: readonly ServedNode[], time: Date): void {
  for (const node of nodes) {
    const { spec, variable } = node;
    const value = spec.read();
    if (!spec.cyclic && value === node.last) continue;
    node.last = value;
    const dataType: Libraries['DataType'][NodeType] = DataType[spec.type];
    variable.setValueFromSource({ dataType, value }, StatusCodes.Good, time);
  }
}
