// `gemel replay` out of a history, as people call it: what it prints, for people and for programs, and where it says no.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReplayFlags, replay } from '../../src/cli/replay.ts';
import type { GemError } from '../../src/errors.ts';
import type { PastSummary } from '../../src/replay/past/summary.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { millConfig, recordRun } from '../replay/past-hall.ts';

useCleanUp();

const startMs = Date.UTC(2026, 2, 2, 8);
const demo = new URL('../../config/gemel.replay.yaml', import.meta.url).pathname;

async function history(minutes = 1): Promise<string> {
  const file = join(await stateDir(), 'history.db');
  await recordRun({ file, config: millConfig(), startMs, minutes });
  return file;
}

async function said(flags: Partial<ReplayFlags>, terminal = false) {
  let [out, beside] = ['', ''];
  await replay(
    undefined,
    { speed: Number.POSITIVE_INFINITY, every: 1, ...flags },
    {
      env: {},
      print: (text) => {
        out += text;
        return undefined;
      },
      tell: (text) => {
        beside += text;
      },
      terminal,
    },
  );
  return { out, beside };
}

describe('gemel replay without a file', () => {
  test('says how well the twins followed and how many hashes are equal', async () => {
    const file = await history();
    const { out, beside } = await said({ history: file }, true);
    expect(out).toContain(`${file}: 2026-03-02T08:00:00.000Z to 2026-03-02T08:01:00.000Z, 60 s`);
    expect(out).toContain('replayed from its beginning');
    expect(out).toMatch(/spindle\.windingTemp +\d+\.\d % .* sigma/);
    expect(out).toMatch(/\nverdict {3}2 of 2 state hashes equal\n$/);
    expect(beside).toMatch(/\[#+\.*\] \d+ %/);
    expect(out).toContain('note      run 1 was of gemel 9.9.9, and this is');
  });

  test('--json and --frames are for programs', async () => {
    const file = await history();
    const { out, beside } = await said({
      history: file,
      frames: true,
      every: 100,
      json: true,
      from: { afterMs: 30_000 },
    });
    const frames = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { machine: string });
    expect(frames).toHaveLength(4);
    expect(frames[0]!.machine).toBe('mill-1');
    const summary = JSON.parse(beside) as PastSummary;
    expect(summary.hashes).toEqual({ compared: 2, equal: 2 });
    expect(summary.runs[0]!.frames).toBe(301);
  });

  test('--config lays another tuning beside it', async () => {
    const file = await history();
    const other = join(await stateDir(), 'new.yaml');
    const text = millText().replace('winding.resistance: 0.9', 'winding.resistance: 1.6');
    writeFileSync(
      other,
      text.replace('file: sample-mill.csv', `file: ${join(demo, '..', 'sample-mill.csv')}`),
    );
    const { out } = await said({ history: file, config: other });
    expect(out).toMatch(/mill-1 +recorded +other\n/);
    expect(out).toMatch(/residual spindle\.windingTemp, sigma +\d+\.\d\d +\d+\.\d\d\n/);
    expect(out).toMatch(/winding\.resistance at the end +0\.9 +1\.6\n/);
    expect(out).toContain('note      ranges, stamps and clocks were judged when the samples came');
    expect(out).toContain('2 of 2 state hashes equal');
  });
});

describe('what cannot be done is said in one line', () => {
  const failing = async (...words: string[]) => {
    const run = gemel(['replay', ...words], { cwd: await stateDir() });
    return { code: await run.ended(), text: run.out() + run.err() };
  };

  test('no history there, or outside of what is kept: 1; options that go with a recording: 2', async () => {
    const file = await history();
    const none = await failing('--history', 'nothing.db');
    expect(none.code).toBe(1);
    expect(none.text).toContain('there is no history at');
    const outside = await failing('--history', file, '--from', '2020-01-01', '--to', '2020-01-02');
    expect(outside.code).toBe(1);
    expect(outside.text).toContain(
      'nothing is stored between 2020-01-01T00:00:00.000Z and 2020-01-02T00:00:00.000Z: there is 2026-03-02T08:00',
    );
    const turned = said({ history: file, from: { afterMs: 5000 }, to: { afterMs: 3000 } });
    await expect(turned).rejects.toThrow('--from is later than --to');
    const other = join(await stateDir(), 'history.db');
    writeFileSync(other, 'no database at all, but long enough to be looked into'.repeat(20));
    await expect(said({ history: other })).rejects.toMatchObject({
      code: 'GEM_HISTORY_DAMAGED',
    } satisfies Partial<GemError>);
    await expect(said({ history: file, rate: 5 })).rejects.toMatchObject({
      code: 'GEM_USAGE',
    } satisfies Partial<GemError>);
    const both = replay('x.csv', { speed: 1, every: 1, history: file }, quiet);
    await expect(both).rejects.toThrow('go one at a time');
  }, 30_000);
});

const quiet = { env: {}, print: () => undefined, tell() {}, terminal: false };

function millText(): string {
  return readFileSync(demo, 'utf8');
}
