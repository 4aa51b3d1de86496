// `gemel doctor`, `backup` and `restore` beside the gateway itself, and what it begins with afterwards.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReader } from '../../src/history/reader/open.ts';
import { recallMachine } from '../../src/runtime/twins/commits.ts';
import type { MachineMemory } from '../../src/runtime/twins/memory.ts';
import { peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { runDevice, startGateway } from '../running-gateway.ts';

useCleanUp();

interface Told {
  readonly worst: string;
  readonly checks: readonly { level: string; about: string; text: string; advice?: string }[];
}

async function run(...words: string[]) {
  const child = gemel(words);
  const code = await child.ended();
  return { code, out: child.out(), err: child.err() };
}

async function doctor(file: string) {
  const { code, out } = await run('doctor', '--config', file, '--json');
  const { checks } = JSON.parse(out) as Told;
  return { code, checks, of: (about: string) => checks.filter((check) => check.about === about) };
}

async function memoryIn(history: string): Promise<MachineMemory> {
  const reader = openReader(history);
  try {
    const texts = await reader.memory();
    return recallMachine({ recall: (key) => texts.get(key) }, 'mill-1').memory!;
  } finally {
    reader.close();
  }
}

test('doctor, backup and restore of a gateway with a twin', async () => {
  const port = await freePort();
  const dir = await stateDir();
  const broker = `{ port: ${port} }`;
  const first = await startGateway({ broker, dir });
  const device = runDevice(await peer(port));
  const state = join(dir, 'state');
  const history = join(state, 'history.db');
  await poll('samples that are safe', () => device.acknowledged() > 50);

  const beside = await doctor(first.file);
  expect(beside.checks.filter(({ level }) => level === 'fail')).toEqual([]);
  expect(beside.code).toBe(0);
  expect(beside.of('twins')).toEqual([
    {
      level: 'ok',
      about: 'twins',
      text: 'what is remembered of mill-1 can be read, in the history and in files',
    },
  ]);
  expect(beside.of('file')[0]?.text).toBe('version 1, in use by a gateway');
  // What is not as it should be comes with a word of what to do.
  expect(beside.checks.filter(({ level, advice }) => level !== 'ok' && !advice)).toEqual([]);

  const backup = join(dir, 'backup.db');
  expect(await run('backup', backup, '--config', first.file)).toMatchObject({ code: 0, err: '' });
  const kept = await memoryIn(backup);
  expect(await first.stop()).toBe(0);
  device.stop();
  expect((await memoryIn(history)).writing).toBeGreaterThan(kept.writing!);

  // The files have what the gateway wrote when it stopped.
  const newer = await run('restore', backup, '--config', first.file, '--yes');
  expect(newer).toMatchObject({ code: 0, err: '' });
  expect(newer.out).toMatch(/mill-1: its twin goes on from .*mill-1\.json, of \S+Z: newer than the backup/);
  expect(await memoryIn(history)).toEqual(kept);
  const after = await doctor(first.file);
  expect(after.code).toBe(0);
  expect(after.of('file')[0]?.text).toBe('version 1, not in use');

  // As it says, so that it goes on from the backup.
  for (const name of readdirSync(join(state, 'twins')).filter((name) => name.startsWith('mill-1.')))
    rmSync(join(state, 'twins', name));
  const older = await run('restore', backup, '--config', first.file, '--yes', '--json');
  expect(JSON.parse(older.out)).toMatchObject({
    twins: [{ machine: 'mill-1', from: 'backup', written: new Date(kept.timeMs).toISOString() }],
  });
  const second = await startGateway({ broker, dir });
  const later = runDevice(await peer(port));
  await poll('new samples that are safe', () => later.acknowledged() > 50);
  expect(second.lines().filter(({ level }) => level === 'error')).toEqual([]);
  expect(await second.stop()).toBe(0);
  const again = await memoryIn(history);
  expect(again.writing).toBeGreaterThan(kept.writing!);
  expect(again.configured).toEqual(kept.configured);
});
