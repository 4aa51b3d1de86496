// A history replayed: the very ticks to the very bits, from its beginning or from the middle, beside another tuning too;
// and in words what cannot be.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { filtersOf } from '../../src/core/calibrate/filters.ts';
import { rememberTwin } from '../../src/core/command.ts';
import type { Frame } from '../../src/core/frame.ts';
import type { TwinCommand } from '../../src/core/twin-command.ts';
import { openDatabase } from '../../src/history/database.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { createRemoved } from '../../src/history/upkeep/removed.ts';
import { type PastOptions, type PastSummary, replayPast } from '../../src/replay/past/summary.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { keptLog } from '../silent-log.ts';
import { millConfig, type Recorded, recordRun, version } from './past-hall.ts';

useCleanUp();

const startMs = Date.UTC(2026, 2, 2, 8);
const machine = 'mill-1';
const down = { kind: 'alarm', machine, alarm: 'log.link', by: 'Ann' } as const;
const commands: Readonly<Record<number, readonly TwinCommand[]>> = {
  300: [{ kind: 'link', machine, source: 'log', up: false, reason: 'refused' }],
  400: [{ ...down, action: 'acknowledge', comment: 'a cable' }],
  500: [{ ...down, action: 'shelve', forS: 100 }],
  900: [{ kind: 'inspected', machine, component: 'tool.other', wear: 0.3, sigma: 0.05 }],
  2000: [
    { kind: 'parameters', machine, values: { 'winding.resistance': 1.1 }, sigma: {} },
    { kind: 'replaced', machine, component: 'tool.other' },
  ],
};
const stall = { tick: 1500, ticks: 9 };

async function replayOf(file: string, more: Partial<PastOptions> = {}): Promise<PastSummary> {
  const reader = openReader(file);
  try {
    return await replayPast({
      ...{ reader, file, version, log: keptLog(), speed: Number.POSITIVE_INFINITY },
      ...{ from: undefined, to: undefined },
      ...more,
    });
  } finally {
    reader.close();
  }
}

const at = (seconds: number) => ({ atMs: startMs + seconds * 1000 });
/** The second run begins so much later, in seconds. */
const laterS = 600;

/** Two runs: four minutes with all that may happen, stopped in order; and one, of another version, that was killed. */
const made = once(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gemel-past-'));
  const file = join(dir, 'history.db');
  const config = millConfig();
  const first = await recordRun({ file, config, startMs, minutes: 4, commands, stall });
  const standing = [...first.core.books[0]!.live.values()];
  expect(standing).toContainEqual(expect.objectContaining({ id: 'log.link', state: 'raised', count: 1 }));
  const memory = { ...rememberTwin(first.core, 0), filters: filtersOf(first.core.calibrators[0]!) };
  const told = { bearing: 0.25 };
  const restore: TwinCommand = { kind: 'restore', machine, memory, gapS: 360, integrate: false, told };
  const laterMs = startMs + laterS * 1000;
  const killed = { minutes: 1.2, startMs: laterMs, killed: true, gemel: '8.0.0', commands: { 0: [restore] } };
  const second = await recordRun({ file, config, ...killed });
  return { dir, file, first, second };
});

afterAll(async () => rm((await made()).dir, { recursive: true, force: true }));

/** Of every frame of a replay that was to be seen, whether it has the bits of the one that was recorded. */
function comparing(run: Recorded) {
  const seen = { same: 0, other: 0, first: Number.NaN };
  const onFrames = ([frame]: readonly Frame[]) => {
    const tick = frame!.tick + frame!.machine.lagMs / 100;
    if (Number.isNaN(seen.first)) seen.first = tick;
    const recorded = run.frames.get(tick);
    const now = [...frame!.value, ...frame!.twin];
    if (recorded?.every((value, i) => Object.is(value, now[i])) === true) seen.same++;
    else seen.other++;
    return undefined;
  };
  return { seen, onFrames };
}

