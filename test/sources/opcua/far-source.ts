// Starts source-process.ts in its own process, and asks it how it fares.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SourceReport } from './source-process.ts';

export interface FarSource {
  readonly child: ChildProcess;
  report(): Promise<SourceReport>;
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
  return {
    child,
    async report() {
      const answer = once(child, 'message');
      child.send('report');
      return (await answer)[0] as SourceReport;
    },
    async stop() {
      const exit = once(child, 'exit');
      child.send('stop');
      await exit;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
