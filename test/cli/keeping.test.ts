// `gemel export`, `import`, `backup`, `restore` and `doctor` as they are called, beside a history that is being written and
// beside none.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DoctorFlags, runDoctor } from '../../src/cli/doctor.ts';
import { runExport } from '../../src/cli/export.ts';
import { runImport } from '../../src/cli/import.ts';
import { runRestore } from '../../src/cli/restore.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { createWriter } from '../../src/history/writer.ts';
import { seal } from '../../src/runtime/twins/memory.ts';
import { cleanUp, stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import {
  columnsOf,
  config,
  nothing,
  type Sample,
  startMs,
  tagOf,
  writeHistory,
} from '../transfer/history-fixture.ts';

useCleanUp();

const root = join(import.meta.dirname, '../..');
const tags = [tagOf('shop', 'spindle.current'), tagOf('shop', 'temp', { unit: 'degC' })];
const samples = Array.from(
  { length: 4000 },
  (_, i): Sample => ({ tag: i % 2, timeMs: startMs + i * 50, value: i / 8 }),
);
const accounts = {
  ledger: [{ source: 'shop', row: row(4010, 4000), remarks: {} as never }],
};

function row(received: number, stored: number) {
  return { received, stored, coalesced: 0, pending: 0, rejected: { parse: 10 } as never };
}

async function run(...words: string[]) {
  const child = gemel(words, { cwd: root });
  const code = await child.ended();
  return { code, out: child.out(), err: child.err() };
}

const quiet = { env: {}, tell: () => {}, terminal: false };

function keeper() {
  let out = '';
  return {
    out: () => out,
    print: (text: string) => {
      out += text;
    },
  };
}

async function doctor(flags: DoctorFlags) {
  const kept = keeper();
  const code = await runDoctor(flags, { ...quiet, print: kept.print });
  return { code, out: kept.out() };
}

async function restore(file: string, history: string, answer?: string) {
  const kept = keeper();
  const ask = answer === undefined ? undefined : async () => answer;
  const flags = { history, ...(answer === '--yes' ? { yes: true } : {}) };
  await runRestore(file, flags, { ...quiet, ask, print: kept.print });
  return kept.out();
}

async function rowsIn(history: string): Promise<number> {
  const reader = openReader(history);
  const ids = (await reader.tags()).map(({ id }) => id);
  let rows = 0;
  for (const id of ids) rows += (await reader.span(id)).samples;
  reader.close();
  return rows;
}

/** As a gateway has it: open, locked, and with the last samples still in its log. */
async function living(): Promise<string> {
  const file = join(await stateDir(), 'history.db');
  const runRow = {
    startMs,
    periodMs: 100,
    openedMs: startMs,
    gemel: '0',
    site: 's',
    fingerprint: 'f',
    config: '{}',
  };
  const writer = createWriter({ file, run: runRow, config, tell: () => {} });
  cleanUp(() => writer.close());
  const named = tags.map((tag, index) => ({ ...tag, index }));
  writer.commit({ nowMs: startMs, tags: named, samples: columnsOf(samples), ...nothing, ...accounts });
  return file;
}

describe('beside a gateway that writes', () => {
  test('export, backup and doctor work; import and restore are refused', async () => {
    const history = await living();
    const dir = await stateDir();
    const exported = await run('export', join(dir, 'x.csv'), '--history', history);
    expect(exported).toMatchObject({ code: 0, out: '', err: expect.stringContaining('4000 rows of 2 tags') });
    const backup = await run('backup', join(dir, 'b.db'), '--history', history);
    expect(backup).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^wrote .*b\.db: .* every page checked\n$/),
    });
    const doctor = await run('doctor', '--history', history, '--quick');
    expect(doctor).toMatchObject({ code: 0, out: expect.stringContaining('in use by a gateway') });
    expect(doctor.out).toContain(
      '4010 received = 4000 stored + 10 rejected (parse 10) + 0 coalesced + 0 pending',
    );
    const again = await run('import', join(dir, 'x.csv'), '--history', history);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('GEM_HISTORY_BUSY') });
    const restored = await run('restore', join(dir, 'b.db'), '--history', history, '--yes');
    expect(restored).toMatchObject({ code: 1, err: expect.stringContaining('GEM_HISTORY_BUSY') });
    const same = await run('export', join(dir, 'y.csv'), '--history', join(dir, 'b.db'));
    expect(same.code).toBe(0);
    expect(readFileSync(join(dir, 'y.csv'), 'utf8')).toBe(readFileSync(join(dir, 'x.csv'), 'utf8'));
  });
});

