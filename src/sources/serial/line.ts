// The two kinds of line: a serial port of this machine, and one at the other end of a TCP connection.
// Only ever reads: nothing is written to a device from here.
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import type { SerialPort } from 'serialport';
import { portReason, tcpReason } from './reason.ts';
import type { SerialSourceConfig } from './schema.ts';

export interface LineEvents {
  readonly onOpen: () => void;
  readonly onBytes: (chunk: Buffer) => void;
  /** It could not be opened, or is no more; may be called again. */
  readonly onEnd: (why: string) => void;
}

export interface Line {
  /** Asked now and then: the port may be gone without having said so. */
  check(): void;
  /** What comes meanwhile waits where it is, or is lost, as on a wire. */
  pause(): void;
  resume(): void;
  /** Resolves when it is closed and can be opened again. */
  close(): Promise<void>;
}

type PortClass = typeof SerialPort;

const connectTimeoutMs = 5000;
const keepAliveMs = 10_000;
/** At most so much comes in one piece: a tick waits for what is made of it. */
const readBytes = 16_384;

/** Host and port of tcp://host:port; undefined for a path. */
export function tcpAddress(path: string): { host: string; port: number } | undefined {
  if (!path.startsWith('tcp://')) return undefined;
  const { hostname, port } = new URL(path);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** Native code: loaded before it is needed, and only where it is. */
export async function loadPortClass(): Promise<PortClass> {
  return (await import('serialport')).SerialPort;
}

export function openTcp(host: string, port: number, { onOpen, onBytes, onEnd }: LineEvents): Line {
  const onread = {
    buffer: Buffer.alloc(readBytes),
    callback(bytes: number, buffer: Uint8Array) {
      onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      return true;
    },
  };
  const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: keepAliveMs, onread });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.setTimeout(connectTimeoutMs);
  socket.once('timeout', () => {
    onEnd(`${host}:${port} does not answer`);
    socket.destroy();
  });
  socket.once('connect', () => {
    // From here on silence is the source's to judge.
    socket.setTimeout(0);
    onOpen();
  });
  socket.on('error', (error) => onEnd(tcpReason(error, `${host}:${port}`)));
  socket.once('close', () => onEnd(`${host}:${port} closed the line`));
  return {
    check() {},
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    async close() {
      socket.destroy();
      await closed;
    },
  };
}

export function openPort(
  Port: PortClass,
  config: SerialSourceConfig,
  { onOpen, onBytes, onEnd }: LineEvents,
): Line {
  const { path, baudRate, dataBits, parity, stopBits, rtscts } = config;
  const port = new Port({ path, baudRate, dataBits, parity, stopBits, rtscts, lock: true, autoOpen: false });
  port.on('data', onBytes);
  port.on('error', (error) => onEnd(portReason(error, path)));
  port.on('close', () => onEnd(`${path} was unplugged`));
  let device: string | undefined;
  const identify = async () => {
    device = await identityOf(path);
  };
  const opening = new Promise<void>((resolve) => {
    port.open((error) => {
      if (error) onEnd(portReason(error, path));
      else {
        void identify();
        onOpen();
      }
      resolve();
    });
  });
  return {
    check() {
      if (device === undefined) return;
      // A port that vanishes at the wrong moment reads nothing for ever instead of failing.
      void identityOf(path).then((now) => {
        if (now !== device) onEnd(`${path} was unplugged`);
      });
    },
    pause: () => port.pause(),
    resume: () => port.resume(),
    async close() {
      await opening;
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    },
  };
}

/** The device behind a path; undefined when there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { rdev, ino } = await stat(path);
    return `${rdev}/${ino}`;
  } catch {
    return undefined;
  }
}
