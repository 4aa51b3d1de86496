// The files of deploy/ in the real programs they are for.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));

function run(command: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

test('promtool takes the Prometheus configuration', async () => {
  const { code, output } = await run('promtool', 'check', 'config', `${deploy}prometheus/prometheus.yml`);
  expect(output).toContain('SUCCESS');
  expect(code).toBe(0);
});

test('each alert fires when it should, and none while all is well', async () => {
  const rules = fileURLToPath(new URL('alerts.yml', import.meta.url));
  const { code, output } = await run('promtool', 'test', 'rules', rules);
  expect(output).toContain('SUCCESS');
  expect(code).toBe(0);
});

describe('Mosquitto, started by start.sh with its configuration', () => {
  let dir: Awaited<ReturnType<typeof tempDir>>;
  let broker: ChildProcess;
  let port: number;
  let said = '';

  beforeAll(async () => {
    dir = await tempDir();
    port = await freePort();
    const data = join(dir.path, 'data');
    await mkdir(data);
    const config = (await readFile(`${deploy}mosquitto/mosquitto.conf`, 'utf8'))
      .replace('listener 1883', `listener ${port} 127.0.0.1`)
      .replaceAll('/mosquitto/data', data)
      .replaceAll('/mosquitto/config', dir.path);
    await writeFile(join(dir.path, 'mosquitto.conf'), config);
    await copyFile(`${deploy}mosquitto/acl`, join(dir.path, 'acl'));
    // The broker becomes the user mosquitto, who must get through the folders.
    for (const [mode, path] of [
      ['755', dir.path],
      ['777', data],
    ] as const)
      await run('chmod', mode, path);
    broker = spawn('sh', [`${deploy}mosquitto/start.sh`], {
      env: {
        PATH: `${process.env['PATH']}:/usr/sbin`,
        MOSQUITTO_DATA: data,
        MOSQUITTO_CONFIG: join(dir.path, 'mosquitto.conf'),
        GATEWAY_PASSWORD: 'first',
        SHOP_PASSWORD: 'second',
      },
    });
    for (const stream of [broker.stdout, broker.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const listens = async () => {
      if (broker.exitCode !== null) throw new Error(`mosquitto ended: ${said}`);
      return (await publish('gateway', 'first', 'a')).code === 0;
    };
    await poll('the broker', listens);
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => broker.on('close', resolve));
    broker.kill();
    await ended;
    await dir.remove();
  });

  const login = (user: string, password: string) => [
    '-h',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-u',
    user,
    '-P',
    password,
  ];
  const publish = (user: string, password: string, topic: string) =>
    run('mosquitto_pub', ...login(user, password), '-t', topic, '-m', '1', '-r', '-q', '1');
  const retained = (topic: string, waitS = 15) =>
    run('mosquitto_sub', ...login('gateway', 'first'), '-t', topic, '-C', '1', '-W', `${waitS}`);

  test('no anonymous client, no wrong password', async () => {
    expect((await run('mosquitto_pub', '-p', `${port}`, '-t', 'a', '-m', '1')).code).not.toBe(0);
    expect((await publish('gateway', 'second', 'a')).output).toMatch(/not authori[sz]ed/i);
  });

  test('the shop publishes below shop/, and nowhere else', async () => {
    await publish('shop', 'second', 'shop/mill-1/esp32/drive');
    expect((await retained('shop/mill-1/esp32/drive')).output.trim()).toBe('1');
    await publish('shop', 'second', 'gemel/compose/status');
    expect((await retained('gemel/compose/status', 2)).output).not.toContain('1');
  });

  test('the health check of the compose file works', async () => {
    const { code, output } = await retained('$SYS/broker/uptime');
    expect(output).toMatch(/seconds/);
    expect(code).toBe(0);
  });

  test('the passwords are hashed, and nobody else may read them', async () => {
    const file = join(dir.path, 'data/passwords');
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/^gateway:\$7\$/m);
    expect(text).not.toMatch(/first|second/);
    expect((await stat(file)).mode & 0o077).toBe(0);
  });
});