describe('gemel export', () => {
  test('to the standard output ends quietly when nobody reads on', async () => {
    const history = writeHistory(await stateDir(), tags, samples);
    const words = [join(root, 'bin/gemel.js'), 'export', '-', '--history', history];
    const child = spawn('bash', [
      '-c',
      '"$0" "$@" | head -1; exit "${PIPESTATUS[0]}"',
      process.execPath,
      ...words,
    ]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err, out]).toEqual([
      0,
      '',
      'time,source,tag,value,unit,quality,status,received,raw_ms,kind,tier\n',
    ]);
  });

  test('overwrites nothing without --force, and leaves nothing half done', async () => {
    const history = writeHistory(await stateDir(), tags, samples);
    const dir = await stateDir();
    const file = join(dir, 'x.csv');
    writeFileSync(file, 'mine');
    const refused = await run('export', file, '--history', history);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('GEM_OUTPUT_EXISTS') });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    // A limit of the system stands for a disk that is full.
    const words = [join(root, 'bin/gemel.js'), 'export', file, '--force', '--history', history];
    const child = spawn('bash', [
      '-c',
      'trap "" XFSZ; ulimit -f 100; exec "$0" "$@"',
      process.execPath,
      ...words,
    ]);
    let err = '';
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(err).toContain(
      `cannot write ${file}: a file there may not become so large [GEM_OUTPUT_UNWRITABLE]`,
    );
    expect(readdirSync(dir)).toEqual(['x.csv']);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await run('export', file, '--force', '--history', history)).code).toBe(0);
    expect(readFileSync(file, 'utf8').split('\n').length).toBe(4002);
    const nowhere = await run('export', join(dir, 'no/x.csv'), '--history', history);
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('there is no such folder') });
  });
});

test('gemel import takes a recording as gemel replay does, and what it exports wide is replayed', async () => {
  const dir = await stateDir();
  const history = join(dir, 'history.db');
  const wanted = ['--config', 'config/gemel.replay.yaml', '--history', history];
  const done = await run('import', 'config/sample-mill.csv', ...wanted);
  expect(done).toMatchObject({ code: 0, err: '' });
  expect(done.out).toContain('stored   7438, 2026-03-02T08:00:00.100Z to 2026-03-02T08:01:00.000Z');
  expect(done.out).toContain('refused  1: sample-mill.csv:351');
  const again = keeper();
  const configured = { config: join(root, 'config/gemel.replay.yaml'), history };
  await runImport(join(root, 'config/sample-mill.csv'), configured, { ...quiet, print: again.print });
  expect(again.out()).toContain('there    7438 were there already');
  const file = join(dir, 'wide.csv');
  const flags = { tier: 'raw', delimiter: 'comma', decimal: 'point', times: 'iso', wide: true } as const;
  await runExport(file, { ...flags, every: 100, history }, { ...quiet, print: () => undefined });
  const replayed = await run(
    'replay',
    file,
    '--config',
    'config/gemel.replay.yaml',
    '--source',
    'log',
    ...mapped(file),
    '--json',
  );
  expect(replayed).toMatchObject({ code: 0, err: '' });
  expect(replayed.out).toContain('"unit":"A"');
  const listed = await run('fit', file);
  expect(listed).toMatchObject({ code: 0, out: expect.stringContaining('log/spindle.current') });
});

/** Each tag of the source is the column of its name. */
function mapped(file: string): string[] {
  const [, ...names] = readFileSync(file, 'utf8').split('\n', 1)[0]!.split(',');
  return names.flatMap((name) => ['--map', `${name}=${name}`]);
}

test('gemel restore wants a yes, keeps what was there, and refuses what is damaged', async () => {
  const dir = await stateDir();
  const history = writeHistory(dir, tags, samples);
  const other = writeHistory(await stateDir(), tags, samples.slice(0, 100));
  const unsaid = await run('restore', other, '--history', history);
  expect(unsaid).toMatchObject({ code: 2, err: expect.stringContaining('say so with --yes') });
  await expect(restore(other, history, 'no')).rejects.toThrow('nothing was changed');
  expect(await rowsIn(history)).toBe(4000);
  const out = await restore(other, history, 'y');
  const replaced = /what was there is (.*) now\n$/.exec(out)?.[1] ?? '';
  expect([await rowsIn(history), await rowsIn(replaced)]).toEqual([100, 4000]);
  truncateSync(other, 20_000);
  await expect(restore(other, history, '--yes')).rejects.toThrow('it is damaged');
  expect(await rowsIn(history)).toBe(100);
  await expect(restore(join(dir, 'no.db'), history, '--yes')).rejects.toThrow('there is no such file');
  await expect(restore(history, join(dir, 'other.db'), '--yes')).rejects.toThrow('is called history.db');
});

