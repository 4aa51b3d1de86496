import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanUp, stateDir, useCleanUp } from '../broker/fixture.ts';

useCleanUp();

it('a machine shop that the demo started and that cannot start says so and ends', async () => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  cleanUp(() => busy.close());
  const { port } = busy.address() as { port: number };
  const door = new URL('../../bin/gemel.js', import.meta.url).pathname;
  const words = ['plant', '--opcua-port', `${port}`, '--state-dir', join(await stateDir(), 'plant')];
  // The channel is how the demo starts it: the shop listens there for the end of the demo.
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const child = spawn(process.execPath, [door, ...words], { stdio: [...stdio] });
  cleanUp(() => child.kill('SIGKILL'));
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  await once(child, 'close');
  expect(child.exitCode).toBe(1);
  expect(complaint).toContain('[GEM_PORT_IN_USE]');
});
