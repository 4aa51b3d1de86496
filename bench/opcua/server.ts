// The peer of the OPC UA bench: doubles that all change ten times a second, each with its source time.
// `fork(server.ts, [items, state dir])`; tells its address, then serves until it is killed.
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes } from 'node-opcua-client';
import { OPCUAServer } from 'node-opcua-server';

const [items = '5000', dir = '.'] = process.argv.slice(2);
const everyMs = 100;

const serverCertificateManager = new OPCUACertificateManager({
  rootFolder: join(dir, 'server-pki'),
  automaticallyAcceptUnknownCertificate: true,
});
await serverCertificateManager.initialize();
const server = new OPCUAServer({
  host: '127.0.0.1',
  hostname: '127.0.0.1',
  port: 0,
  serverCertificateManager,
  serverInfo: { applicationUri: 'urn:gemel:bench' },
  securityModes: [MessageSecurityMode.None],
  securityPolicies: [SecurityPolicy.None],
  serverCapabilities: { operationLimits: { maxMonitoredItemsPerCall: 1000, maxNodesPerRead: 1000 } },
});
await server.initialize();
const namespace = server.engine.addressSpace!.getOwnNamespace();
const variables = Array.from({ length: Number(items) }, (_, index) =>
  namespace.addVariable({
    browseName: `V${index}`,
    nodeId: `s=V${index}`,
    organizedBy: server.engine.addressSpace!.rootFolder.objects,
    dataType: DataType.Double,
    minimumSamplingInterval: 0,
  }),
);
await server.start();

let turn = 0;
setInterval(() => {
  turn++;
  const now = new Date();
  for (let i = 0; i < variables.length; i++) {
    const value = Math.sin((turn + i) / 50);
    variables[i]!.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, now);
  }
}, everyMs);

process.send!({ url: `opc.tcp://127.0.0.1:${server.endpoints[0]!.port}` });
process.on('disconnect', () => process.exit(0));
