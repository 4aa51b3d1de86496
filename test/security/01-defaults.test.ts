// Statement 1: with the default configuration nothing listens beyond loopback and there is no default password.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanUp, peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText } from '../running-gateway.ts';
import { descendants, listeningSockets } from './sockets.ts';

/** Other ports than the default ones, which something else may have; all else is as it comes. */
async function otherPorts() {
  const [port, metrics] = [await freePort(), await freePort()];
  const env = { GEMEL_BROKER_PORT: `${port}`, GEMEL_METRICS_PORT: `${metrics}` };
  return { port, metrics, env };
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

describe('1: the default configuration', () => {
  useCleanUp();

  test('listens on loopback only: the broker and the metrics, and nothing else', async () => {
    const { port, metrics, env } = await otherPorts();
    const gateway = await launchText('version: 1\n', metrics, { env });
    await gateway.said('first frame');
    const sockets = listeningSockets(gateway.child.pid!);
    expect(sockets).toHaveLength(2);
    expect(new Set(sockets.map((socket) => socket.port))).toEqual(new Set([port, metrics]));
    expect(sockets.filter(({ loopback }) => !loopback)).toEqual([]);
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0);
    for (const { address } of outside) {
      expect([address, await accepts(address, port), await accepts(address, metrics)]).toEqual([
        address,
        false,
        false,
      ]);
    }
    await peer(port);
  });

  test('control: opened on purpose, the same look finds it', async () => {
    const { port, metrics, env } = await otherPorts();
    const open = { GEMEL_BROKER_HOST: '0.0.0.0', GEMEL_BROKER_ALLOW_INSECURE: 'true' };
    const gateway = await launchText('version: 1\n', metrics, { env: { ...env, ...open } });
    await gateway.said('first frame');
    const beyond = listeningSockets(gateway.child.pid!).filter(({ loopback }) => !loopback);
    expect(beyond).toMatchObject([{ port, protocol: 'tcp' }]);
  });

  test('the demo with its machine shop keeps to loopback too', async () => {
    const dir = await stateDir();
    const env = { GEMEL_STATE_DIR: join(dir, 'state') };
    const demo = gemel(['demo', '--plain', '--free-ports'], { cwd: dir, env });
    cleanUp(async () => {
      demo.kill('SIGTERM');
      await demo.ended();
    });
    await demo.said('the CNC listens');
    await demo.said('first frame');
    const pid = demo.child.pid!;
    expect(descendants(pid).length).toBeGreaterThan(0);
    const sockets = await poll('broker, metrics and CNC', () => {
      const all = listeningSockets(pid);
      return all.length >= 3 ? all : undefined;
    });
    expect(sockets.filter(({ loopback }) => !loopback)).toEqual([]);
  });

  test('no password, hash or token has a default', () => {
    const schema: unknown = JSON.parse(
      readFileSync(new URL('../../config/gemel.schema.json', import.meta.url), 'utf8'),
    );
    const secrets: [string, unknown][] = [];
    const walk = (value: unknown) => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, child] of Object.entries(value)) {
        const isProperty = typeof child === 'object' && child !== null;
        if (isProperty && /password|secret|token|passphrase/i.test(key)) secrets.push([key, child]);
        walk(child);
      }
    };
    walk(schema);
    expect(secrets.map(([key]) => key)).toEqual(expect.arrayContaining(['password', 'passwordHash']));
    for (const [key, property] of secrets)
      expect([key, property]).not.toEqual([key, expect.objectContaining({ default: expect.anything() })]);
  });

  test('once users are listed, nobody gets in by a well-known name or an empty password', async () => {
    const { port, metrics, env } = await otherPorts();
    const hash = gemel(['password'], { input: 'a long enough one' });
    await hash.ended();
    const users = JSON.stringify([
      { name: 'esp1', passwordHash: hash.out().trim() },
      { name: 'admin', role: 'admin' },
    ]);
    const gateway = await launchText(`version: 1\nbroker: { users: ${users} }\n`, metrics, { env });
    await gateway.said('first frame');
    const tries: [string | undefined, string | undefined][] = [
      [undefined, undefined],
      ['admin', 'admin'],
      ['admin', ''],
      ['admin', undefined],
      ['esp1', ''],
      ['gemel', 'gemel'],
    ];
    for (const [username, password] of tries) {
      const login = {
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      };
      await expect(peer(port, login), `${username}/${password}`).rejects.toThrow(/Not authorized/);
    }
    await peer(port, { username: 'esp1', password: 'a long enough one' });
  });
});
