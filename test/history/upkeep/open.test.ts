// A damaged history does not keep a gateway from starting: it is put aside, and what can be read of it is taken along.
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { listAside, putAside, suspect } from '../../../src/history/upkeep/quarantine.ts';
import { startMs } from '../writer/samples.ts';
import { readStored } from '../writer/stored.ts';
import { commitMany, openWriter } from './gateway-file.ts';
import { newFolder } from './history-files.ts';

/** As a process leaves it that is killed: the log unmerged, the file not closed. */
function leaveUnclean(file: string, commits = 50): void {
  const writer = openWriter(`${file}.made`);
  commitMany(writer, 0, commits);
  for (const suffix of ['', '-wal']) copyFileSync(`${file}.made${suffix}`, file + suffix);
  writer.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}.made${suffix}`, { force: true });
}

function leaveClean(file: string, commits = 50): void {
  const writer = openWriter(file);
  commitMany(writer, 0, commits);
  writer.close();
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

describe('a sound file', () => {
  test('is opened as it is, clean or not', () => {
    using folder = newFolder();
    leaveUnclean(folder.file);
    for (let i = 0; i < 2; i++) {
      const writer = openWriter(folder.file);
      expect(writer.left.quarantined).toBeUndefined();
      expect(writer.left.memory.get('twin')).toBe('state 49');
      writer.close();
    }
    expect(readStored(folder.file).lines).toHaveLength(500);
  });

  test('that says version 99 and has our tables is of a newer gemel, and not damaged', () => {
    using folder = newFolder();
    leaveClean(folder.file);
    const db = new Database(folder.file);
    db.pragma('user_version = 99');
    db.close();
    const before = readFileSync(folder.file);
    expect(() => openWriter(folder.file)).toThrow(/newer gemel: it is version 99/);
    expect(readFileSync(folder.file).equals(before)).toBe(true);
    expect(listAside(folder.file)).toEqual([]);
  });

  test('of a newer gemel or another program is refused and left alone', () => {
    using folder = newFolder();
    leaveClean(folder.file);
    const db = new Database(folder.file);
    db.exec('CREATE TABLE of_later (x)');
    db.exec('DROP TABLE moved');
    db.pragma('user_version = 7');
    db.close();
    expect(() => openWriter(folder.file)).toThrow(/newer/);
    rmSync(folder.file);
    const other = new Database(folder.file);
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    expect(() => openWriter(folder.file)).toThrow(/not a history/);
    expect(listAside(folder.file)).toEqual([]);
  });
});

describe('a damaged file', () => {
  test('is put aside with its log, told, and the gateway goes on with what was in it', () => {
    using folder = newFolder();
    leaveUnclean(folder.file);
    // The table of tables is in the first page, which the log has too.
    rmSync(`${folder.file}-wal`);
    leaveClean(folder.file);
    overwrite(folder.file, 0, Buffer.alloc(16));
    const writer = openWriter(folder.file);
    expect(writer.left.quarantined?.why).toMatch(/not a database/);
    expect(existsSync(writer.left.quarantined!.file)).toBe(true);
    commitMany(writer, 50, 5);
    writer.close();
    expect(readStored(folder.file)).toMatchObject({ faults: [] });
    expect(readStored(folder.file).lines).toHaveLength(50);
  });

  test('gives up its memory, accounts, cursors, events, and the samples of its last moments', () => {
    using folder = newFolder();
    leaveUnclean(folder.file);
    suspect(folder.file, 'it failed');
    const writer = openWriter(folder.file);
    const { left } = writer;
    expect(left.quarantined?.why).toBe('it failed');
    expect(left.memory.get('twin')).toBe('state 49');
    expect(left.ledger).toMatchObject([{ source: 'plc', row: { stored: 500 } }]);
    expect(left.cursors).toContainEqual({ sink: 'mqtt', stream: 'events', position: 50 });
    expect(left.tags).toHaveLength(4);
    expect(left.lastReceivedMs).toBe(startMs + 4900);
    commitMany(writer, 50, 1);
    writer.close();
    const db = new Database(folder.file, { readonly: true });
    expect(db.prepare('SELECT max(id) FROM events').pluck().get()).toBe(51);
    expect(db.prepare('SELECT reason, from_ms, to_ms FROM gaps').all()).toEqual([
      { reason: 'quarantined', from_ms: startMs, to_ms: startMs + 4900 },
    ]);
    db.close();
    expect(readStored(folder.file).lines).toHaveLength(510);
    // The suspicion is over with it.
    const again = openWriter(folder.file);
    expect(again.left.quarantined).toBeUndefined();
    again.close();
  });

  test('whose events are lost gives no id again that a sink has passed', () => {
    using folder = newFolder();
    leaveClean(folder.file);
    const db = new Database(folder.file);
    db.exec('DELETE FROM events');
    db.exec("DELETE FROM sqlite_sequence WHERE name = 'events'");
    db.close();
    suspect(folder.file, 'it failed');
    const writer = openWriter(folder.file);
    commitMany(writer, 50, 1);
    writer.close();
    const after = new Database(folder.file, { readonly: true });
    expect(after.prepare('SELECT id FROM events').pluck().all()).toEqual([51]);
    after.close();
  });

  test.each([
    ['its version', 60, 3],
    ['its version, far off', 60, 0x40],
    ['its application', 68, 0x11],
    ['its text encoding', 59, 2],
    ['its kind of free pages', 67, 0],
  ])('is known by %s in the header', (_, at, byte) => {
    using folder = newFolder();
    leaveClean(folder.file);
    overwrite(folder.file, at, Uint8Array.of(byte));
    const writer = openWriter(folder.file);
    expect(writer.left.quarantined).toBeDefined();
    expect(writer.left.memory.get('twin')).toBe(at === 59 ? writer.left.memory.get('twin') : 'state 49');
    writer.close();
  });

  test('that was cut to nothing does not take its log with it', () => {
    using folder = newFolder();
    leaveUnclean(folder.file);
    truncateSync(folder.file, 0);
    const writer = openWriter(folder.file);
    expect(writer.left.quarantined?.why).toMatch(/its log is there/);
    expect(writer.left.memory.get('twin')).toBe('state 49');
    writer.close();
    expect(readStored(folder.file).lines).toHaveLength(500);
  });

  test('with a memory that makes no sense is begun anew without it', () => {
    using folder = newFolder();
    leaveClean(folder.file);
    const db = new Database(folder.file);
    db.exec("UPDATE ledger SET row = '{'");
    db.close();
    const writer = openWriter(folder.file);
    expect(writer.left.quarantined).toBeDefined();
    expect(writer.left.ledger).toEqual([]);
    expect(writer.left.memory.get('twin')).toBe('state 49');
    writer.close();
  });
});

describe('a start that ends while a damaged file is put aside', () => {
  test.each([
    ['before it is', ['history.db', 'history.db-wal'], 'history.db.new'],
    ['between it and its log', ['history.db-wal'], 'history.db.new'],
    ['after it', [], 'history.db.new'],
  ])('%s loses nothing that could be read', (_, left, successor) => {
    using folder = newFolder();
    leaveUnclean(folder.file);
    const damaged = left.map((name) => [name, readFileSync(join(folder.path, name))] as const);
    suspect(folder.file, 'it failed');
    // What the first start had made when it ended.
    const first = openWriter(folder.file);
    first.close();
    renameSync(folder.file, join(folder.path, successor));
    for (const [name, bytes] of damaged) writeFileSync(join(folder.path, name), bytes);
    const writer = openWriter(folder.file);
    expect(writer.left.memory.get('twin')).toBe('state 49');
    writer.close();
    expect(readStored(folder.file)).toMatchObject({ faults: [] });
    expect(readStored(folder.file).lines).toHaveLength(500);
    expect(readdirSync(folder.path).filter((name) => name.includes('.new'))).toEqual([]);
  });
});

test('three damaged files are kept, the newest, and each under a name of its own', () => {
  using folder = newFolder();
  const names: string[] = [];
  for (let i = 0; i < 5; i++) {
    leaveUnclean(folder.file, 2);
    names.push(putAside(folder.file, startMs));
  }
  expect(listAside(folder.file)).toHaveLength(3);
  const left = readdirSync(folder.path).filter(
    (name) => name.includes('.damaged-') && !name.endsWith('-wal'),
  );
  expect(left.sort()).toEqual(
    names
      .slice(2)
      .map((name) => name.slice(folder.path.length + 1))
      .sort(),
  );
});
