// The IMU's serial line: raw over TCP on loopback, as a serial server offers one, and on a pty when socat is there to
// make one (Node cannot). Has no memory: what nobody reads is gone, as on a wire.
import { type ChildProcess, spawn } from 'node:child_process';
import { lstat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { GemError } from '../errors.ts';

const host = '127.0.0.1';
/** A reader that is behind by more loses lines, as it would with a full receive buffer. */
const behindBytesMax = 65_536;
const ptyDeadlineMs = 5000;

export interface ImuLine {
  /** tcp://127.0.0.1:port */
  readonly url: string;
  send(text: string): void;
  stop(): Promise<void>;
}

export interface ImuLineOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Name for a pty; socat makes it. */
  readonly pty?: string;
  /** socat ended by itself. */
  readonly onPtyLost: (why: string) => void;
}

export async function startImuLine(options: ImuLineOptions): Promise<ImuLine> {
  const readers = new Set<Socket>();
  const server = createServer((socket) => {
    readers.add(socket);
    socket.setNoDelay(true);
    // An IMU does not listen; what is written to it falls on the floor.
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => readers.delete(socket));
  });
  const port = await listen(server, options.port);
  const stop = async () => {
    for (const reader of readers) reader.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  let closePty: (() => Promise<void>) | undefined;
  try {
    if (options.pty !== undefined) closePty = await openPty(options.pty, port, options.onPtyLost);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `tcp://${host}:${port}`,
    send(text) {
      for (const reader of readers) if (reader.writableLength < behindBytesMax) reader.write(text, 'latin1');
    },
    async stop() {
      await closePty?.();
      await stop();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const details = { what: 'the IMU of the plant', host, port, path: '--imu-port' };
      if (error.code === 'EADDRINUSE') reject(new GemError('GEM_PORT_IN_USE', details, error));
      else reject(new GemError('GEM_LISTEN_FAILED', { ...details, why: error.message }, error));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

/** Resolves when the name is there, with how to take it away. A reader that goes away takes its pty along. */
async function openPty(
  link: string,
  port: number,
  onLost: (why: string) => void,
): Promise<() => Promise<void>> {
  let pty = makePty(link, port);
  const failed = pty.ended.then((why) => {
    throw new GemError('GEM_USAGE', { why: `cannot make the pty ${link}: ${why}` });
  });
  await Promise.race([named(link), failed]).catch((error: unknown) => {
    pty.child.kill('SIGKILL');
    throw error;
  });
  let stopping = false;
  const keep = async () => {
    for (;;) {
      const why = await pty.ended;
      if (stopping) return;
      if (why !== readerGone) return onLost(why);
      pty = makePty(link, port);
    }
  };
  const keeping = keep();
  return async () => {
    stopping = true;
    pty.child.kill('SIGTERM');
    await keeping;
  };
}

const readerGone = 'the reader is gone';

/** socat calls for lines once somebody reads, and ends with that reader: what was said before waits nowhere. */
function makePty(link: string, port: number): { child: ChildProcess; ended: Promise<string> } {
  const pty = `PTY,link=${link},rawer,wait-slave,pty-interval=0.05`;
  // Short, so that one who reads no more misses lines rather than finding them old.
  const line = `TCP:${host}:${port},rcvbuf=4096,mss=1024`;
  const child = spawn('socat', [pty, line], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-500);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'socat is not installed (apt install socat)' : error.message),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(readerGone);
      else resolve(complaint.trim() || `socat ended (${signal ?? `exit code ${code}`})`);
    });
  });
  return { child, ended };
}

async function named(link: string): Promise<void> {
  const deadlineMs = performance.now() + ptyDeadlineMs;
  while (performance.now() < deadlineMs) {
    const found = await lstat(link).catch(() => undefined);
    if (found?.isSymbolicLink()) return;
    await wait(10);
  }
  throw new GemError('GEM_USAGE', {
    why: `socat did not make the pty ${link} within ${ptyDeadlineMs / 1000} s`,
  });
}
