// A small HTTP server for machines that read: GET and HEAD of fixed paths, bounded in time and connections.
// It must never take a body, and never hold a slow client.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';

export interface Page {
  readonly contentType: string;
  readonly body: string;
}

export interface ScrapeServer {
  /** Resolves with the port when listening. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

const timeoutMs = 10_000;
const connectionsMax = 32;
const closeGraceMs = 1000;

export function newScrapeServer(pages: ReadonlyMap<string, () => Promise<Page>>, log: Log): ScrapeServer {
  const server = createServer(
    {
      headersTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      respond(pages, request, response).catch((error: unknown) => {
        log.error({ err: error }, 'a scrape failed');
        if (!response.headersSent) sendText(request, response, 500, 'internal error\n');
        else response.destroy();
      });
    },
  );
  server.timeout = timeoutMs;
  server.maxConnections = connectionsMax;
  return {
    listen: (host, port) => listen(server, host, port, log),
    close: () => close(server),
  };
}

async function respond(
  pages: ReadonlyMap<string, () => Promise<Page>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // What follows the headers is not read: the connection ends here.
    response.setHeader('Connection', 'close').setHeader('Allow', 'GET, HEAD');
    sendText(request, response, 405, 'method not allowed\n');
    return;
  }
  const page = pages.get((request.url ?? '/').split('?', 1)[0]!);
  if (page === undefined) sendText(request, response, 404, 'not found\n');
  else send(request, response, 200, await page());
}

function sendText(request: IncomingMessage, response: ServerResponse, status: number, body: string): void {
  send(request, response, status, { contentType: 'text/plain; charset=utf-8', body });
}

function send(request: IncomingMessage, response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, {
    'Content-Type': page.contentType,
    'Content-Length': Buffer.byteLength(page.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function listen(server: Server, host: string, port: number, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      server.on('error', (error) => log.error({ err: error }, 'the metrics endpoint has trouble'));
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): GemError {
  const details = { what: 'the metrics endpoint', host, port, path: 'metrics.port' };
  if (error.code === 'EADDRINUSE') return new GemError('GEM_PORT_IN_USE', details, error);
  return new GemError('GEM_LISTEN_FAILED', { ...details, why: error.message }, error);
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    // A scrape under way may finish; a client that takes longer is cut.
    const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
