// A block that cannot be read is left out of answers, and what else is said of its tag stays true.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pageBytes } from '../../../src/history/database.ts';
import { openReader } from '../../../src/history/reader/open.ts';
import { createStored, type Sample, type StoredFile } from './stored.ts';

const startMs = Date.UTC(2026, 2, 1);
let stored: StoredFile;

function samples(fromS: number, count: number): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const timeMs = startMs + (fromS + i) * 1000;
    return { tag: 1, value: i, quality: 0, timeMs, receiveMs: timeMs + 2, rawMs: Number.NaN };
  });
}

beforeEach(() => {
  stored = createStored();
  stored.tags([{ source: 'mill', name: 'load' }]);
});
afterEach(() => stored.remove());

function damage(key: number): void {
  stored.db.prepare('UPDATE blocks SET data = zeroblob(50) WHERE key = ?').run(key);
}

async function spanOf() {
  const reader = openReader(stored.file);
  const span = await reader.span(1);
  const { damages } = reader;
  reader.close();
  return { ...span, damages };
}

test('the only block: the span is what its row says', async () => {
  damage(stored.block(1, samples(0, 100)));
  expect(await spanOf()).toEqual({ samples: 100, firstMs: startMs, lastMs: startMs + 99_000, damages: 1 });
});

test('the first or the last of several: the other end is exact, and the journal counts', async () => {
  const [first] = [stored.block(1, samples(0, 100)), stored.block(1, samples(100, 100))];
  damage(first);
  expect(await spanOf()).toMatchObject({ firstMs: startMs, lastMs: startMs + 199_000 });
  stored.journal(samples(200, 10));
  expect(await spanOf()).toEqual({ samples: 210, firstMs: startMs, lastMs: startMs + 209_000, damages: 1 });
});

test('a block that SQLite itself cannot read is left out, and the others of its tag are told', async () => {
  const noise = samples(0, 2000).map((sample, i) => ({ ...sample, value: Math.sin(i * i) * 10 ** (i % 9) }));
  const keys = [stored.block(1, noise), stored.block(1, samples(2000, 100))];
  tearChain(keys[0]!);
  const reader = openReader(stored.file);
  const range = { tag: 1, fromMs: startMs, toMs: startMs + 3_000_000 };
  expect((await reader.raw({ ...range, samplesMax: 5000 })).series.length).toBe(100);
  expect((await reader.at({ tag: 1, timeMs: startMs + 500_000, align: 'linear' })).origin).toBe('missing');
  expect(await reader.span(1)).toEqual({ samples: 2100, firstMs: startMs, lastMs: startMs + 2_099_000 });
  const received = { afterMs: startMs, toMs: startMs + 3_000_000, samplesMax: 5000 };
  expect((await reader.received(received)).samples.length).toBe(100);
  expect(reader.damages).toBe(1);
  reader.close();
});

/** A row that is larger than a page goes on in others, each of which begins with the number of the next: it is spoilt. */
function tearChain(key: number): void {
  const data = stored.db.prepare<[number], Buffer>('SELECT data FROM blocks WHERE key = ?').pluck().get(key)!;
  stored.db.pragma('wal_checkpoint(TRUNCATE)');
  const file = readFileSync(stored.file);
  const pages = Array.from({ length: Math.floor(data.length / 500) }, (_, i) => {
    const at = file.indexOf(data.subarray(i * 500, i * 500 + 40));
    return at - (at % pageBytes);
  });
  // A page of the tree would begin with its kind.
  const page = pages.find((at) => at > 0 && file[at] === 0 && file.readUInt32BE(at) > 0);
  expect(page).toBeDefined();
  file.fill(0xff, page!, page! + 4);
  writeFileSync(stored.file, file);
}
