// `gemel replay` and --record in processes of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { cleanUp, stateDir, useCleanUp } from '../broker/fixture.ts';
import { bundleEnv, gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';

useCleanUp();

const root = join(import.meta.dirname, '../..');
const config = join(root, 'config/gemel.replay.yaml');
const sample = join(root, 'config/sample-mill.csv');

async function run(...words: string[]) {
  const process = gemel(['replay', ...words], { cwd: root });
  const code = await process.ended();
  return { code, out: process.out(), err: process.err() };
}

async function summaryOf(...words: string[]) {
  const { code, out, err } = await run(...words, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as {
    hash: string;
    samples: { stored: number };
    recorded: Record<string, unknown>;
  };
}

/** Of the sample, by itself. */
let whole: ReturnType<typeof summaryOf> | undefined;
function wholeSample() {
  whole ??= summaryOf(sample, '--config', config);
  return whole;
}

/** A configuration that plays the sample so many times as fast as it was. */
async function playing(speed: number, more = '') {
  const dir = await stateDir();
  const file = join(dir, 'gemel.yaml');
  const text = readFileSync(config, 'utf8')
    .replace('file: sample-mill.csv', `file: ${sample}\n    speed: ${speed}`)
    .concat(`broker: { port: ${await freePort()} }\nmetrics: { enabled: false }\n${more}`);
  writeFileSync(file, text);
  return { dir, file, recording: join(dir, 'run.jsonl') };
}

function lineOf(out: string, message: string): Record<string, unknown> {
  const found = out.split('\n').find((line) => line.includes(`"msg":"${message}"`));
  return JSON.parse(found ?? '{}') as Record<string, unknown>;
}

describe('gemel replay', () => {
  test('of the sample says what came of it, and twice the same hash', async () => {
    const { code, out } = await run('config/sample-mill.csv', '--config', 'config/gemel.replay.yaml');
    expect(code).toBe(0);
    expect(out).toContain('59.9 s');
    expect(out).toContain('tracking');
    const hash = /hash {6}([0-9a-f]{16})/.exec(out)?.[1];
    expect((await wholeSample()).hash).toBe(hash);
    expect((await summaryOf(sample, '--config', config, '--speed', '60')).hash).toBe(hash);
  });

  test('--frames prints frames, and the summary beside them', async () => {
    const { code, out, err } = await run(sample, '--config', config, '--frames', '--every', '10');
    expect(code).toBe(0);
    const frames = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { machine: string; time: string; mode: string });
    expect(frames.length).toBeGreaterThanOrEqual(60);
    expect(frames[1]).toMatchObject({ machine: 'mill-1', time: '2026-03-02T08:00:00.900Z' });
    expect(err).toContain('hash');
  });

  test('of a file that is not there, or of the wrong kind, ends with 2 or 1 and one clear line', async () => {
    const absent = await run('nowhere.csv', '--config', config);
    expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('GEM_FILE_UNREADABLE')]);
    const mapping = await run('docs/plant.md', '--config', config);
    expect([mapping.code, mapping.err]).toEqual([2, expect.stringContaining('GEM_REPLAY_MAPPING')]);
    const source = await run(sample, '--config', config, '--source', 'lok');
    expect([source.code, source.err]).toEqual([2, expect.stringContaining('did you mean "log"')]);
    const outside = await run(sample, '--config', config, '--from', '2030-01-01T00:00:00Z');
    expect([outside.code, outside.err]).toEqual([1, expect.stringContaining('GEM_REPLAY_OUTSIDE')]);
    expect(outside.err).toContain('it goes from 2026-03-02T08:00:00.100Z to 2026-03-02T08:01:00.000Z');
  });
});

