// What can go wrong between a CNC and its clients, done on purpose to a running OPC UA server. The values
// and the machine behind it are not touched.
import type { Server, Socket } from 'node:net';
import type { OPCUAServer } from 'node-opcua-server';
import type { Libraries } from './cnc-server.ts';

export const cncFaultNames = [
  'refused-transfer',
  'expired-session',
  'rotated-certificate',
  'cycling-status',
  'half-open',
] as const;
export type CncFault = (typeof cncFaultNames)[number];

export function isCncFault(name: string): name is CncFault {
  return (cncFaultNames as readonly string[]).includes(name);
}

export const cncFaultAbout: Readonly<Record<CncFault, string>> = {
  'refused-transfer': 'the CNC hands no subscription over to a new session',
  'expired-session': 'the CNC ends every session, as if it had expired; again every 10 s',
  'rotated-certificate': 'the CNC restarts once with a new certificate',
  'cycling-status': 'every value goes round Good, Uncertain and Bad, two seconds each',
  'half-open': 'the CNC answers nothing more, and its connections stay open',
};

/** What a broken server undoes when it is mended. */
export type Mend = () => void;

const expireEveryMs = 10_000;

export function refuseTransfer({ StatusCodes, TransferResult }: Libraries, server: OPCUAServer): Mend {
  const { engine } = server;
  const transfer = engine.transferSubscription.bind(engine);
  engine.transferSubscription = async () =>
    new TransferResult({ statusCode: StatusCodes.BadUserAccessDenied });
  return () => {
    engine.transferSubscription = transfer;
  };
}

export function expireSessions({ engine }: OPCUAServer): Mend {
  const expire = () => {
    for (const { authenticationToken } of sessionsOf(engine)) {
      engine.closeSession(authenticationToken, true, 'Timeout');
    }
  };
  expire();
  const timer = setInterval(expire, expireEveryMs);
  return () => clearInterval(timer);
}

type Engine = OPCUAServer['engine'];
type Session = Parameters<Engine['closeSession']>[0];

/** The library counts its sessions in public and keeps them in private. */
function sessionsOf(engine: Engine): { readonly authenticationToken: Session }[] {
  const { _sessions } = engine as unknown as { _sessions: Record<string, { authenticationToken: Session }> };
  return Object.values(_sessions);
}

/** Nothing is read and nothing leaves, yet nobody is told: what a pulled cable or a frozen CNC looks like. */
export function hang(server: OPCUAServer, open: ReadonlySet<Socket>): Mend {
  const freeze = (socket: Socket) => {
    socket.cork();
    socket.pause();
    // The library resumes a connection when it takes it up.
    socket.resume = () => socket;
  };
  for (const socket of open) freeze(socket);
  const listeners = listenersOf(server);
  for (const listener of listeners) listener.prependListener('connection', freeze);
  return () => {
    for (const listener of listeners) listener.off('connection', freeze);
    // What waited there is of a time long gone.
    for (const socket of open) socket.destroy();
  };
}

/** Every connection of the server, for as long as it is one. */
export function watchConnections(server: OPCUAServer): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  for (const listener of listenersOf(server)) {
    listener.prependListener('connection', (socket: Socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
  }
  return open;
}

function listenersOf({ endpoints }: OPCUAServer): Server[] {
  return endpoints.flatMap((endpoint) => (endpoint as unknown as { _server?: Server })._server ?? []);
}
