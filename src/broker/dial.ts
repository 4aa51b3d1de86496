// Opens the byte stream to an external broker: TCP, TLS or WebSocket. A server is always verified; there
// is no way to turn that off.
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContextOptions } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import { GemError } from '../errors.ts';
import { readAuthority, readKey, readPem } from './pem.ts';
import type { ExternalBrokerConfig } from './schema.ts';

export interface Dialer {
  /** Protocol and host, for logs. */
  readonly shownUrl: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  open(): Duplex;
}

interface TlsMaterial extends SecureContextOptions {
  readonly servername?: string;
}

const defaultPorts: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };

export async function createDialer(config: ExternalBrokerConfig, packetBytes: number): Promise<Dialer> {
  const url = new URL(config.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? defaultPorts[url.protocol]! : Number(url.port);
  const tls = await readTlsMaterial(config);
  const servername = config.tls?.servername ?? host;

  function open(): Duplex {
    if (url.protocol === 'mqtt:') return connectTcp({ host, port, noDelay: true });
    if (url.protocol === 'mqtts:') {
      // An address cannot be asked for by name; it is still compared with the certificate.
      const name = isIP(servername) === 0 ? { servername } : {};
      const socket = connectTls({ ...tls, ...name, host, port, rejectUnauthorized: true });
      socket.setNoDelay(true);
      return socket;
    }
    const address = `${url.protocol}//${url.host}${url.pathname}${url.search}`;
    const websocket = new WebSocket(address, 'mqtt', {
      ...tls,
      ...(config.tls?.servername === undefined ? {} : { servername: config.tls.servername }),
      rejectUnauthorized: true,
      perMessageDeflate: false,
      maxPayload: packetBytes,
      handshakeTimeout: config.connectTimeoutS * 1000,
    });
    return createWebSocketStream(websocket);
  }

  return {
    // Not the path either: that of a WebSocket may hold a token.
    shownUrl: `${url.protocol}//${url.host}`,
    username: config.username ?? (url.username === '' ? undefined : decodeURIComponent(url.username)),
    password: config.password ?? (url.password === '' ? undefined : decodeURIComponent(url.password)),
    open,
  };
}

async function readTlsMaterial({ tls }: ExternalBrokerConfig): Promise<TlsMaterial> {
  const material: TlsMaterial = { minVersion: 'TLSv1.2' };
  if (tls?.ca !== undefined) material.ca = await readAuthority('the authority of the broker', tls.ca);
  if (tls?.cert !== undefined) material.cert = await readPem('the client certificate', tls.cert);
  if (tls?.key !== undefined) material.key = await readKey('the client key', tls.key);
  try {
    createSecureContext(material);
  } catch (error) {
    const file = tls?.cert ?? tls?.ca ?? '';
    const why = `not usable PEM (${(error as Error).message})`;
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the certificates', file, why }, error);
  }
  return material;
}
