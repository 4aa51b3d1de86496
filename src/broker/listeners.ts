// The broker's open ports: MQTT over TCP or TLS, and over WebSocket for browsers. Must never hand on a
// WebSocket that a page from elsewhere opened.
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { GemError } from '../errors.ts';
import { isLoopback } from './safety.ts';

export interface Listeners {
  readonly port: number;
  readonly websocketPort: number | undefined;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly websocketPort: number | undefined;
  readonly tls: TlsOptions | undefined;
  readonly packetBytes: number;
  /** `socket` is the connection below; the same as `conn` unless it is a WebSocket. */
  readonly accept: (conn: Duplex, socket: Socket) => void;
  readonly refused: (why: 'origin' | 'tls') => void;
  /** Accepting failed after the start, e.g. for want of file descriptors. */
  readonly failed: (error: Error) => void;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

export async function openListeners(options: ListenOptions): Promise<Listeners> {
  const plain = openTcp(options);
  const port = await listen(plain, options, options.port, 'broker.port');
  if (options.websocketPort === undefined) {
    return { port, websocketPort: undefined, close: () => closeServer(plain) };
  }
  const web = openWeb(options);
  try {
    const websocketPort = await listen(web, options, options.websocketPort, 'broker.websocketPort');
    return {
      port,
      websocketPort,
      close: async () => {
        web.closeAllConnections();
        await Promise.all([closeServer(plain), closeServer(web)]);
      },
    };
  } catch (error) {
    await closeServer(plain);
    throw error;
  }
}

function openTcp({ tls, accept, refused }: ListenOptions): Server {
  const admit = (socket: Socket): void => {
    socket.setNoDelay(true);
    accept(socket, socket);
  };
  if (tls === undefined) return createServer({ noDelay: true }, admit);
  const server = createTlsServer({ ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, admit);
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => {
    refused('tls');
    socket.destroy();
  });
  return server;
}

function openWeb({ tls, accept, refused, packetBytes }: ListenOptions): HttpServer {
  const answer = (
    _request: IncomingMessage,
    response: { writeHead(code: number): { end(text: string): void } },
  ) => response.writeHead(426).end('MQTT over WebSocket only\n');
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  server.headersTimeout = HANDSHAKE_TIMEOUT_MS;
  server.requestTimeout = HANDSHAKE_TIMEOUT_MS;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: packetBytes + 16,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void => {
      refused('origin');
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    if (!originAllowed(request.headers.origin, request.headers.host)) return refuse('403 Forbidden');
    if (!/\bmqtt/.test(request.headers['sec-websocket-protocol'] ?? '')) return refuse('400 Bad Request');
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      (socket as Socket).setNoDelay(true);
      accept(createWebSocketStream(websocket), socket as Socket);
    });
  });
  return server;
}

/**
 * Programs send no origin. A page may come from this machine or from the host it connects to, if that host
 * is an address or this machine's own name (any other name could be made to point here).
 */
export function originAllowed(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const from = hostOf(origin);
  if (from === undefined) return false;
  if (isLoopback(from)) return true;
  const own = hostOf(`http://${host ?? ''}`);
  return own === from && (isIP(own) !== 0 || own.split('.')[0] === hostname().toLowerCase().split('.')[0]);
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  } catch {
    return undefined;
  }
}

function listen(
  server: Server,
  { host, failed }: ListenOptions,
  port: number,
  path: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const what = 'the broker';
    const refuse = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE')
        reject(new GemError('GEM_PORT_IN_USE', { what, host, port, path }, error));
      else reject(new GemError('GEM_LISTEN_FAILED', { what, host, port, path, why: error.message }, error));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse).on('error', failed);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
