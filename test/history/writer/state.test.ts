// What goes to the disk with samples, what a new start is told of it, and what keeps a file from being opened.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rejectReasons, remarks } from '../../../src/core/sample.ts';
import { GemError } from '../../../src/errors.ts';
import type { Commit, LedgerEntry, Writer } from '../../../src/history/commit.ts';
import { type Connection, openDatabase } from '../../../src/history/database.ts';
import { HistoryFull } from '../../../src/history/history-full.ts';
import { applicationId, migrations } from '../../../src/history/tables.ts';
import { createWriter, type WriterOptions } from '../../../src/history/writer.ts';
import { columnsOf, commitOf, keepAll, type Sample, seeded, someRun, startMs, tagsOf } from './samples.ts';
import { readStored } from './stored.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gemel-state-'));
  file = join(dir, 'history.db');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

let opened = 0;

function open(options: Partial<WriterOptions> = {}): Writer {
  const run = { ...someRun, openedMs: startMs + opened++ };
  return createWriter({ file, run, config: { keep: keepAll, ballastMb: 0 }, tell: () => {}, ...options });
}

function samplesOf(tag: number, from: number, count: number): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const receiveMs = startMs + (from + i) * 100;
    return { tag, value: from + i, timeMs: receiveMs - 3, receiveMs, rawMs: receiveMs - 3 };
  });
}

const zeros = <K extends string>(names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;

const account: LedgerEntry = {
  source: 'plc',
  row: { received: 7, stored: 5, coalesced: 1, pending: 1, rejected: zeros(rejectReasons) },
  remarks: { ...zeros(remarks), late: 2 },
};

const everything: Partial<Commit> = {
  tags: tagsOf(2),
  samples: columnsOf(samplesOf(1, 0, 5)),
  ledger: [account],
  memory: [{ key: 'twin/mill-1', text: 'wear' }],
  events: [{ kind: 'started', timeMs: startMs, text: 'hello' }],
  acts: [{ tick: 3, kind: 'hash', text: 'abc' }],
  snapshots: [{ tick: 3, data: Uint8Array.of(1, 2, 3) }],
  cursors: [{ sink: 'mqtt', stream: 'mill-1', position: startMs + 0.5 }],
  gaps: [{ fromMs: startMs, toMs: startMs + 10, reason: 'disk_full', samples: 9 }],
};

/** As a process that is killed now leaves it. */
function copyAsKilled(): string {
  const copy = join(dir, 'killed.db');
  for (const end of ['', '-wal']) copyFileSync(file + end, copy + end);
  return copy;
}

describe('a new start is told', () => {
  test('all that was committed, though the last run was killed', () => {
    const writer = open();
    expect(writer.left).toMatchObject({ tags: [], lastReceivedMs: Number.NaN, unclean: false });
    writer.commit(commitOf(everything));
    const next = open({ file: copyAsKilled() });
    expect(next.run).toBe(writer.run + 1);
    expect(next.left).toMatchObject({
      tags: tagsOf(2).map(({ index, ...tag }) => ({ ...tag, id: index + 1 })),
      ledger: [account],
      cursors: everything.cursors,
      lastReceivedMs: startMs + 400,
      unclean: true,
    });
    expect([...next.left.memory]).toEqual([['twin/mill-1', 'wear']]);
    expect(next.left.recent.get(1)).toBeUndefined();
    expect([...next.left.recent.get(2)!.value]).toEqual([0, 1, 2, 3, 4]);
    next.close();
    writer.close();
  });

  test('the state as it was last, of tags their old numbers, and that the run ended in order', () => {
    const first = open();
    first.commit(commitOf(everything));
    first.commit(
      commitOf({
        memory: [{ key: 'twin/mill-1', text: 'more wear' }],
        cursors: [{ sink: 'mqtt', stream: 'mill-1', position: startMs + 400 }],
        acts: [{ tick: 9, kind: 'end', text: 'abc' }],
      }),
    );
    first.close();
    const second = open();
    expect(second.left.unclean).toBe(false);
    expect(second.left.lastReceivedMs).toBe(startMs + 400);
    expect(second.left.memory.get('twin/mill-1')).toBe('more wear');
    expect(second.left.cursors).toEqual([{ sink: 'mqtt', stream: 'mill-1', position: startMs + 400 }]);
    // The other way round, and with another unit.
    const [a, b] = tagsOf(2);
    const tags = [
      { ...b!, index: 0 },
      { ...a!, index: 1 },
      { ...a!, index: 2, unit: 'K' },
    ];
    const samples = [0, 1, 2].flatMap((tag) => samplesOf(tag, 10, 1));
    second.commit(commitOf({ tags, samples: columnsOf(samples) }));
    second.close();
    expect(readStored(file).lines.map((line) => line.split(' ')[0])).toEqual([
      '1',
      '2',
      '2',
      '2',
      '2',
      '2',
      '2',
      '3',
    ]);
  });

  test('the last samples of each tag, from journal and blocks, late ones too', () => {
    const tuning = { waitMs: 0, samplesMin: 1, samplesPerTag: 0 };
    const writer = open({ tuning });
    const late = samplesOf(1, 100, 10).map((sample) => ({ ...sample, timeMs: startMs - 9e7 }));
    writer.commit(commitOf({ nowMs: startMs, tags: tagsOf(3), samples: columnsOf(samplesOf(0, 0, 100)) }));
    writer.commit(commitOf({ nowMs: startMs, samples: columnsOf([...samplesOf(1, 0, 90), ...late]) }));
    while (writer.work(startMs));
    const [ofBoth, last] = [samplesOf(0, 200, 5), samplesOf(2, 205, 3)];
    writer.commit(commitOf({ nowMs: startMs, samples: columnsOf([...ofBoth, ...last]) }));
    const { left } = open({ file: copyAsKilled() });
    const values = (tag: number) => [...left.recent.get(tag)!.value];
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    expect(values(1)).toEqual([...range(73, 100), ...range(200, 205)]);
    expect(values(2)).toEqual([...range(68, 90), ...range(100, 110)]);
    expect(values(3)).toEqual(range(205, 208));
    expect(left.lastReceivedMs).toBe(startMs + 20_700);
    writer.close();
  });
});

describe('a file is not opened', () => {
  const codeOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof GemError) return `${error.code} ${error.message}`;
      throw error;
    }
    return 'no error';
  };

  test('by a second gateway, until the first one has gone', () => {
    const first = open();
    expect(codeOf(() => open())).toContain('GEM_STATE_LOCKED');
    first.close();
    open().close();
  });

  test('when a newer gemel wrote it; and it stays as it was', () => {
    open().close();
    const newer = [...migrations, 'CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT'];
    openDatabase(file, { migrations: newer }).close();
    expect(codeOf(() => open())).toContain(`GEM_HISTORY_NEWER ${file}`);
    expect(codeOf(() => openDatabase(file, { readonly: true }))).toContain('GEM_HISTORY_NEWER');
    openDatabase(file, { migrations: newer }).close();
  });

  test('when it is of another program', () => {
    const other = new Database(file);
    other.exec('CREATE TABLE theirs (id INTEGER)');
    other.close();
    expect(codeOf(() => open())).toContain('GEM_HISTORY_FOREIGN');
    expect(new Database(file).prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['theirs']);
  });
});

