// The OPC UA server of the CNC: its libraries, its certificates, its limits. Knows nothing of machines.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OPCUAServer, OperationLimitsOptions } from 'node-opcua-server';

export const cncNamespace = 'urn:gemel:plant:cnc';
export const host = '127.0.0.1';
/** As controls have it: more in one call is refused. */
const operationsPerCall = 1000;

/** The libraries are large; whoever starts the plant should see the ESP32s talk meanwhile. */
export async function loadLibraries() {
  // Its own warnings would land between our lines.
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  const [server, client, certificates] = await Promise.all([
    import('node-opcua-server'),
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
  ]);
  return { ...server, ...client, ...certificates };
}
export type Libraries = Awaited<ReturnType<typeof loadLibraries>>;

export async function newServer(libraries: Libraries, port: number, pkiDir: string): Promise<OPCUAServer> {
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
    serverCapabilities: { maxSessions: 20, operationLimits: limitsOf(operationsPerCall) },
    isAuditing: false,
  });
}

function limitsOf(perCall: number): OperationLimitsOptions {
  return {
    maxNodesPerRead: perCall,
    maxNodesPerBrowse: perCall,
    maxMonitoredItemsPerCall: perCall,
    maxNodesPerTranslateBrowsePathsToNodeIds: perCall,
    maxNodesPerRegisterNodes: perCall,
    maxNodesPerHistoryReadData: perCall,
  };
}