test('of a packed file is the same; of a torn one what is there is replayed, and it is a failure', async () => {
  const packed = gzipSync(readFileSync(sample));
  const file = join(await stateDir(), 'log.csv.gz');
  writeFileSync(file, packed);
  const unpacked = await summaryOf(file, '--config', config, '--source', 'log');
  expect(unpacked.hash).toBe((await wholeSample()).hash);
  writeFileSync(file, packed.subarray(0, Math.floor(packed.length / 2)));
  const { code, out, err } = await run(file, '--config', config, '--source', 'log', '--json');
  const { hash, samples, damage } = JSON.parse(out) as {
    hash: string;
    samples: { stored: number };
    damage: { line: number; why: string };
  };
  expect(code).toBe(1);
  expect(damage.line).toBeGreaterThan(100);
  expect(damage.line).toBeLessThan(readFileSync(sample, 'utf8').split('\n').length);
  expect(err).toContain(`log.csv.gz is damaged after line ${damage.line}: it ends in the middle`);
  expect(samples.stored).toBeGreaterThan(500);
  expect(samples.stored).toBeLessThan(unpacked.samples.stored);
  expect(hash).not.toBe(unpacked.hash);
  const text = await run(file, '--config', config, '--source', 'log');
  expect(text.out).toContain(`damaged   after line ${damage.line}`);
});

test('of a file that is no text, nothing of it moves the cursor', async () => {
  const file = join(await stateDir(), 'noise.csv');
  writeFileSync(file, Buffer.from('\x1b[31mred\x07,\x1b]0;title\x07\n1,2\n'));
  const { code, err } = await run(file, '--config', config, '--map', 'spindle.current=rad');
  expect(code).toBe(2);
  expect(err).toContain('\\x1b[31mred\\x07');
  expect(err).not.toMatch(/[^\P{Cc}\n]/u);
});

describe('gemel run --record', () => {
  test('on a full disk: said, counted, and the gateway goes on', async () => {
    // A history that finds no room either is waited for at the stop, until its time is up.
    const { file, recording, dir } = await playing(20, 'loop: { stopDeadlineS: 3 }\n');
    // The file may not grow beyond 200 blocks: what a full disk is to who writes.
    const words = [process.execPath, join(root, 'bin/gemel.js'), 'run', file, '--record', recording];
    const child = spawn('sh', ['-c', 'ulimit -f 200 && exec "$@"', 'sh', ...words], {
      cwd: dir,
      env: { ...process.env, ...bundleEnv },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanUp(() => child.kill('SIGKILL'));
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    await poll('the trouble', () => out.includes('the recording cannot be written any more'), 60_000);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    const { level, ticks, ticksLost } = lineOf(out, 'the recording is not whole');
    expect(level).toBe('warn');
    expect(ticksLost).toBeGreaterThan(0);
    expect(ticksLost).toBeLessThan(ticks as number);
    expect(lineOf(out, 'stopped')['left']).toEqual([]);
    // What is there can be replayed, and is not taken for the whole.
    const part = await run(recording, '--config', file);
    expect(part.code).toBe(0);
    expect(part.out).toMatch(/lines of the recording are damaged|did not end in order/);
  });

  test('makes a recording that replays to the hash of the run', async () => {
    const { file, recording, dir } = await playing(60);
    const live = gemel(['run', file, '--record', recording], { cwd: dir });
    cleanUp(() => live.kill());
    // Once through the recording and into the second round.
    await live.said('first frame');
    await poll('half a recording', () => statSync(recording).size > 400_000, 60_000);
    live.kill('SIGTERM');
    expect(await live.ended()).toBe(0);
    const said = /"hash":"([0-9a-f]{16})"/.exec(live.out())?.[1];
    const replayed = await summaryOf(recording, '--config', file);
    expect(replayed.hash).toBe(said);
    expect(replayed.recorded).toMatchObject({ same: true, hash: said, lostTicks: 0, brokenLines: 0 });
    expect(replayed.samples.stored).toBeGreaterThan(5000);
    const packed = gzipSync(readFileSync(recording));
    writeFileSync(`${recording}.gz`, packed);
    expect((await summaryOf(`${recording}.gz`, '--config', file)).recorded).toEqual(replayed.recorded);
    writeFileSync(`${recording}.gz`, packed.subarray(0, Math.floor(packed.length / 2)));
    const torn = await run(`${recording}.gz`, '--config', file);
    expect([torn.code, torn.err]).toEqual([1, expect.stringContaining('GEM_REPLAY_DAMAGED')]);
    expect(torn.out).toMatch(/^damaged {3}after line [1-9]\d+: it ends in the middle/m);

    // Control: another sample, another hash, and it is said.
    const lines = readFileSync(recording, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"tick"') && line.length > 2000);
    lines.splice(at, 1);
    writeFileSync(recording, lines.join('\n'));
    const other = await run(recording, '--config', file);
    expect(other.out).toContain(`NOT ${said}`);
  });
});
