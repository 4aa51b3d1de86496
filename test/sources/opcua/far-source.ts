// Starts source-process.ts in its own process, and asks it how it fares.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SourceMemory, SourceReport } from './source-process.ts';

export interface FarSource {
  readonly child: ChildProcess;
  report(): Promise<SourceReport>;
  /** After a garbage collection. */
  memory(): Promise<SourceMemory>;
  /** Stops the source; resolves when the process has come to its end by itself. */
  stop(): Promise<void>;
  kill(): void;
}

const program = fileURLToPath(new URL('source-process.ts', import.meta.url));

export async function startFarSource(
  config: object,
  pkiDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<FarSource> {
  const child = fork(program, [JSON.stringify({ type: 'opcua', ...config }), pkiDir], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...env },
  });
  await once(child, 'message');
  const ask = async (question: 'report' | 'memory'): Promise<unknown> => {
    const answer = once(child, 'message');
    child.send(question);
    return (await answer)[0];
  };
  return {
    child,
    report: () => ask('report') as Promise<SourceReport>,
    memory: () => ask('memory') as Promise<SourceMemory>,
    async stop() {
      const exit = once(child, 'exit');
      child.send('stop');
      await exit;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
