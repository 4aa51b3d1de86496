// `gemel doctor`, `backup` and `restore` beside the gateway itself, and what it begins with afterwards.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CopyConsole, runBackup } from '../../src/cli/backup.ts';
import { runDoctor } from '../../src/cli/doctor.ts';
import { type RestoreFlags, runRestore } from '../../src/cli/restore.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { schemaVersion } from '../../src/history/tables.ts';
import { recallMachine } from '../../src/runtime/twins/commits.ts';
import type { MachineMemory } from '../../src/runtime/twins/memory.ts';
import { peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { runDevice, startGateway } from '../running-gateway.ts';

useCleanUp();

interface Told {
  readonly worst: string;
  readonly checks: readonly { level: string; about: string; text: string; advice?: string }[];
}

/** What a command prints. */
async function printed(act: (to: CopyConsole) => Promise<unknown>): Promise<string> {
  let out = '';
  await act({ env: {}, tell: () => {}, terminal: false, print: (text) => (out += text) });
  return out;
}

async function doctor(config: string) {
  let code = -1;
  const out = await printed(async (to) => (code = await runDoctor({ config, json: true }, to)));
  const { checks } = JSON.parse(out) as Told;
  return { code, checks, of: (about: string) => checks.filter((check) => check.about === about) };
}

const restore = (file: string, flags: RestoreFlags) =>
  printed((to) => runRestore(file, { ...flags, yes: true }, { ...to, ask: undefined }));

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
  expect(beside.of('file')[0]?.text).toBe(`version ${schemaVersion}, in use by a gateway`);
  // What is not as it should be comes with a word of what to do.
  expect(beside.checks.filter(({ level, advice }) => level !== 'ok' && !advice)).toEqual([]);

  const backup = join(dir, 'backup.db');
  await printed((to) => runBackup(backup, { config: first.file }, to));
  const kept = await memoryIn(backup);
  expect(await first.stop()).toBe(0);
  device.stop();
  expect((await memoryIn(history)).writing).toBeGreaterThan(kept.writing!);

  // The files have what the gateway wrote when it stopped.
  const newer = await restore(backup, { config: first.file });
  expect(newer).toMatch(/mill-1: its twin goes on from .*mill-1\.json, of \S+Z: newer than the backup/);
  expect(await memoryIn(history)).toEqual(kept);
  const after = await doctor(first.file);
  expect(after.code).toBe(0);
  expect(after.of('file')[0]?.text).toBe(`version ${schemaVersion}, not in use`);

  // As it says, so that it goes on from the backup.
  for (const name of readdirSync(join(state, 'twins')).filter((name) => name.startsWith('mill-1.')))
    rmSync(join(state, 'twins', name));
  const older = await restore(backup, { config: first.file, json: true });
  expect(JSON.parse(older)).toMatchObject({
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
