// A copy made beside a writer, brought back elsewhere; and what is refused on the way.
import {
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { lockHistory } from '../../../src/history/lock.ts';
import { backupHistory } from '../../../src/history/upkeep/backup.ts';
import { restoreHistory } from '../../../src/history/upkeep/restore.ts';
import { startMs } from '../writer/samples.ts';
import { readStored } from '../writer/stored.ts';
import { commitMany, openWriter } from './gateway-file.ts';
import { newFolder } from './history-files.ts';

const quiet = () => undefined;

describe('a backup', () => {
  test('is one sound file of one state, while the gateway goes on writing', async () => {
    using folder = newFolder();
    const writer = openWriter(folder.file);
    commitMany(writer, 0, 100);
    const to = join(folder.path, 'backup.db');
    const shares: number[] = [];
    let commits = 100;
    await backupHistory(folder.file, to, (share) => {
      shares.push(share);
      commitMany(writer, commits++, 1);
    });
    writer.close();
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(commits).toBeGreaterThan(100);
    expect(
      readdirSync(folder.path)
        .filter((name) => name.startsWith('backup'))
        .sort(),
    ).toEqual(['backup.db']);
    expect(readStored(to)).toMatchObject({ faults: [] });
    expect(readStored(to).lines).toHaveLength(1000);
    expect(readStored(folder.file).lines).toHaveLength(commits * 10);
  });

  test('does not write over a file, and leaves none when the history is damaged', async () => {
    using folder = newFolder();
    const writer = openWriter(folder.file);
    commitMany(writer, 0, 50);
    writer.close();
    const to = join(folder.path, 'backup.db');
    writeFileSync(to, 'mine');
    await expect(backupHistory(folder.file, to, quiet)).rejects.toThrow(/such a file already/);
    expect(readFileSync(to, 'utf8')).toBe('mine');
    await expect(backupHistory(folder.file, join(folder.path, 'no/x.db'), quiet)).rejects.toThrow(
      /there is no such folder/,
    );
    damage(folder.file);
    const other = join(folder.path, 'other.db');
    await expect(backupHistory(folder.file, other, quiet)).rejects.toThrow(/damaged|malformed/);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('other'))).toEqual([]);
  });
});

describe('a restore', () => {
  test('brings it all back, twins too, and keeps what was there aside', async () => {
    using folder = newFolder();
    using elsewhere = newFolder();
    const backup = await backedUp(folder.file);
    const writer = openWriter(elsewhere.file);
    commitMany(writer, 0, 3);
    writer.close();
    const restored = await restoreHistory(backup, elsewhere.path, startMs, quiet);
    expect(restored.file).toBe(elsewhere.file);
    expect(readStored(restored.replaced!).lines).toHaveLength(30);
    expect(readStored(elsewhere.file).lines).toHaveLength(500);
    const again = openWriter(elsewhere.file);
    expect(again.left.memory.get('twin')).toBe('state 49');
    expect(again.left.quarantined).toBeUndefined();
    commitMany(again, 50, 1);
    again.close();
    expect(readStored(elsewhere.file).lines).toHaveLength(510);
  });

  test.skipIf(process.getuid?.() !== 0)('by root is for the user who has the folder', async () => {
    using folder = newFolder();
    using elsewhere = newFolder();
    const backup = await backedUp(folder.file);
    chownSync(elsewhere.path, 4321, 4322);
    await restoreHistory(backup, elsewhere.path, startMs, quiet);
    const owners = ['history.db', 'history.lock'].map((name) => statSync(join(elsewhere.path, name)));
    expect(owners.map(({ uid, gid }) => [uid, gid])).toEqual([
      [4321, 4322],
      [4321, 4322],
    ]);
  });

  test('to where nothing is', async () => {
    using folder = newFolder();
    using elsewhere = newFolder();
    const backup = await backedUp(folder.file);
    const state = join(elsewhere.path, 'not', 'yet');
    const { file, replaced } = await restoreHistory(backup, state, startMs, quiet);
    expect(replaced).toBeUndefined();
    expect(readStored(file).lines).toHaveLength(500);
  });

  test('takes the log along of a file that was copied by hand', async () => {
    using folder = newFolder();
    using elsewhere = newFolder();
    const writer = openWriter(folder.file);
    commitMany(writer, 0, 20);
    const copy = join(folder.path, 'by-hand.db');
    for (const suffix of ['', '-wal']) copyFileSync(folder.file + suffix, copy + suffix);
    writer.close();
    await restoreHistory(copy, elsewhere.path, startMs, quiet);
    expect(readStored(elsewhere.file).lines).toHaveLength(200);
  });

  test('is refused beside a gateway, from a newer version, from a damaged file; and then nothing changes', async () => {
    using folder = newFolder();
    using elsewhere = newFolder();
    const backup = await backedUp(folder.file);
    const writer = openWriter(elsewhere.file);
    commitMany(writer, 0, 3);
    writer.close();
    const lock = lockHistory(elsewhere.file);
    await expect(restoreHistory(backup, elsewhere.path, startMs, quiet)).rejects.toThrow(
      /in use by a gateway/,
    );
    lock.release();

    const newer = join(folder.path, 'newer.db');
    copyFileSync(backup, newer);
    const db = new Database(newer);
    db.pragma('user_version = 99');
    db.close();
    await expect(restoreHistory(newer, elsewhere.path, startMs, quiet)).rejects.toThrow(
      /newer\.db was written by a newer/,
    );

    damage(backup);
    await expect(restoreHistory(backup, elsewhere.path, startMs, quiet)).rejects.toThrow(/it is damaged/);
    writeFileSync(backup, 'not a database at all, whatever it is called');
    await expect(restoreHistory(backup, elsewhere.path, startMs, quiet)).rejects.toThrow(/it is damaged/);

    const foreign = join(folder.path, 'foreign.db');
    const theirs = new Database(foreign);
    theirs.exec('CREATE TABLE theirs (x)');
    theirs.close();
    await expect(restoreHistory(foreign, elsewhere.path, startMs, quiet)).rejects.toMatchObject({
      code: 'GEM_HISTORY_RESTORE',
      details: { file: foreign, why: 'it is no history of gemel: another program made it' },
    });
    writeFileSync(foreign, '');
    await expect(restoreHistory(foreign, elsewhere.path, startMs, quiet)).rejects.toThrow(/it is empty/);

    expect(readdirSync(elsewhere.path).filter((name) => name !== 'history.lock')).toEqual(['history.db']);
    expect(readStored(elsewhere.file).lines).toHaveLength(30);
  });
});

async function backedUp(file: string): Promise<string> {
  const writer = openWriter(file);
  commitMany(writer, 0, 50);
  writer.close();
  const to = join(file, '..', 'backup.db');
  await backupHistory(file, to, quiet);
  expect(existsSync(to)).toBe(true);
  return to;
}

/** Pages of nothing in the middle. */
function damage(file: string): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(5 * 4096), 0, undefined, 4096);
  closeSync(handle);
}
