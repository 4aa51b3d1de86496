// TCP ports that are free, at the moment of asking.
import { createServer } from 'node:net';

export async function isFree(host: string, port: number): Promise<boolean> {
  return (await listenOnce(host, port)) !== undefined;
}

export async function freePort(host: string): Promise<number> {
  return (await listenOnce(host, 0)) ?? 0;
}

/** The port it could listen on, or undefined. */
function listenOnce(host: string, port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
