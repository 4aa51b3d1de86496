// A serial line over TCP, as a serial server offers one: whoever connects hears what the device says from then on.
import { createServer, type Server, type Socket } from 'node:net';

export interface LineServer {
  readonly port: number;
  readonly callers: number;
  /** So many have connected so far. */
  readonly calls: number;
  /** Everything that was ever written to the device. */
  heard(): Buffer;
  say(bytes: string | Uint8Array): void;
  /** Hangs up on everybody. */
  hangUp(): void;
  stop(): Promise<void>;
}

export async function startLineServer(port = 0): Promise<LineServer> {
  const callers = new Set<Socket>();
  const heard: Buffer[] = [];
  let calls = 0;
  const server: Server = createServer((socket) => {
    callers.add(socket);
    calls++;
    socket.on('data', (chunk) => heard.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => callers.delete(socket));
    // A line is joined anywhere: what comes first is the end of something.
    socket.write('.25,3.5\r\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const hangUp = () => {
    for (const socket of callers) socket.destroy();
  };
  return {
    port: address.port,
    get callers() {
      return callers.size;
    },
    get calls() {
      return calls;
    },
    heard: () => Buffer.concat(heard),
    say(bytes) {
      for (const socket of callers) socket.write(bytes);
    },
    hangUp,
    async stop() {
      hangUp();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