describe('a run that is replayed', () => {
  test('from its beginning has every frame and every hash, with its commands and without the ticks it missed', async () => {
    const { file, first } = await made();
    const { seen, onFrames } = comparing(first);
    const summary = await replayOf(file, { to: at(300), onFrames });
    const [run] = summary.runs;
    expect(seen).toEqual({ same: first.frames.size, other: 0, first: 0 });
    expect(run).toMatchObject({ begin: 'run', ticksSkipped: stall.ticks, hash: first.hash, ended: true });
    expect(summary.hashes).toEqual({ compared: 4, equal: 4 });
    expect(run!.machines[0]!.news).toMatchObject({ inspected: 1, replaced: 1, parameters: 1 });
    expect(run!.notes).toEqual([]);
  });

  test('from the middle begins at the snapshot before, and comes to the same bits', async () => {
    const { file, first } = await made();
    const { seen, onFrames } = comparing(first);
    const shares: number[] = [];
    const summary = await replayOf(file, {
      ...{ from: at(150.25), to: at(300), onFrames },
      onProgress: (share) => shares.push(share),
    });
    const [run] = summary.runs;
    expect(run).toMatchObject({ begin: 'snapshot', hash: first.hash, from: '2026-03-02T08:02:30.900Z' });
    expect(run!.framesBefore).toBeGreaterThan(0);
    expect(run!.framesBefore).toBeLessThan(400);
    expect(seen).toEqual({ same: run!.frames, other: 0, first: stall.tick + stall.ticks });
    expect(summary.hashes).toEqual({ compared: 2, equal: 2 });
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  test('ends where --to says, to the tick', async () => {
    const { file } = await made();
    const { runs } = await replayOf(file, { from: { afterMs: 10_000 }, to: { afterMs: 20_000 } });
    expect(runs.map(({ from, to, frames }) => [from, to, frames])).toEqual([
      ['2026-03-02T08:00:10.000Z', '2026-03-02T08:00:20.000Z', 101],
    ]);
  });

  test('that was killed goes as far as its samples are whole; another version is told, and no error', async () => {
    const { file, first, second } = await made();
    const { seen, onFrames } = comparing(second);
    const { runs } = await replayOf(file, { from: at(laterS), onFrames });
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ run: 2, begin: 'run', ended: false, gemel: '8.0.0' });
    expect(runs[0]!.notes).toEqual([`run 2 was of gemel 8.0.0, and this is ${version}`]);
    expect(seen.other).toBe(0);
    // The samples of the last tick are all there, and nothing says so.
    expect(seen.same).toBe(second.frames.size - 1);
    expect(runs[0]!.machines[0]!.wearing['bearing']![1]).toBeGreaterThanOrEqual(0.25);
    const both = await replayOf(file);
    expect(both.runs.map(({ run }) => run)).toEqual([1, 2]);
    expect(both.runs[0]!.hash).toBe(first.hash);
    expect(both.hashes).toEqual({ compared: 5, equal: 5 });
  });

  test('control: a command that is lost, or one bit of one value, is seen at the next hash', async () => {
    const { file } = await made();
    const dir = await stateDir();
    const changed = async (name: string, sql: string) => {
      const copy = join(dir, name);
      await copyFile(file, copy);
      const database = openDatabase(copy);
      expect(database.prepare(sql).run().changes).toBe(1);
      database.close();
      return replayOf(copy, { to: at(300) });
    };
    const lost = await changed('lost.db', `DELETE FROM acts WHERE kind = 'command' AND tick = 900`);
    expect(lost.hashes).toEqual({ compared: 4, equal: 1 });
    expect(lost.runs[0]!.hashes.firstOther).toBe('2026-03-02T08:01:59.900Z');
    const text = `replace(text, '1.1', '1.1000000000000003')`;
    const other = await changed(
      'other.db',
      `UPDATE acts SET text = ${text} WHERE kind = 'command' AND tick = 2000 AND text LIKE '%1.1%'`,
    );
    expect(other.hashes).toEqual({ compared: 4, equal: 3 });
  });

  test('begins anew where what came before is gone, and says so', async () => {
    const dir = await stateDir();
    const file = join(dir, 'history.db');
    const gap = { fromMs: startMs, toMs: startMs + 20_000, reason: 'retention' as const, samples: 0 };
    await recordRun({ file, config: millConfig(), startMs, minutes: 1, gaps: [gap] });
    const { runs, gaps } = await replayOf(file);
    expect(runs[0]).toMatchObject({ begin: 'anew', from: '2026-03-02T08:00:20.100Z' });
    // None can be the same: to count them as other ones would look like a defect.
    expect(runs[0]!.hashes).toEqual({ compared: 0, equal: 0, firstOther: null });
    expect(gaps).toEqual([]);
    expect((await replayOf(file, { from: at(0) })).gaps).toEqual([gap]);
  });
});

