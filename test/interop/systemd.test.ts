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

describe('messages to the service manager', () => {
  test('arrive at a datagram socket: ready, watchdog, status, stopping', async () => {
    const socket = join(dir.path, 'notify');
    const receiver = spawn(await compiledReceiver(), [socket]);
    const log = keptLog();
    let heard = '';
    receiver.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    try {
      await poll('the socket', () => existsSync(socket));
      const env = { NOTIFY_SOCKET: socket, PATH: process.env['PATH'], WATCHDOG_USEC: '200000' };
      const manager = createServiceManager(env, log);
      manager.ready('2 machines, 5 sources');
      await poll('ready', () => heard.includes('READY=1\nSTATUS=2 machines, 5 sources'));
      await poll('three feeds', () => {
        manager.watchdog();
        return heard.split('WATCHDOG=1').length > 3;
      });
      manager.stopping();
      await poll('stopping', () => /STOPPING=1/.test(heard));
      expect(heard).toContain(`MAINPID=${process.pid}`);
      expect(log.lines).toEqual([]);
    } finally {
      receiver.kill();
    }
  });
});