describe('migrations', () => {
  test('bring a file forward with all that is in it, one version at a time', () => {
    const writer = open();
    writer.commit(commitOf(everything));
    writer.close();
    const before = readStored(file);
    const later = [
      ...migrations,
      'ALTER TABLE tags ADD COLUMN note TEXT',
      "UPDATE tags SET note = 'from version two'",
    ];
    const database = openDatabase(file, { migrations: later });
    expect(database.pragma('user_version', { simple: true })).toBe(migrations.length + 2);
    expect(database.prepare('SELECT DISTINCT note FROM tags').pluck().all()).toEqual(['from version two']);
    database.pragma(`user_version = ${migrations.length}`);
    database.close();
    expect(readStored(file)).toEqual(before);
  });

  test('leave the version before where one fails half-way', () => {
    open().close();
    const broken = [...migrations, 'CREATE TABLE half (id INTEGER); SELECT * FROM nowhere'];
    expect(() => openDatabase(file, { migrations: broken })).toThrow('nowhere');
    const database = openDatabase(file);
    expect(database.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    database.close();
  });
});

test('commits wait for the disk: synchronous is FULL after work that needs not', () => {
  const database = openDatabase(file);
  expect(database.pragma('synchronous', { simple: true })).toBe(2);
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(database.pragma('auto_vacuum', { simple: true })).toBe(2);
  expect(database.pragma('application_id', { simple: true })).toBe(applicationId);
  database.close();
});

test('the table of journal rows is never given a number twice', () => {
  const tuning = { waitMs: 0, samplesMin: 1, samplesPerTag: 0 };
  const seen: number[] = [];
  for (let start = 0; start < 3; start++) {
    const writer = open({ tuning });
    for (let n = 0; n < 3; n++) {
      writer.commit(
        commitOf({ nowMs: startMs, tags: tagsOf(1), samples: columnsOf(samplesOf(0, start * 3 + n, 1)) }),
      );
      const reader = openDatabase(file, { readonly: true });
      seen.push(...reader.prepare<[], number>('SELECT seq FROM journal').pluck().all());
      reader.close();
      while (writer.work(startMs));
    }
    writer.close();
  }
  expect(seen).toHaveLength(9);
  expect(new Set(seen).size).toBe(9);
});

describe('a disk that is full', () => {
  /** SQLite says that the disk is full where the file may have no more pages. */
  function openLimited(): { readonly writer: Writer; readonly limit: (pages: number) => void } {
    let database: Connection | undefined;
    const writer = open({
      tuning: { waitMs: 0, samplesMin: 1, samplesPerTag: 0 },
      opened: (connection) => {
        database = connection;
      },
    });
    return { writer, limit: (pages) => database!.pragma(`max_page_count = ${pages}`) };
  }

  const nowMs = startMs + 3_600_000;
  const lineCount = () => readStored(file).lines.length;

  test('takes nothing of a commit, and all of it once there is room', () => {
    const { writer, limit } = openLimited();
    writer.commit(commitOf({ nowMs, samples: undefined }));
    limit(1);
    const large = columnsOf(samplesOf(1, 0, 20_000));
    const commit = commitOf({ ...everything, nowMs, samples: large });
    for (let i = 0; i < 3; i++) expect(() => writer.commit(commit)).toThrow(HistoryFull);
    expect(() => writer.commit(commit)).toThrow('the disk is full');
    const reader = openDatabase(file, { readonly: true });
    for (const table of [
      'tags',
      'journal',
      'ledger',
      'memory',
      'events',
      'acts',
      'snapshots',
      'cursors',
      'gaps',
    ]) {
      expect(reader.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
    }
    reader.close();
    limit(1e6);
    writer.commit(commit);
    expect(lineCount()).toBe(20_000);
    writer.close();
    expect(readStored(file)).toMatchObject({ journalRows: 0, faults: [] });
    expect(lineCount()).toBe(20_000);
  });

  test('stops what can wait, and loses nothing of what was being moved', () => {
    const { writer, limit } = openLimited();
    const random = seeded(11);
    for (let n = 0; n < 10; n++) {
      // Of 64 bits of noise nothing is saved: there has to be more room than the file has.
      const some = Array.from({ length: 30 }, (_, tag) => samplesOf(tag, n * 50, 50)).flat();
      const noisy = some.map((sample) => ({ ...sample, value: random() / random() }));
      const samples = columnsOf(noisy.sort((a, b) => a.receiveMs - b.receiveMs));
      writer.commit(commitOf({ nowMs, tags: n === 0 ? tagsOf(30) : [], samples }));
    }
    limit(1);
    for (let i = 0; i < 200; i++) writer.work(nowMs);
    const full = readStored(file);
    expect(full.faults).toEqual([]);
    expect(full.lines).toHaveLength(15_000);
    expect(full.journalRows).toBeGreaterThan(0);
    limit(1e6);
    while (writer.work(nowMs));
    expect(readStored(file)).toMatchObject({ journalRows: 0, lines: full.lines, faults: [] });
    writer.close();
  });
});

test('a journal row that is damaged is told of, leaves a gap, and stops nothing', () => {
  const told: string[] = [];
  const writer = open();
  for (let n = 0; n < 3; n++) {
    const samples = columnsOf(samplesOf(0, n * 10, 10));
    writer.commit(commitOf({ nowMs: startMs, tags: n === 0 ? tagsOf(1) : [], samples }));
  }
  const damaged = copyAsKilled();
  const database = new Database(damaged);
  database.exec('UPDATE journal SET data = zeroblob(50) WHERE seq = (SELECT min(seq) + 1 FROM journal)');
  database.close();
  const next = open({ file: damaged, tell: ({ kind }) => told.push(kind) });
  expect([...next.left.recent.get(1)!.value]).toHaveLength(20);
  next.close();
  expect(told).toEqual(['damaged-row']);
  const stored = readStored(damaged);
  expect(stored).toMatchObject({ journalRows: 0, faults: [] });
  expect(stored.lines).toHaveLength(20);
  const reader = openDatabase(damaged, { readonly: true });
  expect(reader.prepare('SELECT from_ms, to_ms, reason, samples FROM gaps').all()).toEqual([
    { from_ms: startMs + 1000, to_ms: startMs + 1900, reason: 'quarantined', samples: 10 },
  ]);
  reader.close();
  writer.close();
});