describe('what is no longer, or never was, of one run alone', () => {
  test('after retention it begins at the first snapshot of what is left, and says so', async () => {
    const { file: whole } = await made();
    const file = join(await stateDir(), 'history.db');
    await copyFile(whole, file);
    const db = openDatabase(file);
    createRemoved(db)(startMs + 115_000);
    db.close();
    const { runs, hashes } = await replayOf(file);
    expect(runs[0]).toMatchObject({ run: 1, begin: 'snapshot', framesBefore: 0 });
    expect(runs[0]!.notes).toEqual(['it begins at the first snapshot after what is gone']);
    expect(Date.parse(runs[0]!.from)).toBeGreaterThan(startMs + 115_000);
    expect(hashes).toEqual({ compared: 3, equal: 3 });
    // Who asks for what is before the snapshot gets it, as well as it can be had.
    const asked = await replayOf(file, { from: at(116), to: at(118) });
    expect(asked.runs[0]).toMatchObject({ begin: 'anew', frames: 21 });
  });

  test('a file that was put aside before its first tick takes nothing from a run', async () => {
    const file = join(await stateDir(), 'history.db');
    const gap = { fromMs: 0, toMs: startMs + 1500, reason: 'quarantined' as const, samples: 0 };
    const stall = { tick: 0, ticks: 20 };
    await recordRun({ file, config: millConfig(), startMs, minutes: 1, gaps: [gap], stall });
    const { runs, hashes } = await replayOf(file);
    expect(runs[0]!.begin).toBe('run');
    expect(hashes).toEqual({ compared: 1, equal: 1 });
  });

  test('a run that began before the end of the one before, by its clock, is told apart from it where that can be', async () => {
    const file = join(await stateDir(), 'history.db');
    const config = millConfig();
    const laterMs = startMs + 30_000;
    await recordRun({ file, config, startMs, minutes: 1.5 });
    const second = await recordRun({
      file,
      config,
      startMs: laterMs,
      minutes: 4,
      overlapMs: startMs + 90_000,
    });
    const { runs, hashes } = await replayOf(file);
    expect(runs.map(({ run, begin, to }) => [run, begin, to.slice(11)])).toEqual([
      [1, 'run', '08:00:29.900Z'],
      [2, 'snapshot', '08:04:30.000Z'],
    ]);
    expect(runs[1]!.notes[0]).toContain(
      'the clock had been set back: what was received up to 2026-03-02T08:01:30',
    );
    expect(runs[1]!.hash).toBe(second.hash);
    expect(hashes.compared).toBeGreaterThan(0);
    expect(hashes.equal).toBe(hashes.compared);
    await expect(replayOf(file, { from: at(40), to: at(80) })).rejects.toThrow(
      'run 2: the clock had been set back',
    );
  });

  test('a run that cannot be replayed is left out with the reason, and does not cost the others', async () => {
    const { file: whole } = await made();
    const file = join(await stateDir(), 'history.db');
    await copyFile(whole, file);
    const db = openDatabase(file);
    db.prepare(
      'UPDATE runs SET config = replace(config, \'"model":"mill"\', \'"model":"loom"\') WHERE id = 2',
    ).run();
    db.close();
    const { runs, leftOut, hashes } = await replayOf(file);
    expect(runs.map(({ run }) => run)).toEqual([1]);
    expect(leftOut).toEqual(['run 2 had a machine of the model loom, which this version has not']);
    expect(hashes).toEqual({ compared: 4, equal: 4 });
    await expect(replayOf(file, { from: at(laterS) })).rejects.toThrow('of the model loom');
  });
});

