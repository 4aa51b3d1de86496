// The journal of alarms in the life of a file: older files get one, and it is kept, salvaged and checked like all else.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { alarmRow } from '../../../src/history/alarm-rows.ts';
import { openDatabase } from '../../../src/history/database.ts';
import { openReader } from '../../../src/history/reader/open.ts';
import { backupHistory } from '../../../src/history/upkeep/backup.ts';
import { checkHistory } from '../../../src/history/upkeep/check.ts';
import { createLeftovers } from '../../../src/history/upkeep/leftovers.ts';
import { createWriter } from '../../../src/history/writer.ts';
import { alarmOf, changeOf, evidenceOf } from '../../sinks/alarm-scene.ts';
import { commitOf, keepAll, someRun } from '../writer/samples.ts';
import { dayMs, newFile, newFolder, nowMs } from './history-files.ts';

const all = { fromMs: 0, toMs: 1e15, limit: 100 };
const seen = { machine: 'press-1', occurrence: 7 };
const openWriter = (file: string) =>
  createWriter({ file, run: someRun, config: { keep: keepAll, ballastMb: 0 }, tell: () => {} });
const change = changeOf('evidence', alarmOf('oil.temp.limit', { evidence: evidenceOf() }));

/** A file as version 0.1.0 left it, a minute of samples in blocks. */
function leaveVersion1(file: string): void {
  writeFileSync(file, gunzipSync(readFileSync(new URL('version-1.db.gz', import.meta.url))));
}

function writeAlarms(file: string): void {
  const writer = openWriter(file);
  writer.commit(commitOf({ alarms: [alarmRow(change, true)] }));
  writer.close();
}

async function read(file: string) {
  const reader = openReader(file);
  try {
    const [tag] = await reader.resolveTags('shop', 'temp');
    return {
      alarms: await reader.alarms(all),
      evidence: await reader.evidence(seen),
      samples: tag === undefined ? 0 : (await reader.span(tag.id)).samples,
      events: await reader.events(0, 10),
    };
  } finally {
    reader.close();
  }
}

describe('a file of version 1', () => {
  test('is read as it is, and says that it knows of no alarms', async () => {
    using folder = newFolder();
    leaveVersion1(folder.file);
    expect(await read(folder.file)).toMatchObject({ alarms: [], evidence: undefined, samples: 600 });
    const findings = await checkHistory(folder.file, { nowMs });
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    expect(findings[0]!.text).toContain('version 1');
  });

  test('gets the journal when it is written to, and keeps all it had', async () => {
    using folder = newFolder();
    leaveVersion1(folder.file);
    const writer = openWriter(folder.file);
    expect(writer.left).toMatchObject({ lastEventId: 1 });
    expect(writer.left.quarantined).toBeUndefined();
    expect(writer.left.memory.get('twin/mill-1')).toBe('worn');
    writer.close();
    writeAlarms(folder.file);
    const found = await read(folder.file);
    expect(found).toMatchObject({ samples: 600, events: [{ event: { text: 'begun' } }] });
    expect(found.alarms.map(({ kind }) => kind)).toEqual(['evidence']);
    expect(found.evidence!.signals).toHaveLength(4);
    const db = openDatabase(folder.file, { readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });

  test('with a header that is damaged is put aside like any other, not taken for a stranger', async () => {
    using folder = newFolder();
    leaveVersion1(folder.file);
    const bytes = readFileSync(folder.file);
    // The application id.
    bytes.fill(0x55, 68, 72);
    writeFileSync(folder.file, bytes);
    const writer = openWriter(folder.file);
    expect(writer.left.quarantined?.why).toContain('header');
    expect(writer.left.memory.get('twin/mill-1')).toBe('worn');
    writer.close();
  });
});

describe('the journal', () => {
  test('is in a backup', async () => {
    using folder = newFolder();
    writeAlarms(folder.file);
    const copy = `${folder.path}/copy.db`;
    await backupHistory(folder.file, copy, () => undefined);
    const found = await read(copy);
    expect([found.alarms.length, found.evidence?.signals.length]).toEqual([1, 4]);
  });

  test('is taken along from a file that is damaged elsewhere', async () => {
    using folder = newFolder();
    writeAlarms(folder.file);
    const db = openDatabase(folder.file);
    const page = db
      .prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name = 'gaps'")
      .pluck()
      .get()!;
    db.close();
    const bytes = readFileSync(folder.file);
    bytes.fill(0xaa, (page - 1) * 4096, page * 4096);
    writeFileSync(folder.file, bytes);
    const writer = openWriter(folder.file);
    expect(writer.left.quarantined).toBeDefined();
    writer.close();
    const found = await read(folder.file);
    expect([found.alarms.length, found.evidence?.signals.length]).toEqual([1, 4]);
  });

  test('is looked at by a check: a line that was changed is found', async () => {
    using folder = newFolder();
    writeAlarms(folder.file);
    const about = async () =>
      (await checkHistory(folder.file, { nowMs })).filter((finding) => finding.about === 'alarms');
    expect(await about()).toMatchObject([{ level: 'ok', text: '1 lines about alarms are sound' }]);
    const db = openDatabase(folder.file);
    db.exec("UPDATE alarms SET evidence = x'00ff00ff'");
    db.close();
    expect(await about()).toMatchObject([{ level: 'error' }]);
  });

  test('goes by age, and what was seen goes first where there is much of it', () => {
    using file = newFile();
    const insert = file.db.prepare(
      `INSERT INTO alarms (time_ms, machine, alarm, occurrence, kind, text, evidence)
       VALUES (?, 'm', 'a', ?, 'raised', '{}', x'00')`,
    );
    file.db.transaction(() => {
      for (let i = 0; i < 300; i++) insert.run(nowMs - 1100 * dayMs + i, i);
      for (let i = 300; i < 4500; i++) insert.run(nowMs - dayMs + i, i);
    })();
    const leftovers = createLeftovers(file.db, nowMs, nowMs - 1000 * dayMs);
    for (let i = 0; !leftovers.step(); i++) expect(i).toBeLessThan(1000);
    expect(file.count('alarms')).toBe(4200);
    const kept = file.db
      .prepare<[], { n: number; first: number }>(
        'SELECT count(*) AS n, min(occurrence) AS first FROM alarms WHERE evidence IS NOT NULL',
      )
      .get();
    expect(kept).toEqual({ n: 4000, first: 500 });
  });
});
