// TCP ports that are free, at the moment of asking.
import { createServer } from 'node:net';

export async function isFree(host: string, port: number): Promise<boolean> {
  return (await whyNotFree(host, port)) === undefined;
}

/** Undefined when one can listen there. */
export async function whyNotFree(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const found = await listenOnce(host, port);
  return typeof found === 'number' ? undefined : found;
}

export async function freePort(host: string): Promise<number> {
  const found = await listenOnce(host, 0);
  return typeof found === 'number' ? found : 0;
}

/** The port it could listen on, or why it could not. */
function listenOnce(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', done);
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
