// The file as others meet it: who may read it, and what its rows say of themselves.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Writer } from '../../../src/history/commit.ts';
import { openReader } from '../../../src/history/reader/open.ts';
import { createWriter } from '../../../src/history/writer.ts';
import { columnsOf, commitOf, keepAll, someRun, startMs, tagsOf } from './samples.ts';

let dir: string;
let file: string;
let writer: Writer;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gemel-file-'));
  file = join(dir, 'history.db');
  writer = createWriter({ file, run: someRun, config: { keep: keepAll, ballastMb: 0 }, tell: () => {} });
});

afterEach(() => {
  writer.close();
  rmSync(dir, { recursive: true, force: true });
});

test('the file and its log are not for everybody', () => {
  for (const each of [file, `${file}-wal`]) expect(statSync(each).mode & 0o027).toBe(0);
});

test('a sample is found by its receipt, though what a twin said before it came behind it', async () => {
  const sample = (tag: number, afterMs: number) => {
    const receiveMs = startMs + afterMs;
    return { tag, value: afterMs, timeMs: receiveMs, receiveMs };
  };
  writer.commit(commitOf({ tags: tagsOf(2), samples: columnsOf([sample(1, 105), sample(0, 100)]) }));
  const reader = openReader(file);
  const asked = { afterMs: startMs + 102, toMs: startMs + 200, samplesMax: 10, tags: [2] };
  const { samples } = await reader.received(asked);
  reader.close();
  expect([...samples.value.subarray(0, samples.length)]).toEqual([105]);
});
