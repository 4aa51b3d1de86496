// A wire between two processes that can be cut and mended, and that knows who called when and what was said.
import { connect, createServer, type Socket } from 'node:net';
import { cleanUp } from './broker/fixture.ts';

export interface Relay {
  readonly port: number;
  /** When each connection came, in ms of the monotonic clock; also while the wire is cut. */
  readonly tries: readonly number[];
  /** Everything the callers have sent. */
  said(): Buffer;
  /** Ends what is open and hangs up on whoever calls. */
  cut(): void;
  mend(): void;
}

export async function startRelay(toPort: number): Promise<Relay> {
  const open = new Set<Socket>();
  const tries: number[] = [];
  const chunks: Buffer[] = [];
  let whole = true;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  };
  const server = createServer((caller) => {
    tries.push(performance.now());
    keep(caller);
    if (!whole) {
      caller.destroy();
      return;
    }
    const onward = connect({ port: toPort, host: '127.0.0.1', noDelay: true });
    keep(onward);
    caller.setNoDelay(true);
    caller.on('data', (chunk) => chunks.push(chunk));
    caller.pipe(onward);
    onward.pipe(caller);
    caller.on('close', () => onward.destroy());
    onward.on('close', () => caller.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hangUp = () => {
    for (const socket of open) socket.destroy();
  };
  cleanUp(() => {
    hangUp();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    tries,
    said: () => Buffer.concat(chunks),
    cut() {
      whole = false;
      hangUp();
    },
    mend() {
      whole = true;
    },
  };
}
