// What is read besides samples, as the writer left it: tags of one name, runs, acts, snapshots, accounts, events, gaps.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rejectReasons, remarks } from '../../../src/core/sample.ts';
import type { Commit, LedgerEntry } from '../../../src/history/commit.ts';
import { type OpenReader, openReader } from '../../../src/history/reader/open.ts';
import { historySchema } from '../../../src/history/schema.ts';
import { createWriter } from '../../../src/history/writer.ts';
import type { GatewayEvent } from '../../../src/ports/event.ts';
import type { LedgerRow } from '../../../src/ports.ts';
import { columnsOf } from './stored.ts';

const startMs = Date.UTC(2026, 2, 1);
const run = {
  ...{ startMs, periodMs: 100, openedMs: startMs + 7, gemel: '1.2.3', site: 'hall' },
  ...{ fingerprint: 'abc', config: '{"a":1}' },
};
const entry: LedgerEntry = {
  source: 'mill',
  row: {
    ...{ received: 5, stored: 3, coalesced: 0, pending: 1 },
    rejected: { ...zeroes(rejectReasons), parse: 1 } as LedgerRow['rejected'],
  },
  remarks: { ...zeroes(remarks), late: 2 } as LedgerEntry['remarks'],
};
const events: GatewayEvent[] = [1, 2, 3].map((k) => ({
  kind: 'started',
  timeMs: startMs + k,
  text: `event ${k}`,
}));

function zeroes(keys: readonly string[]): Record<string, number> {
  return Object.fromEntries(keys.map((key) => [key, 0]));
}

let folder: string;
let reader: OpenReader;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemel-tables-'));
  const file = join(folder, 'history.db');
  const { keep } = historySchema.parse({ keep: { minFreeMb: 0 } });
  const writer = createWriter({ file, run, config: { keep, ballastMb: 0 }, tell: () => undefined });
  const tag = { source: 'mill', name: 'load', kind: 'number', tier: 'raw' } as const;
  const commit: Commit = {
    nowMs: startMs,
    tags: [
      { ...tag, index: 0, unit: 'A' },
      { ...tag, index: 1, unit: 'mA' },
      { ...tag, index: 2, name: 'other', unit: 'A' },
    ],
    samples: columnsOf([
      { tag: 1, value: 4, quality: 0, timeMs: startMs, receiveMs: startMs + 1, rawMs: Number.NaN },
    ]),
    ledger: [entry],
    memory: [{ key: 'twin/mill-1', text: 'worn' }],
    events,
    acts: [
      { tick: 3, kind: 'command', text: 'a' },
      { tick: 3, kind: 'hash', text: 'b' },
      { tick: 9, kind: 'skipped', text: '2' },
    ],
    snapshots: [
      { tick: 0, data: Uint8Array.of(1, 2) },
      { tick: 600, data: Uint8Array.of(3) },
    ],
    cursors: [{ sink: 'mqtt', stream: 'samples', position: 12.5 }],
    gaps: [
      { fromMs: startMs + 1000, toMs: startMs + 2000, reason: 'disk_full', samples: 7 },
      { fromMs: startMs + 9000, toMs: startMs + 9500, reason: 'stopped', samples: 0 },
    ],
  };
  writer.commit(commit);
  reader = openReader(file);
  return () => writer.close();
});

afterAll(() => {
  reader.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a stream whose unit was changed has several tags, the first first', async () => {
  const found = await reader.resolveTags('mill', 'load');
  expect(found.map(({ unit }) => unit)).toEqual(['A', 'mA']);
  expect(found[0]!.id).toBeLessThan(found[1]!.id);
  expect(await reader.resolveTags('mill', 'nothing')).toEqual([]);
  expect((await reader.span(found[1]!.id)).samples).toBe(1);
});

test('runs, what was done in them, and where a replay may begin', async () => {
  const [found] = await reader.runs();
  expect(found).toEqual({ id: found!.id, ...run });
  const acts = await reader.acts({ run: found!.id, fromTick: 3, limit: 2 });
  expect(acts.map(({ text }) => text)).toEqual(['a', 'b']);
  const { tick, id } = acts.at(-1)!;
  const more = await reader.acts({ run: found!.id, fromTick: tick, afterId: id, limit: 10 });
  expect(more).toEqual([expect.objectContaining({ tick: 9, kind: 'skipped', text: '2' })]);
  expect(await reader.acts({ run: found!.id, fromTick: 0, toTick: 2, limit: 10 })).toEqual([]);
  expect(await reader.snapshots(found!.id)).toEqual([
    { tick: 0, bytes: 2 },
    { tick: 600, bytes: 1 },
  ]);
  expect(await reader.snapshot(found!.id, 599)).toEqual({ tick: 0, data: Uint8Array.of(1, 2) });
  expect(await reader.snapshot(found!.id, 600)).toEqual({ tick: 600, data: Uint8Array.of(3) });
  expect(await reader.snapshot(found!.id + 1, 600)).toBeUndefined();
});

test('accounts, memory, places of sinks, and what the tables hold', async () => {
  const { sources, cursors } = await reader.ledger();
  expect(sources).toEqual([entry]);
  expect(cursors).toEqual([{ sink: 'mqtt', stream: 'samples', position: 12.5 }]);
  expect((await reader.memory()).get('twin/mill-1')).toBe('worn');
  expect(await reader.counts()).toEqual({ journalRows: 1, journalSamples: 1, blocks: 0, blockSamples: 0 });
});

test('events from where one was, and gaps that touch a time', async () => {
  const [first, ...rest] = await reader.events(0, 10);
  expect(first!.event).toEqual(events[0]);
  expect(await reader.events(first!.id, 1)).toEqual(rest.slice(0, 1));
  const touching = await reader.gaps({ fromMs: startMs + 2000, toMs: startMs + 8999 });
  expect(touching).toEqual([
    { fromMs: startMs + 1000, toMs: startMs + 2000, reason: 'disk_full', samples: 7 },
  ]);
  expect(await reader.gaps({ fromMs: 0, toMs: startMs * 2 })).toHaveLength(2);
});
