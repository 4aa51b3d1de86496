// The real systemd tools: the unit file is right and tight, and our messages arrive at a datagram socket.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServiceManager } from '../../src/runtime/systemd.ts';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

const unitFile = fileURLToPath(new URL('../../systemd/gemel.service', import.meta.url));
const exposureMax = 20;

let dir: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

interface Outcome {
  code: number;
  output: string;
}

function run(command: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** The unit with the program of this machine: `verify` wants ExecStart to exist. */
async function unitWith(change: (unit: string) => string): Promise<string> {
  const unit = (await readFile(unitFile, 'utf8')).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
  const path = join(dir.path, 'gemel.service');
  await writeFile(path, change(unit));
  return path;
}

describe('the unit file', () => {
  test('is verified without a word', async () => {
    const path = await unitWith((unit) => unit);
    expect(await run('systemd-analyze', 'verify', '--recursive-errors=yes', path)).toEqual({
      code: 0,
      output: '',
    });
  });

  test('control: a misspelt key is found', async () => {
    const path = await unitWith((unit) => unit.replace('WatchdogSec=', 'WatchdogSecs='));
    const { output } = await run('systemd-analyze', 'verify', '--recursive-errors=yes', path);
    expect(output).toContain('WatchdogSecs');
  });

  test('is exposed below 2.0', async () => {
    const { code, output } = await security(await unitWith((unit) => unit));
    expect(output).toMatch(/Overall exposure level for gemel.service: [01]\.\d/);
    expect(code).toBe(0);
  });

  test('control: without the hardening it is not', async () => {
    const { code } = await security(await unitWith((unit) => unit.replace(/# Hardening[^[]*/, '')));
    expect(code).toBe(1);
  });

  test('lets in serial adapters, also those plugged in later: their drivers are there before it is', async () => {
    const unit = await readFile(unitFile, 'utf8');
    const words = (key: string) =>
      [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].flatMap(([, value = '']) => value.split(' '));
    const drivers = { ttyUSB: 'modprobe@usbserial.service', ttyACM: 'modprobe@cdc_acm.service' };
    for (const [group, driver] of Object.entries(drivers)) {
      expect(words('DeviceAllow')).toContain(`char-${group}`);
      expect(words('Wants')).toContain(driver);
      expect(words('After')).toContain(driver);
    }
    // It would hide /dev/serial and every adapter.
    expect(unit).not.toMatch(/^PrivateDevices=yes/m);
  });

  test('starts what the repository has, waits for ready, and does not loop on a wrong configuration', async () => {
    const unit = await readFile(unitFile, 'utf8');
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];
    const program = /\/opt\/gemel\/(\S+)/.exec(value('ExecStart') ?? '')?.[1];
    expect(existsSync(fileURLToPath(new URL(`../../${program}`, import.meta.url)))).toBe(true);
    expect(value('Type')).toBe('notify');
    expect(value('NotifyAccess')).toBe('all');
    expect(value('RestartPreventExitStatus')).toBe('2');
  });
});

function security(path: string): Promise<Outcome> {
  return run(
    'systemd-analyze',
    'security',
    '--offline=true',
    `--threshold=${exposureMax}`,
    '--no-pager',
    path,
  );
}

/** socat would keep the barrier's file descriptor, and each message would then take five seconds. */
async function compiledReceiver(): Promise<string> {
  const program = join(dir.path, 'notify-receiver');
  const source = fileURLToPath(new URL('notify-receiver.c', import.meta.url));
  expect(await run('gcc', '-O1', '-Wall', '-Werror', '-o', program, source)).toEqual({ code: 0, output: '' });
  return program;
}

/** What was heard at a notify socket, message by message. */
async function listener(): Promise<{ socket: string; heard: () => string[]; stop: () => Promise<void> }> {
  const socket = join(dir.path, 'notify');
  const child = spawn(await compiledReceiver(), [socket]);
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await poll('the socket', () => existsSync(socket));
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { socket, stop, heard: () => text.split('\n----\n').filter((message) => message !== '') };
}

describe('messages to the service manager', () => {
  let service: Awaited<ReturnType<typeof listener>>;
  const heard = (words: string) => service.heard().filter((message) => message.includes(words)).length;
  beforeEach(async () => {
    service = await listener();
  });
  afterEach(() => service.stop());

  test('arrive at a datagram socket: ready, watchdog, status, stopping', async () => {
    const log = keptLog();
    const env = { NOTIFY_SOCKET: service.socket, PATH: process.env['PATH'], WATCHDOG_USEC: '200000' };
    const manager = createServiceManager(env, log);
    manager.ready('2 machines, 5 sources');
    await poll('ready', () => heard('READY=1\nSTATUS=2 machines, 5 sources') === 1);
    await poll('three feeds', () => {
      manager.watchdog();
      return heard('WATCHDOG=1') >= 3;
    });
    manager.stopping();
    await poll('stopping', () => heard('STOPPING=1') === 1);
    expect(heard(`MAINPID=${process.pid}`)).toBeGreaterThan(3);
    expect(log.lines).toEqual([]);
  });

  test('the gateway is ready after a tick, feeds the watchdog while it ticks, and says when it stops', async () => {
    const gateway = await startGateway(service.socket);
    try {
      await poll('ready', () => gateway.check() && heard('READY=1') === 1);
      await poll('feeds', () => heard('WATCHDOG=1') >= 3);
      gateway.child.kill('SIGSTOP');
      let fed = heard('WATCHDOG=1');
      let quietFromMs = performance.now();
      const quietMs = () => {
        if (heard('WATCHDOG=1') > fed) quietFromMs = performance.now();
        fed = heard('WATCHDOG=1');
        return performance.now() - quietFromMs;
      };
      // What was on its way may still come; of the feeds of a gateway that runs there is one in each period.
      await poll('three periods without a feed', () => quietMs() > 1500, 15_000);
      gateway.child.kill('SIGCONT');
      await poll('feeds again', () => heard('WATCHDOG=1') >= fed + 3);
      gateway.child.kill('SIGTERM');
      expect(await gateway.ended).toBe(0);
      await poll('stopping', () => heard('STOPPING=1') === 1);
    } finally {
      gateway.child.kill('SIGKILL');
    }
  });
});

async function startGateway(socket: string) {
  const config = join(dir.path, 'gemel.yaml');
  await writeFile(config, 'version: 1\nstateDir: ./state\nbroker: { port: 0 }\nmetrics: { port: 0 }\n');
  const door = fileURLToPath(new URL('../../bin/gemel.js', import.meta.url));
  const env = { ...process.env, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' };
  const child = spawn(process.execPath, [door, 'run', config], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    ended,
    check() {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}: ${said}`);
      return true;
    },
  };
}
