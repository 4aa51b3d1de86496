// Opens the way to the address of a server. The library cannot dial an IPv6 address (it takes the brackets of the
// URL for a part of a name): that socket is opened here and handed over, as that of a server which dialled us.
import { createConnection, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ClientReverseConnect, OPCUAClient } from 'node-opcua-client';
import { Refusal } from '../refusal.ts';

const connectTimeoutMs = 5_000;
const defaultPort = 4840;

/** What `connectReverse` asks of the listener it is given. */
type Handover = Pick<ClientReverseConnect, 'connectionUrl' | 'waitForConnection'>;

/** A socket that is connected knows the other end. */
type Connected = Socket & { remoteAddress: string; remotePort: number };

export async function dial(client: OPCUAClient, url: string): Promise<void> {
  const address = ipv6Of(url);
  if (address === undefined) {
    await client.connect(url);
    return;
  }
  // In the library's words the trouble would be lost.
  let failure: Error | undefined;
  const listener = handover(url, address, (error) => {
    failure = error;
  });
  await client.connectReverse(listener as ClientReverseConnect).catch((error: unknown) => {
    throw failure ?? error;
  });
}

export interface Ipv6Address {
  /** Without brackets; with its zone where it has one. */
  readonly host: string;
  readonly port: number;
}

export function ipv6Of(url: string): Ipv6Address | undefined {
  const match = /^opc\.tcp:\/\/\[([^\]]+)\](?::(\d+))?(?:\/|$)/i.exec(url);
  if (match === null) return undefined;
  return { host: match[1]!, port: Number(match[2] ?? defaultPort) };
}

function handover(url: string, { host, port }: Ipv6Address, onFailure: (error: Error) => void): Handover {
  // The zone is the name of a cable of ours, and means nothing to the server.
  const endpointUrl = url.replace(/%[^\]]*/, '');
  return {
    connectionUrl: endpointUrl,
    waitForConnection(_expected, callback) {
      const socket = createConnection({ host, port, noDelay: true });
      const fail = (error: Error) => {
        socket.destroy();
        const why = isWithoutIpv6(error) ? new Refusal(noIpv6, 'soon', error) : error;
        onFailure(why);
        callback(why);
      };
      socket.setTimeout(connectTimeoutMs, () => fail(new Error(`ETIMEDOUT ${host}`)));
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.removeAllListeners('timeout');
        socket.removeListener('error', fail);
        callback(null, { socket: socket as Connected, endpointUrl, serverUri: '' });
      });
      return { cancel: () => fail(new Error('premature disconnection')) };
    },
  };
}

const noIpv6 =
  'this computer has no IPv6, and the address of the server is one: give its IPv4 address or its name';

function isWithoutIpv6(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'EAFNOSUPPORT') return true;
  const unreachable = error.code === 'EADDRNOTAVAIL' || error.code === 'ENETUNREACH';
  return unreachable && !hasIpv6();
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));
}