describe('gemel doctor', () => {
  test('of what is not there has a word of advice, and no failure', async () => {
    const dir = await stateDir();
    const { code, out } = await doctor({ history: join(dir, 'history.db') });
    expect([code, out]).toEqual([0, expect.stringContaining(`warn  file`)]);
    expect(out).toContain('A gateway makes it when it first runs');
    expect(existsSync(join(dir, 'history.db'))).toBe(false);
  });

  test('of a damaged file fails, and says what to do', async () => {
    const history = writeHistory(await stateDir(), tags, samples, accounts);
    const whole = await doctor({ history, json: true });
    expect(whole.code).toBe(0);
    const told = JSON.parse(whole.out) as { worst: string; checks: { about: string; level: string }[] };
    expect(told.checks.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(told.checks).toContainEqual({
      level: 'ok',
      about: 'pages',
      text: 'every page is as it should be',
    });
    const bytes = readFileSync(history);
    // The data of blocks is near the end; the pages before it stay readable.
    for (let at = bytes.length / 2; at < bytes.length; at += 64) bytes[at]! ^= 0xff;
    writeFileSync(history, bytes);
    const { code, out } = await doctor({ history });
    expect([code, out]).toEqual([1, expect.stringMatching(/^fail/m)]);
    expect(out).toMatch(/backup|restore/);
    expect(out).toMatch(/\d failed, \d to look at\n$/);
  });

  test('of a file that is no history at all fails with the words of whoever opened it', async () => {
    const history = join(await stateDir(), 'history.db');
    writeFileSync(history, 'This is a letter, and no database.'.repeat(100));
    const { code, out } = await run('doctor', '--history', history);
    expect([code, out]).toEqual([1, expect.stringMatching(/^fail {2}file/m)]);
    const said = { name: 'GemError', code: 'GEM_HISTORY_DAMAGED' };
    const flags = { tier: 'raw', delimiter: 'comma', decimal: 'point', times: 'iso', history } as const;
    const to = { ...quiet, print: () => undefined };
    await expect(runExport(join(history, '../x.csv'), flags, to)).rejects.toMatchObject(said);
    writeFileSync(join(history, '../in.csv'), 'time,source,tag,value\n2026-03-02T08:00:00Z,s,a,1\n');
    await expect(runImport(join(history, '../in.csv'), { history }, to)).rejects.toMatchObject(said);
  });

  test('finds accounts that do not add up, a twin that cannot be read, and a gap', async () => {
    const dir = await stateDir();
    const nowMs = Date.now();
    const history = writeHistory(dir, tags, samples, {
      ledger: [{ source: 'shop', row: row(4011, 4000), remarks: {} as never }],
      memory: [{ key: 'twins/mill-1/memory', text: '{"torn' }],
      gaps: [{ fromMs: nowMs - 5000, toMs: nowMs - 1000, reason: 'disk_full', samples: 70 }],
    });
    mkdirSync(join(dir, 'twins'));
    writeFileSync(join(dir, 'twins', 'mill-2.json'), 'nonsense');
    const { code, out } = await doctor({ history, quick: true });
    expect(code).toBe(1);
    expect(out).toContain('the account of shop does not add up: 1 samples are not explained');
    expect(out).toMatch(/fail {2}twins +mill-1: its memory in the history cannot be read/);
    expect(out).toMatch(/fail {2}twins +mill-2: .*mill-2.json cannot be read/);
    expect(out).toContain('1 gap in the last 7 days, 70 samples that were counted are missing');
  });

  test('counts days by receipt, so that a stamp of another year changes nothing', async () => {
    const slow = samples.map((sample, i) => ({ ...sample, timeMs: startMs + i * 5000 }));
    const odd = { tag: 0, timeMs: startMs + 400 * 86_400_000, value: 1, receiveMs: startMs + 2e7 };
    const history = writeHistory(await stateDir(), tags, [...slow, odd]);
    const { out } = await doctor({ history, quick: true });
    expect(out).toMatch(/growth .* bytes a sample, all in; 0\.2 days are here; 30 days of samples will take/);
  });

  test('says that a history is switched off, and which configuration cannot be used', async () => {
    const dir = await stateDir();
    const file = join(dir, 'gemel.yaml');
    writeFileSync(file, 'version: 1\nhistory: { enabled: false }\n');
    const none = await doctor({ config: file });
    expect([none.code, none.out]).toEqual([0, expect.stringContaining('no history is kept')]);
    mkdirSync(join(dir, 'state'));
    writeHistory(join(dir, 'state'), tags, samples);
    const left = await doctor({ config: file, quick: true });
    expect([left.code, left.out]).toEqual([0, expect.stringContaining('this one is of earlier runs')]);
    expect(left.out).not.toContain('reserve');
    writeFileSync(file, 'version: 1\nhistory: { enable: false }\n');
    const wrong = await doctor({ config: file, quick: true });
    expect([wrong.code, wrong.out]).toEqual([
      0,
      expect.stringMatching(/warn {2}config +1 problem.*gemel\.yaml\n/),
    ]);
    const absent = await run('doctor', '--config', join(dir, 'no.yaml'));
    expect(absent).toMatchObject({ code: 2, err: expect.stringContaining('GEM_CONFIG_UNREADABLE') });
  });

  test('tells what a newer gemel remembers from what is damaged', async () => {
    const text = seal({ gemel: 'twin-memory', v: 99 });
    const history = writeHistory(await stateDir(), tags, samples, {
      memory: [{ key: 'twins/mill-1/memory', text }],
    });
    const { code, out } = await doctor({ history, quick: true });
    expect([code, out]).toEqual([1, expect.stringMatching(/fail {2}twins +mill-1: .* by a newer gemel/)]);
    expect(out).toContain('Run the newer gemel again');
    expect(out).not.toContain('Bring back a backup');
  });
});
