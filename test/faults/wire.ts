// A wire between two processes that can be cut, and that can swallow what is said without a sign to either side.
import { connect, createServer, type Socket } from 'node:net';

export interface Wire {
  readonly port: number;
  /** How many have called. */
  calls(): number;
  /** Ends what is open; whoever calls again gets through. */
  cut(): void;
  /** From now on nothing arrives, in either direction, and new calls reach nobody. */
  swallow(): void;
  mend(): void;
  close(): void;
}

export async function layWire(toPort: number): Promise<Wire> {
  const ends = new Set<Socket>();
  let swallowing = false;
  let calls = 0;
  const keep = (socket: Socket) => {
    ends.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => ends.delete(socket));
  };
  const server = createServer((near) => {
    calls++;
    keep(near);
    const far = connect(toPort, '127.0.0.1');
    keep(far);
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => swallowing || to.write(chunk));
      from.on('close', () => swallowing || to.destroy());
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const end of ends) end.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    calls: () => calls,
    cut,
    swallow() {
      swallowing = true;
    },
    mend() {
      swallowing = false;
    },
    close() {
      cut();
      server.close();
    },
  };
}
