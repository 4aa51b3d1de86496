// The real program in a process of its own, and what it said.
import { type ChildProcess, spawn } from 'node:child_process';
import { poll } from './poll.ts';

const door = new URL('../bin/gemel.js', import.meta.url).pathname;

/** `npm test` has built the bundle, which starts in two thirds of the time, and says so; else it is the sources. */
export const bundleEnv: Record<string, string> =
  process.env['TEST_BUNDLE'] === '1' ? { GEMEL_BUNDLE: '1' } : {};
/** A gateway makes its reserve of 16 MB as soon as it runs: hundreds of them, and none is ever needed. */
const withoutReserve = { GEMEL_HISTORY_BALLAST_MB: '0' };

export interface GemelProcess {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Waits for words on either stream; fails with all that was said. */
  said(words: string | RegExp, deadlineMs?: number): Promise<void>;
  /** Exit code, or the signal that ended it; all that it said has been heard by then. */
  ended(deadlineMs?: number): Promise<number | string>;
  kill(signal?: NodeJS.Signals): void;
}

export function gemel(
  words: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): GemelProcess {
  const usual = words[0] === 'run' ? { ...bundleEnv, ...withoutReserve } : bundleEnv;
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', ...usual, ...options.env };
  const child = spawn(process.execPath, [door, ...words], { env, cwd: options.cwd, stdio: 'pipe' });
  // A program that is done before it has read is no failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const all = () => `${out}${err}`;
  // Not its exit: then the last words may still be in the pipe.
  let closed = false;
  child.once('close', () => {
    closed = true;
  });
  return {
    child,
    out: () => out,
    err: () => err,
    async said(wanted, deadlineMs = 60_000) {
      const found = () => (typeof wanted === 'string' ? all().includes(wanted) : wanted.test(all()));
      await poll(`"${wanted}"`, () => found() || closed, deadlineMs).catch(() => undefined);
      if (!found()) throw new Error(`never said "${wanted}" (exit ${child.exitCode}):\n${all()}`);
    },
    async ended(deadlineMs = 60_000) {
      await poll('the end', () => closed, deadlineMs);
      return child.exitCode ?? child.signalCode ?? 'unknown';
    },
    kill(signal = 'SIGKILL') {
      child.kill(signal);
    },
  };
}
