// Starts tick-process.ts in its own process, and talks to it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Counted, Question, TickServerOptions } from './tick-server.ts';

export const tickNode = 'nsu=urn:gemel:test:tick;s=Counter';

export interface FarServer {
  readonly child: ChildProcess;
  /** Wall time at which it began to listen. */
  readonly readyMs: number;
  ask(question: Question): Promise<Counted>;
  /** SIGKILL: no goodbye to anybody. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('tick-process.ts', import.meta.url));

export async function startFarServer(options: TickServerOptions): Promise<FarServer> {
  const child = fork(program, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  const exit = once(child, 'exit');
  const ready = once(child, 'message').then(([message]) => (message as { atMs: number }).atMs);
  const readyMs = await Promise.race([
    ready,
    exit.then(([code]) => {
      throw new Error(`the server ended with ${code}: ${complaint}`);
    }),
  ]);
  return {
    child,
    readyMs,
    async ask(question) {
      const answer = once(child, 'message');
      child.send(question);
      return (await answer)[0] as Counted;
    },
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exit;
    },
  };
}
