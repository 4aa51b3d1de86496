// kill -9 at any moment, while samples are committed and moved: what was said to be safe is there, once, and rollups
// tell of just that.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { poll } from '../../poll.ts';
import { numbered, seeded } from './samples.ts';
import { lineOf, readStored } from './stored.ts';

const victim = fileURLToPath(new URL('victim.ts', import.meta.url));
const seed = Number(process.env['WRITER_SEED'] ?? 41);
const kills = Number(process.env['WRITER_KILLS'] ?? 3);

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gemel-kill-'));
  file = join(dir, 'history.db');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs it until it said so often that something is safe, and a moment longer; how many it said are safe. */
async function kill(first: number, run: number, says: number, afterUs: number, mode = ''): Promise<number> {
  const child = spawn(process.execPath, [victim, file, String(first), String(run), mode]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  await poll('samples', () => errors !== '' || output.split('\n').length > says, 30_000, 1);
  expect(errors).toBe('');
  spin(afterUs);
  end(child);
  await closed;
  const lines = output.split('\n');
  // The last line may be half of one.
  return Number(lines[lines.length - 2]);
}

function spin(us: number): void {
  const untilMs = performance.now() + us / 1000;
  while (performance.now() < untilMs);
}

function end(child: ChildProcess): void {
  child.kill('SIGKILL');
}

function linesUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, n) => numbered(n))
    .map((sample) => lineOf({ ...sample, tag: sample.tag + 1 }))
    .sort();
}

test(`nothing is lost or doubled by ${kills} kills (seed ${seed})`, async () => {
  const random = seeded(seed);
  let next = 0;
  let moving = 0;
  for (let run = 0; run < kills; run++) {
    const safe = await kill(next, run, 1 + Math.floor(random() * 60), random() * 5000);
    const stored = readStored(file);
    expect(stored.faults).toEqual([]);
    // One more commit may have been whole when the word of it was not.
    next = stored.lines.length;
    expect(next).toBeGreaterThanOrEqual(safe);
    expect(stored.lines).toEqual(linesUpTo(next));
    if (stored.blocks > 0 && stored.journalRows > 0) moving += 1;
  }
  expect(moving).toBeGreaterThan(0);
}, 600_000);

test('control: a writer that says so before the disk has it loses some', async () => {
  const random = seeded(seed);
  let lost = 0;
  for (let run = 0; run < 20 && lost === 0; run++) {
    rmSync(file, { force: true });
    rmSync(`${file}-wal`, { force: true });
    const safe = await kill(0, run, 3 + Math.floor(random() * 5), 0, 'careless');
    const stored = readStored(file);
    lost += safe - stored.lines.length;
  }
  expect(lost).toBeGreaterThan(0);
}, 60_000);
