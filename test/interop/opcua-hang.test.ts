// An OPC UA server that hangs, for as long as an answer may take and for a minute: server and source in processes of
// their own. Nearly all of it is waiting, so both at once.
import { expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { startFarServer, tickNode } from '../sources/opcua/far-server.ts';
import { startFarSource } from '../sources/opcua/far-source.ts';

test.concurrent('a server that answers after its time: no answer is waited for, none brings us down', {
  timeout: 150_000,
}, async () => {
  const dir = await tempDir();
  const port = await freePort();
  const server = await startFarServer({ port, dir: dir.path });
  const config = {
    url: `opc.tcp://127.0.0.1:${port}`,
    security: { mode: 'None', allowNone: true },
    // So that the silence is not what ends it.
    silenceS: 120,
    tags: { counter: tickNode },
  };
  const source = await startFarSource(config, `${dir.path}/pki`);
  try {
    await poll('data', async () => (await source.report()).samples > 5);
    server.child.kill('SIGSTOP');
    await poll('the loss', async () => (await source.report()).reasons.length > 0, 60_000);
    expect((await source.report()).reasons).toEqual(['the server did not answer in time']);
    const { backMs } = await source.report();
    server.child.kill('SIGCONT');
    await poll('data again', async () => (await source.report()).backMs.length > backMs.length);
    expect(source.child.exitCode).toBeNull();
    await poll('one session', async () => (await server.ask('count')).sessions === 1);
  } finally {
    source.kill();
    await server.kill();
    await dir.remove();
  }
});

test.concurrent('a server that hangs for 60 s: found by silence, data again when it goes on, one session', {
  timeout: 150_000,
}, async () => {
  const dir = await tempDir();
  const port = await freePort();
  const server = await startFarServer({ port, dir: dir.path });
  const security = { mode: 'None', allowNone: true };
  const url = `opc.tcp://127.0.0.1:${port}`;
  const source = await startFarSource({ url, security, tags: { counter: tickNode } }, `${dir.path}/pki`);
  try {
    await poll('data', async () => (await source.report()).samples > 5);
    const stoppedMs = performance.now();
    server.child.kill('SIGSTOP');
    await poll('the silence', async () => (await source.report()).link === 'down');
    const foundMs = performance.now() - stoppedMs;
    await poll('the gap', async () => (await source.report()).bad === 1);
    await new Promise((resolve) => setTimeout(resolve, 60_000 - foundMs));
    const before = await source.report();
    const goesOnMs = Date.now();
    server.child.kill('SIGCONT');
    const again = async () => {
      const now = await source.report();
      return now.backMs.length > before.backMs.length ? now : undefined;
    };
    const after = await poll('data again', again);
    const backMs = after.backMs.at(-1)! - goesOnMs;
    process.stdout.write(
      `hung for 60 s: found after ${foundMs.toFixed(0)} ms, data ${backMs} ms after it went on\n`,
    );
    expect(backMs).toBeLessThan(5000);
    expect(after.bad).toBe(1);
    await poll('one session', async () => (await server.ask('count')).sessions === 1);
  } finally {
    source.kill();
    await server.kill();
    await dir.remove();
  }
});
