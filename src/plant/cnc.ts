// The CNC on the network: an OPC UA server on loopback with one folder a machine. Only serves what the panels
// show; nothing can be written to it.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GemError } from '../errors.ts';
import {
  type CncFault,
  expireSessions,
  hang,
  type Mend,
  refuseTransfer,
  watchConnections,
} from './cnc-fault.ts';
import { addMachines, type CncMachine, refresh } from './cnc-nodes.ts';
import { host, loadLibraries, newServer } from './cnc-server.ts';

export interface Cnc {
  readonly url: string;
  /** One cycle: reads every panel and stamps what is new with `timeMs`. */
  update(timeMs: number): void;
  /** What is broken from now on; all else is mended. */
  setFaults(faults: ReadonlySet<CncFault>): void;
  stop(): Promise<void>;
}

type Running = Awaited<ReturnType<typeof openServer>>;

export async function startCnc(
  machines: readonly CncMachine[],
  port: number,
  stateDir: string,
): Promise<Cnc> {
  const libraries = await loadLibraries();
  const pkiDir = join(stateDir, 'cnc-pki');
  let running: Running | undefined = await openServer(machines, port, pkiDir);
  const openPort = running.server.endpoints[0]?.port ?? port;
  /** Restarts follow one another; the last one ends before the stop does. */
  let turning: Promise<void> = Promise.resolve();

  const rotate = async () => {
    const old = running;
    running = undefined;
    breakage.mend();
    await old?.server.shutdown(0);
    await rm(join(pkiDir, 'own'), { recursive: true, force: true });
    running = await openServer(machines, openPort, pkiDir);
    breakage.apply(running);
  };

  const breakage = newBreakage(({ server, connections }, fault): Mend => {
    switch (fault) {
      case 'refused-transfer':
        return refuseTransfer(libraries, server);
      case 'expired-session':
        return expireSessions(server);
      case 'half-open':
        return hang(server, connections);
      case 'rotated-certificate':
        turning = turning.then(rotate);
        // Whoever stops the CNC hears of it.
        turning.catch(() => {});
        return () => {};
      case 'cycling-status':
        return () => {};
    }
  });

  return {
    url: `opc.tcp://${host}:${openPort}`,
    update(timeMs) {
      if (running === undefined) return;
      refresh(libraries, running.nodes, new Date(timeMs), breakage.has('cycling-status'));
    },
    setFaults(faults) {
      breakage.want(faults);
      if (running !== undefined) breakage.apply(running);
    },
    async stop() {
      breakage.want(new Set());
      await turning;
      await running?.server.shutdown(0);
    },
  };
}

/** What is to be broken, and what is: while the CNC restarts there is nothing to break. */
function newBreakage(begin: (running: Running, fault: CncFault) => Mend) {
  const broken = new Map<CncFault, Mend>();
  let wanted: ReadonlySet<CncFault> = new Set();
  return {
    has: (fault: CncFault) => broken.has(fault),
    want(faults: ReadonlySet<CncFault>) {
      wanted = new Set(faults);
      for (const [fault, mend] of broken) {
        if (wanted.has(fault)) continue;
        broken.delete(fault);
        mend();
      }
    },
    apply(running: Running) {
      for (const fault of wanted) if (!broken.has(fault)) broken.set(fault, begin(running, fault));
    },
    /** The next server will be as broken as this one, but for what brought it here. */
    mend() {
      for (const [fault, mend] of broken) {
        mend();
        if (fault !== 'rotated-certificate') broken.delete(fault);
      }
    },
  };
}

async function openServer(machines: readonly CncMachine[], port: number, pkiDir: string) {
  const libraries = await loadLibraries();
  const server = await newServer(libraries, port, pkiDir);
  try {
    await server.initialize();
    const nodes = addMachines(libraries, server, machines);
    await server.start();
    return { server, nodes, connections: watchConnections(server) };
  } catch (error) {
    await server.shutdown(0).catch(() => {});
    throw listenError(error, port);
  }
}

function listenError(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const details = { what: 'the CNC of the plant', host, port, path: '--opcua-port' };
  if (code === 'EADDRINUSE') return new GemError('GEM_PORT_IN_USE', details, error);
  if (code === 'EACCES')
    return new GemError('GEM_LISTEN_FAILED', { ...details, why: 'not permitted' }, error);
  return error;
}
