// kill -9 at any moment: what a twin remembers and the samples it comes from are of one moment. The judge is a replay: of
// all samples up to the moment that the memory names it has to come to that memory, bit by bit.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/history/database.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { replayPast } from '../../src/replay/past/summary.ts';
import type { MachineMemory } from '../../src/runtime/twins/memory.ts';
import { useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';
import { seeded } from '../virtual-time.ts';
import { kill, runGemel, wearHall } from './wear-hall.ts';

/** More of them: MEMORY_KILLS=100. */
const kills = Number(process.env['MEMORY_KILLS'] ?? 1);
const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);

useCleanUp();

/** The wear by component that all samples up to then make, and how far they go. */
async function replayTo(file: string, upToMs: number) {
  const reader = openReader(file);
  try {
    const { runs, hashes } = await replayPast({
      ...{ reader, file, version: '0', log: keptLog(), speed: Number.POSITIVE_INFINITY },
      ...{ from: undefined, to: { atMs: upToMs } },
    });
    const last = runs.at(-1)!;
    const worn = Object.entries(last.machines[0]!.wearing).map(([name, [, to]]) => [name, to] as const);
    return { to: last.to, wear: Object.fromEntries(worn), hashes };
  } finally {
    reader.close();
  }
}

function wearIn({ twin: { state } }: MachineMemory, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, state[`${name}.wear`]!]));
}

test(`a memory is that of the samples that are stored (seed ${seed})`, async () => {
  const random = seeded(seed);
  const hall = await wearHall(3600, true);
  const file = join(hall.state, 'history.db');
  for (let round = 0; round < kills; round++) {
    const from = (await hall.memory())?.writing ?? 0;
    const gateway = runGemel(hall);
    await poll('some writings', async () => ((await hall.memory())?.writing ?? 0) > from + 3);
    await wait(random() * 1500);
    await kill(gateway.child);
    const memory = (await hall.memory())!;
    const { to, wear } = await replayTo(file, memory.upToMs!);
    expect(to).toBe(new Date(memory.upToMs!).toISOString());
    expect(wear).toEqual(wearIn(memory, Object.keys(wear)));
    expect(wear['tool.3']).toBeGreaterThan(0);
  }

  // Control: where the last samples before that moment were not stored, it would have been seen.
  const memory = (await hall.memory())!;
  const copy = join(hall.dir, 'copy.db');
  for (const end of ['', '-wal']) await copyFile(`${file}${end}`, `${copy}${end}`).catch(() => {});
  const database = openDatabase(copy);
  const lost = database
    .prepare('DELETE FROM journal WHERE received_first > ? AND received_last <= ?')
    .run(memory.upToMs! - 400, memory.upToMs!);
  database.close();
  expect(lost.changes).toBeGreaterThan(0);
  const { wear } = await replayTo(copy, memory.upToMs!);
  expect(wear).not.toEqual(wearIn(memory, Object.keys(wear)));
});
