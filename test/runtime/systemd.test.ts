// The service manager's side, with a script in the place of systemd-notify that writes down what it is told.
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServiceManager, watchdogPeriodOf } from '../../src/runtime/systemd.ts';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

describe('the watchdog period', () => {
  test.each([
    [{ WATCHDOG_USEC: '30000000' }, 15_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 15_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }, undefined],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '' }, 15_000],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: '' }, undefined],
    [{ WATCHDOG_USEC: '-5' }, undefined],
    [{ WATCHDOG_USEC: '3e7' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
    [{}, undefined],
  ])('%j gives %s ms', (env, expected) => {
    expect(watchdogPeriodOf(env, 42)).toBe(expected);
  });
});

describe('messages', () => {
  let dir: Awaited<ReturnType<typeof tempDir>>;
  let env: Record<string, string>;
  let told: () => Promise<string[]>;

  async function stub(script: string): Promise<void> {
    const path = join(dir.path, 'systemd-notify');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  beforeEach(async () => {
    dir = await tempDir();
    const record = join(dir.path, 'told');
    await writeFile(record, '');
    env = { NOTIFY_SOCKET: '/run/none', PATH: `${dir.path}:/usr/bin:/bin`, SECRET: 'canary' };
    told = async () => (await readFile(record, 'utf8')).split('\n').filter((line) => line !== '');
    await stub(`echo "$NOTIFY_SOCKET$SECRET $*" >> ${record}`);
  });
  afterEach(() => dir.remove());

  test('ready carries the status, our pid and none of our environment', async () => {
    createServiceManager(env, keptLog()).ready('2 machines\nWATCHDOG=trigger');
    const lines = await poll('the message', async () => {
      const all = await told();
      return all.length > 0 ? all : undefined;
    });
    expect(lines).toEqual([`/run/none --pid=${process.pid} READY=1 STATUS=2 machines WATCHDOG=trigger`]);
  });

  test('one at a time: what comes meanwhile is merged to the newest', async () => {
    await stub(`sleep 0.2; echo "$*" >> ${join(dir.path, 'told')}`);
    const manager = createServiceManager(env, keptLog());
    manager.ready('starting');
    for (let i = 0; i < 50; i++) manager.status(`tick ${i}`);
    const lines = await poll('both messages', async () => {
      const all = await told();
      return all.length === 2 ? all : undefined;
    });
    expect(lines[0]).toContain('READY=1 STATUS=starting');
    expect(lines[1]).toBe(`--pid=${process.pid} STATUS=tick 49`);
  });

  test('stopping waits for none, and is the last word', async () => {
    const record = join(dir.path, 'told');
    // Whatever else is under way takes until that word has been said.
    const wait = `for i in $(seq 200); do [ -s ${record} ] && break; sleep 0.05; done`;
    await stub(`case "$*" in *STOPPING*) ;; *) ${wait} ;; esac; echo "$*" >> ${record}`);
    const manager = createServiceManager(env, keptLog());
    manager.ready('starting');
    manager.status('never said');
    manager.stopping();
    manager.status('never said either');
    const lines = await poll('both messages', async () => {
      const all = await told();
      return all.length === 2 ? all : undefined;
    });
    expect(lines[0]).toBe(`--pid=${process.pid} STOPPING=1 STATUS=stopping`);
    expect(lines[1]).toContain('READY=1');
  });

  test('the watchdog is fed at half its limit however often it is called', async () => {
    const manager = createServiceManager({ ...env, WATCHDOG_USEC: '400000' }, keptLog());
    expect(manager.watchdogPeriodMs).toBe(200);
    const start = performance.now();
    const count = await poll('two feeds', async () => {
      manager.watchdog();
      const { length } = await told();
      return length >= 2 && length;
    });
    const elapsedMs = performance.now() - start;
    expect(elapsedMs).toBeGreaterThan(190);
    expect(count).toBeLessThanOrEqual(1 + Math.floor(elapsedMs / 199));
  });

  test('without a limit the watchdog is not fed, and without a socket nothing is said', async () => {
    const watched = createServiceManager(env, keptLog());
    watched.watchdog();
    const { NOTIFY_SOCKET: _, ...bare } = env;
    const unmanaged = createServiceManager({ ...bare, WATCHDOG_USEC: '400000' }, keptLog());
    expect(unmanaged.watchdogPeriodMs).toBeUndefined();
    unmanaged.ready('never');
    watched.status('last');
    await poll('the one message', async () => (await told()).length > 0);
    expect(await told()).toEqual([expect.stringContaining('STATUS=last')]);
  });

  test('a systemd-notify that fails is logged once and tried again', async () => {
    await stub(`echo tried >> ${join(dir.path, 'told')}; exit 1`);
    const log = keptLog();
    const manager = createServiceManager(env, log);
    for (let tries = 1; tries <= 3; tries++) {
      manager.status(`try ${tries}`);
      await poll(`try ${tries}`, async () => (await told()).length === tries);
    }
    expect(log.lines.map((line) => line.level)).toEqual(['warn']);
    expect(log.lines[0]?.fields['why']).toBe('it ended with exit code 1');
  });

  test('a systemd-notify that is missing is logged, and used once it is there', async () => {
    const log = keptLog();
    const place = join(dir.path, 'later');
    const manager = createServiceManager({ ...env, PATH: `${place}:/nonexistent` }, log);
    manager.ready('a');
    await poll('the warning', () => log.lines.length > 0);
    await mkdir(place);
    await rename(join(dir.path, 'systemd-notify'), join(place, 'systemd-notify'));
    await poll('a message', async () => {
      manager.status('b');
      return (await told()).length > 0;
    });
    expect(log.lines).toHaveLength(1);
  });
});
