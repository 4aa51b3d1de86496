// Files that are cut off, have a bit flipped or a page of nothing: the history opens, or is put aside for a new one. It
// never hangs, never fails again and again, and afterwards samples are stored and read.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { usuallyCheckedBytes } from '../../src/history/upkeep/probe.ts';
import { commitMany, openWriter } from '../history/upkeep/gateway-file.ts';
import { fastDir } from '../history/upkeep/history-files.ts';
import { seeded } from '../history/writer/samples.ts';
import type { Outcome, Task } from './history-damage-process.ts';

/** A hundred in `npm run test:faults`. */
const mutations = Number(process.env['HISTORY_DAMAGES'] ?? 12);
const seed = Number(process.env['HISTORY_SEED'] ?? 20_261);
const deadlineMs = 20_000;
const pageBytes = 4096;
const commitsPerRun = 50;

const folder = mkdtempSync(join(fastDir, 'gemel-damage-'));
let child: ChildProcess;

beforeAll(() => {
  console.log(`HISTORY_SEED=${seed}`);
  build(join(folder, 'clean'), true);
  build(join(folder, 'unclean'), false);
  child = fork(fileURLToPath(new URL('./history-damage-process.ts', import.meta.url)));
});

afterAll(() => {
  child.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Three runs of a gateway; of the last one the log is as a power cut leaves it. */
function build(dir: string, isClean: boolean): void {
  mkdirSync(dir);
  const file = join(dir, 'made.db');
  for (let run = 0; run < 3; run++) {
    const writer = openWriter(file);
    commitMany(writer, run * commitsPerRun, commitsPerRun);
    const isLast = run === 2;
    if (isLast && !isClean) copyHistory(file, join(dir, 'history.db'));
    writer.close();
    if (isLast && isClean) copyHistory(file, join(dir, 'history.db'));
  }
}

function copyHistory(from: string, to: string): void {
  for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
}

/** What is done to it, in words: enough to do it again. */
function mutate(dir: string, random: () => number): string {
  const kind = Math.floor(random() * 3);
  const files = ['history.db', 'history.db-wal'].filter((name) => existsSync(join(dir, name)));
  const name = files[Math.floor(random() * files.length)]!;
  const file = join(dir, name);
  const { size } = statSync(file);
  // As often in the first pages, where everything hangs together, as anywhere.
  const at = Math.floor(random() * (random() < 0.5 ? size : Math.min(size, 4 * pageBytes)));
  if (kind === 0) {
    truncateSync(file, at);
    return `${name} cut to ${at} of ${size}`;
  }
  const handle = openSync(file, 'r+');
  try {
    if (kind === 1) {
      const page = Math.floor(at / pageBytes) * pageBytes;
      writeSync(handle, Buffer.alloc(Math.min(pageBytes, size - page)), 0, undefined, page);
      return `${name}: page at ${page} zeroed`;
    }
    const byte = Buffer.alloc(1);
    const bit = Math.floor(random() * 8);
    readSync(handle, byte, 0, 1, at);
    byte[0]! ^= 1 << bit;
    writeSync(handle, byte, 0, 1, at);
    return `${name}: bit ${bit} of ${at} flipped`;
  } finally {
    closeSync(handle);
  }
}

async function outcomeOf(task: Task): Promise<Outcome> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(deadlineMs)]);
  const gone = once(child, 'exit', { signal }).then(([code, name]) => {
    throw new Error(`it crashed: ${String(code ?? name)}`);
  });
  const answer = once(child, 'message', { signal }).then(([outcome]) => outcome as Outcome);
  child.send(task);
  try {
    return await Promise.race([answer, gone]);
  } finally {
    over.abort();
    await Promise.allSettled([gone, answer]);
  }
}

interface Result extends Outcome {
  readonly what: string;
}

async function runAll(plain: boolean): Promise<Result[]> {
  const random = seeded(seed);
  const results: Result[] = [];
  for (let i = 0; i < mutations; i++) {
    const dir = join(folder, `case-${plain}-${i}`);
    mkdirSync(dir);
    copyHistory(join(folder, i % 2 === 0 ? 'clean' : 'unclean', 'history.db'), join(dir, 'history.db'));
    const what = mutate(dir, random);
    // Half of them as a file is looked at that is too large to be checked whole.
    const checkedBytes = i % 4 < 2 ? usuallyCheckedBytes : 0;
    const outcome = await outcomeOf({ dir, checkedBytes, plain });
    results.push({ ...outcome, what: `${i}: ${what}` });
    rmSync(dir, { recursive: true, force: true });
  }
  return results;
}

test(`${mutations} damaged histories`, async () => {
  const results = await runAll(false);
  expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
  const quarantined = results.filter((result) => result.quarantined).length;
  const twice = results.filter(({ starts }) => starts > 1).length;
  console.log(`${quarantined} of ${mutations} put aside, ${twice} of them when they were in use`);
  expect(quarantined).toBeGreaterThan(mutations / 10);
  expect(quarantined).toBeLessThan(mutations);
});

test('control: without putting anything aside, some of them do not open', async () => {
  const results = await runAll(true);
  expect(results.filter(({ failure }) => failure !== undefined).length).toBeGreaterThan(mutations / 20);
});
