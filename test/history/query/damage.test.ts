// A block that cannot be read is left out of answers, and what else is said of its tag stays true.
import { afterEach, beforeEach, expect, test } from 'vitest';
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
