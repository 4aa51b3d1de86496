// The figures of an OPC UA server that is killed a hundred times, and of one that hangs for a minute: each in
// processes of their own. OPCUA_KILLS sets the number.
import { expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { startFarServer, tickNode } from '../sources/opcua/far-server.ts';
import { startFarSource } from '../sources/opcua/far-source.ts';
import { killServer, median } from '../sources/opcua/kills.ts';

const kills = Number(process.env['OPCUA_KILLS'] ?? 100);
const warm = Math.min(10, Math.floor(kills / 5));

test.each([
  ['encrypted', true],
  ['in the open', false],
] as const)(
  `${kills} kills, %s: data within 5 s of the return, median under 1 s, memory + 20 MB at most`,
  { timeout: kills * 12_000 },
  async (name, encrypted) => {
    const fared = await killServer({ times: kills, warm, encrypted });
    const mb = ({ warm: from, end }: { warm: number; end: number }) =>
      `${from.toFixed(1)} -> ${end.toFixed(1)} MB`;
    process.stdout.write(
      `${kills} kills, ${name}: data back after median ${median(fared.backMs)} ms, max ${Math.max(...fared.backMs)} ms (${fared.slowest.join(', ')}); ` +
        `${fared.bad} gaps marked; ${fared.sessions} session; resident ${mb(fared.rssMb)}, heap ${mb(fared.heapMb)}\n`,
    );
    expect(fared.backMs).toHaveLength(kills);
    expect(Math.max(...fared.backMs)).toBeLessThan(5000);
    expect(median(fared.backMs)).toBeLessThan(1000);
    expect(fared.bad).toBe(kills);
    expect({ sessions: fared.sessions, subscriptions: fared.subscriptions }).toEqual({
      sessions: 1,
      subscriptions: 1,
    });
    expect(fared.rssMb.end - fared.rssMb.warm).toBeLessThan(20);
  },
);

test('a server that answers after its time: no answer is waited for, none brings us down', {
  timeout: 60_000,
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
    await poll('the loss', async () => (await source.report()).reasons.length > 0, 25_000);
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

test('a server that hangs for 60 s: found by silence, data again when it goes on, one session', {
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
    await poll('the silence', async () => (await source.report()).link === 'down', 15_000);
    const foundMs = performance.now() - stoppedMs;
    expect((await source.report()).bad).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 60_000 - foundMs));
    const before = await source.report();
    const goesOnMs = Date.now();
    server.child.kill('SIGCONT');
    const after = await poll('data again', async () => {
      const now = await source.report();
      return now.backMs.length > before.backMs.length ? now : undefined;
    });
    const backMs = after.backMs.at(-1)! - goesOnMs;
    process.stdout.write(
      `hung for 60 s: found after ${foundMs.toFixed(0)} ms, data ${backMs} ms after it went on\n`,
    );
    expect(backMs).toBeLessThan(5000);
    expect(after.bad).toBe(1);
    await poll('one session', async () => (await server.ask('count')).sessions === 1, 15_000);
  } finally {
    source.kill();
    await server.kill();
    await dir.remove();
  }
});