describe('another tuning over the same samples', () => {
  const tuned = () =>
    millConfig((text) => text.replace('winding.resistance: 0.9', 'winding.resistance: 1.6'));

  test('differs where it should, and nowhere else', async () => {
    const { file } = await made();
    const { runs, hashes, notComparable } = await replayOf(file, { other: tuned(), to: at(120) });
    const [compared] = runs[0]!.comparison!;
    // The recorded one is not touched by the one beside it.
    expect(hashes.equal).toBe(hashes.compared);
    const residuals = new Map(compared!.outputs.map(({ output, residualRms }) => [output, residualRms]));
    const [recorded, other] = residuals.get('spindle.windingTemp')!;
    expect(Math.abs(other! - recorded!)).toBeGreaterThan(0.05 * recorded!);
    for (const axis of ['axis.x.current', 'axis.y.current', 'axis.z.current']) {
      const [was, is] = residuals.get(axis)!;
      expect(was).toBeGreaterThan(0);
      expect(is).toBe(was);
    }
    expect(Object.keys(compared!.parameters)).toEqual(['winding.resistance']);
    expect(compared!.news['inspected']).toEqual([1, 1]);
    expect(notComparable!.join()).toContain('were judged when the samples came');
  });

  test('from the middle it knows what the recorded twins had learnt and worn', async () => {
    const { file } = await made();
    const { runs } = await replayOf(file, { other: tuned(), from: at(130), to: at(140) });
    const { machines, other } = runs[0]!;
    const wear = (of: typeof machines) => of[0]!.wearing['tool.other']![0];
    // Somebody had looked, before the snapshot.
    expect(wear(machines)).toBeGreaterThan(0.2);
    expect(wear(other!.machines)).toBeCloseTo(wear(machines), 3);
  });

  test('what cannot be compared is said; what is no other tuning too', async () => {
    const { file } = await made();
    const wanting = tuned();
    const more = {
      ...wanting,
      machines: {
        ...wanting.machines,
        'mill-2': {
          ...wanting.machines[machine]!,
          signals: { 'spindle.speed': 'other/rpm' },
          // A unit is no tag, though there is a slash in it.
          derived: { turning: { rate: 'spindle.speed', unit: 'rad/s2' } },
        },
      },
    } as Config;
    const { notComparable } = await replayOf(file, { other: more, to: at(5) });
    expect(notComparable![0]).toBe('of these tags nothing is stored: other/rpm');
    expect(notComparable![1]).toBe('only in the other configuration: mill-2');
    const same = await replayOf(file, { other: millConfig(), to: at(5) });
    expect(same.runs[0]!.comparison).toBeUndefined();
    expect(same.notComparable!.join()).toContain('there is nothing to lay beside it');
    const slower = { ...tuned(), loop: { ...tuned().loop, periodMs: 200 } };
    await expect(replayOf(file, { other: slower })).rejects.toThrow('cannot be laid side by side');
  });
});

test('what is not there is said in one line', async () => {
  const { file } = await made();
  await expect(replayOf(file, { from: at(5000) })).rejects.toMatchObject({
    code: 'GEM_HISTORY_EMPTY',
    message: expect.stringContaining('there is 2026-03-02T08:00:00.000Z to 2026-03-02T08:11:1') as string,
  });
  const empty = join(await stateDir(), 'history.db');
  openDatabase(empty).close();
  await expect(replayOf(empty)).rejects.toMatchObject({ code: 'GEM_REPLAY_NO_RUN' });
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= make();
    return promise;
  };
}
