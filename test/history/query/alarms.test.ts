// The journal of alarms: what was told is there in order, with what was seen; asked by machine, by alarm, by time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Evidence } from '../../../src/core/alarm.ts';
import { alarmRow, deflateEvidence, inflateEvidence, packEvidence } from '../../../src/history/alarm-rows.ts';
import type { Writer } from '../../../src/history/commit.ts';
import { openDatabase } from '../../../src/history/database.ts';
import { openReader } from '../../../src/history/reader/open.ts';
import { createWriter } from '../../../src/history/writer.ts';
import { alarmOf, changeOf, evidenceOf } from '../../sinks/alarm-scene.ts';
import { sceneMs } from '../../suites/scene.ts';
import { commitOf, keepAll, someRun } from '../writer/samples.ts';

let dir: string;
let file: string;
let writer: Writer;
const open = () =>
  createWriter({ file, run: someRun, config: { keep: keepAll, ballastMb: 0 }, tell: () => {} });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gemel-alarms-'));
  file = join(dir, 'history.db');
  writer = open();
});

afterEach(() => {
  writer.close();
  rmSync(dir, { recursive: true, force: true });
});

const all = { fromMs: 0, toMs: 1e15, limit: 100 };

async function reading<T>(read: (reader: ReturnType<typeof openReader>) => Promise<T>): Promise<T> {
  const reader = openReader(file);
  try {
    return await read(reader);
  } finally {
    reader.close();
  }
}

/** Three changes of one alarm, and one of another machine's. */
function fill(): void {
  const raised = alarmOf('oil.temp.limit', { occurrence: 1 });
  const changes = [
    changeOf('raised', raised, sceneMs),
    changeOf('raised', alarmOf('pump.silent', { machine: 'press-2', occurrence: 1 }), sceneMs + 1),
    changeOf('evidence', { ...raised, evidence: evidenceOf() }, sceneMs + 10_000),
    changeOf('cleared', { ...raised, state: 'cleared', active: false }, sceneMs + 60_000),
  ];
  for (const change of changes) writer.commit(commitOf({ alarms: [alarmRow(change, true)] }));
}

describe('the journal of alarms', () => {
  test('has each change in order, as the alarm was after it', async () => {
    fill();
    const rows = await reading((reader) => reader.alarms(all));
    expect(
      rows.map(({ kind, timeMs, alarm }) => [kind, timeMs - sceneMs, alarm.machine, alarm.state]),
    ).toEqual([
      ['raised', 0, 'press-1', 'raised'],
      ['raised', 1, 'press-2', 'raised'],
      ['evidence', 10_000, 'press-1', 'raised'],
      ['cleared', 60_000, 'press-1', 'cleared'],
    ]);
    expect(rows[0]!.alarm).toEqual(alarmOf('oil.temp.limit', { occurrence: 1 }));
    expect(rows.every(({ alarm }) => alarm.evidence === undefined)).toBe(true);
  });

  test('is asked by machine, by alarm, by time, in parts, and from the end', async () => {
    fill();
    await reading(async (reader) => {
      const kinds = async (query: object) =>
        (await reader.alarms({ ...all, ...query })).map(({ kind }) => kind);
      expect(await kinds({ machine: 'press-2' })).toEqual(['raised']);
      expect(await kinds({ machine: 'press-1', alarm: 'oil.temp.limit' })).toHaveLength(3);
      expect(await kinds({ alarm: 'none' })).toEqual([]);
      expect(await kinds({ fromMs: sceneMs + 1, toMs: sceneMs + 10_000 })).toEqual(['raised', 'evidence']);
      const first = await reader.alarms({ ...all, limit: 2 });
      expect(await kinds({ afterId: first.at(-1)!.id })).toEqual(['evidence', 'cleared']);
      const last = await reader.alarms({ ...all, limit: 1, newestFirst: true });
      expect(last.map(({ kind }) => kind)).toEqual(['cleared']);
      expect(await kinds({ afterId: last[0]!.id, newestFirst: true, limit: 1 })).toEqual(['evidence']);
    });
  });

  test('keeps what was seen of an occurrence, once, to six digits', async () => {
    fill();
    const found = await reading((reader) => reader.evidence({ machine: 'press-1', occurrence: 1 }));
    const seen = evidenceOf();
    expect(found).toMatchObject({ fromMs: seen.fromMs, toMs: seen.toMs, stepMs: 100, complete: true });
    expect(found!.links).toEqual(seen.links);
    expect(found!.signals.map(({ name, unit }) => [name, unit])).toEqual(
      seen.signals.map(({ name, unit }) => [name, unit]),
    );
    expect(found!.signals[0]!.values[123]).toBe(99.5);
    expect(found!.signals[0]!.values[50]).toBeNull();
    for (const [i, value] of seen.signals[2]!.values.entries()) {
      if (value !== null) expect(found!.signals[2]!.values[i]).toBeCloseTo(value, 3);
    }
    const again = { ...alarmOf('oil.temp.limit', { occurrence: 1 }), evidence: evidenceOf(1, 10) };
    writer.commit(commitOf({ alarms: [alarmRow(changeOf('evidence', again), true)] }));
    const newest = await reading((reader) => reader.evidence({ machine: 'press-1', occurrence: 1 }));
    expect(newest!.signals).toHaveLength(1);
    const db = openDatabase(file, { readonly: true });
    expect(db.prepare('SELECT count(*) FROM alarms WHERE evidence IS NOT NULL').pluck().get()).toBe(1);
    db.close();
    const none = await reading((reader) => reader.evidence({ machine: 'press-2', occurrence: 1 }));
    expect(none).toBeUndefined();
  });

  test('goes on in the next run, and a damaged line is left out', async () => {
    fill();
    writer.close();
    const db = openDatabase(file);
    db.exec("UPDATE alarms SET text = '{' WHERE id = 2");
    db.close();
    writer = open();
    writer.commit(commitOf({ alarms: [alarmRow(changeOf('removed', alarmOf()), false)] }));
    const rows = await reading((reader) => reader.alarms(all));
    expect(rows.map(({ kind }) => kind)).toEqual(['raised', 'evidence', 'cleared', 'removed']);
    const spoilt = openDatabase(file);
    spoilt.exec("UPDATE alarms SET evidence = x'00ff' WHERE evidence IS NOT NULL");
    spoilt.close();
    const none = await reading((reader) => reader.evidence({ machine: 'press-1', occurrence: 1 }));
    expect(none).toBeUndefined();
  });
});

test('evidence of any shape comes back as it was, to six digits', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => Number(one.toPrecision(6)) + 0),
  );
  const series = fc.array(
    fc.record({ name: fc.string(), unit: fc.string(), values: fc.array(value, { maxLength: 30 }) }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(series, series, (signals, residuals) => {
      const evidence: Evidence = {
        ...{ fromMs: 1, toMs: 2, stepMs: 100, complete: true, links: [] },
        ...{ signals, residuals },
      };
      expect(inflateEvidence(deflateEvidence(packEvidence(evidence)))).toEqual(evidence);
    }),
    { numRuns: 200 },
  );
});
