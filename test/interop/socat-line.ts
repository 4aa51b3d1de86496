// A USB serial device made of socat: a pty under a name of our choice, whose other end is in our hands.
// Killing it is pulling the plug.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { poll } from '../poll.ts';

export interface SocatLine {
  readonly pid: number;
  say(bytes: string | Uint8Array): void;
  /** SIGKILL leaves the name behind, pointing nowhere; SIGTERM takes it away. */
  unplug(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** A missing socat is a failure, never a skip. */
export function demandSocat(): void {
  const { error } = spawnSync('socat', ['-V']);
  if (error !== undefined) throw new Error('socat is missing: apt install socat');
}

export async function plugIn(link: string): Promise<SocatLine> {
  // A killed socat leaves its name behind.
  const before = madeMs(link);
  const child: ChildProcess = spawn('socat', ['-u', 'STDIN', `PTY,link=${link},rawer`], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdin?.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  await poll(
    'the pty',
    () => {
      if (child.exitCode !== null) throw new Error(`socat ended: ${complaint}`);
      const made = madeMs(link);
      return made > 0 && made !== before;
    },
    5000,
    1,
  );
  return {
    pid: child.pid!,
    say(bytes) {
      child.stdin?.write(bytes);
    },
    async unplug(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

function madeMs(link: string): number {
  try {
    return lstatSync(link).ctimeMs;
  } catch {
    return 0;
  }
}
