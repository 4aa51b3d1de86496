// Starts source-process.ts in its own process, and asks it how it fares.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SourceReport } from './source-process.ts';

export interface FarSource {
  readonly child: ChildProcess;
  report(): Promise<SourceReport>;
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
  const ask = async (question: 'report' | 'stop') => {
    const answer = once(child, 'message');
    child.send(question);
    return (await answer)[0] as unknown;
  };
  await once(child, 'message');
  return {
    child,
    report: async () => (await ask('report')) as SourceReport,
    async stop() {
      await ask('stop');
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
