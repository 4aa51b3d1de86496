// What `gemel doctor` says of a history: nothing bad of a sound one, and of each damage where it is.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { checkHistory } from '../../../src/history/upkeep/check.ts';
import type { Finding } from '../../../src/history/upkeep/check-rows.ts';
import { startMs } from '../writer/samples.ts';
import { commitMany, ledgerOf, openWriter } from './gateway-file.ts';
import { type Folder, newFolder } from './history-files.ts';

const nowMs = startMs + 3_600_000;

function leave(folder: Folder, change: (db: Database.Database) => void = () => undefined): void {
  const writer = openWriter(folder.file);
  commitMany(writer, 0, 50);
  writer.close();
  const db = new Database(folder.file);
  change(db);
  db.close();
}

const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== 'ok');

describe('the check of a history', () => {
  test('finds nothing in a sound one, and says how far it is', async () => {
    using folder = newFolder();
    leave(folder);
    const shares: number[] = [];
    const findings = await checkHistory(folder.file, { nowMs, onProgress: (share) => shares.push(share) });
    expect(bad(findings)).toEqual([]);
    expect(findings.map(({ about }) => about)).toEqual(
      expect.arrayContaining(['file', 'pages', 'samples', 'rollups', 'ledger', 'log', 'clock', 'disk']),
    );
    expect(findings.find(({ text }) => text.includes('blocks are sound'))?.text).toContain('500 samples');
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  test('works beside a gateway, and says that one is there', async () => {
    using folder = newFolder();
    const writer = openWriter(folder.file);
    commitMany(writer, 0, 10);
    const findings = await checkHistory(folder.file, { nowMs });
    writer.close();
    expect(bad(findings)).toEqual([]);
    expect(findings.find(({ text }) => text.includes('journal rows are sound'))?.text).toMatch(
      /^\d+ journal/,
    );
  });

  test.each<[string, (db: Database.Database) => void, Finding['about'], RegExp]>([
    [
      'a block with another checksum',
      (db) =>
        db.exec('UPDATE blocks SET data = zeroblob(length(data)) WHERE key = (SELECT min(key) FROM blocks)'),
      'samples',
      /1 of \d+ blocks are damaged \(blocks \d+/,
    ],
    [
      'a block that says another number',
      (db) => db.exec('UPDATE blocks SET samples = samples + 1'),
      'samples',
      /says/,
    ],
    ['rollups of nothing', (db) => db.exec("UPDATE rollups SET data = x'00'"), 'rollups', /damaged/],
    [
      'an account that does not add up',
      (db) =>
        db.prepare('UPDATE ledger SET row = ?').run(JSON.stringify({ row: ledgerOf(10, 3), remarks: {} })),
      'ledger',
      /account of plc does not add up: 3 samples/,
    ],
    ['an account of nothing', (db) => db.exec("UPDATE ledger SET row = '{'"), 'ledger', /cannot be read/],
    [
      'samples of next year',
      (db) => db.prepare('UPDATE runs SET received_last = ?').run(nowMs + 3e10),
      'clock',
      /in the future/,
    ],
  ])('finds %s', async (_, change, about, text) => {
    using folder = newFolder();
    leave(folder, change);
    const found = bad(await checkHistory(folder.file, { nowMs }));
    expect(found.map((finding) => finding.about)).toEqual([about]);
    expect(found[0]!.text).toMatch(text);
    expect(found[0]!.advice).toMatch(/\w/);
  });

  test('finds a damaged page, a clock that was never set, a full disk, and what was put aside', async () => {
    using folder = newFolder();
    leave(folder, (db) => {
      db.unsafeMode();
      db.pragma('writable_schema = ON');
      db.exec("UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'gaps'");
    });
    writeFileSync(`${folder.file}.damaged-20260101T000000Z`, 'x');
    const found = bad(await checkHistory(folder.file, { nowMs: 5000, minFreeBytes: 1e18 }));
    expect(found.map(({ about }) => about)).toEqual(['pages', 'clock', 'disk', 'aside']);
    expect(found[0]!.advice).toContain('gemel restore');
  });

  test('changes nothing', async () => {
    using folder = newFolder();
    leave(folder);
    const before = readFileSync(folder.file);
    await checkHistory(folder.file, { nowMs });
    expect(readFileSync(folder.file).equals(before)).toBe(true);
    expect(statSync(`${folder.file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });
});
