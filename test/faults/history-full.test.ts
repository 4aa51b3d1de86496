// A disk that fills again and again: the gateway goes on, samples wait and are then dropped and counted, and once there
// is room they are safe again within seconds. Nothing that was acknowledged is lost.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeBlock } from '../../src/history/codec/encode-block.ts';
import { openDatabase } from '../../src/history/database.ts';
import { HistoryFull } from '../../src/history/history-full.ts';
import { blockKey } from '../../src/history/keys.ts';
import { createWriter } from '../../src/history/writer.ts';
import { config } from '../history/upkeep/gateway-file.ts';
import { columnsOf, commitOf, seeded, someRun, tagsOf } from '../history/writer/samples.ts';
import { poll } from '../poll.ts';
import { faultsOf, type Load, startLoad, storedNumbers } from './history-under-load.ts';
import { canMount, type SmallDisk, smallDisk } from './small-disk.ts';

/** Twenty in `npm run test:faults`. */
const fills = Number(process.env['HISTORY_FILLS'] ?? 2);
const recoveryMsMax = 30_000;
const waitingSamples = 10_000;
const samplesAtOnce = 2000;

/** Samples come, and somebody fills the disk, until the history says that it is full and has dropped some. */
async function fillUp(disk: SmallDisk, load: Load): Promise<void> {
  const before = load.history.report().samplesDropped;
  await poll('a full disk and samples that find no room', () => {
    disk.fill();
    load.push(samplesAtOnce);
    const { state, samplesDropped, samplesWaiting } = load.history.report();
    expect(samplesWaiting).toBeLessThanOrEqual(waitingSamples);
    return state === 'full' && samplesDropped > before;
  });
}

async function reserveIn(folder: string, ballastMb: number): Promise<void> {
  const file = join(folder, 'history.ballast');
  await poll('the reserve', () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === ballastMb * 1e6);
}

async function recovered(load: Load): Promise<void> {
  const after = load.history.report().samplesCommitted;
  await poll(
    'samples that are safe again',
    () => {
      load.push(10);
      const { state, samplesCommitted, samplesWaiting } = load.history.report();
      return state === 'ok' && samplesCommitted > after && samplesWaiting < waitingSamples / 2;
    },
    recoveryMsMax,
    50,
  );
}

describe.skipIf(!canMount)('a small disk (needs root)', () => {
  test(`that is filled ${fills} times`, async () => {
    using disk = smallDisk(40);
    const load = await startLoad(disk.path, { ballastMb: 4, waitingSamples });
    await reserveIn(disk.path, 4);
    let slowestMs = 0;
    for (let i = 0; i < fills; i++) {
      await fillUp(disk, load);
      disk.clear();
      const sinceMs = performance.now();
      await recovered(load);
      slowestMs = Math.max(slowestMs, performance.now() - sinceMs);
    }
    console.log(`safe again within ${Math.round(slowestMs)} ms`);
    await load.stop();
    await load.heard();
    const { samplesCommitted, samplesDropped } = load.history.report();
    // The account adds up: each sample is on the disk or was counted as dropped.
    expect(samplesCommitted + samplesDropped).toBe(load.pushed);
    expect(load.acknowledged.size).toBeGreaterThan(0);
    expect(faultsOf(disk.path, load.acknowledged)).toEqual({ lost: [], twice: [] });
    const kinds = load.events.map(({ kind }) => kind).filter((kind) => kind.startsWith('history-'));
    expect(kinds.filter((kind) => kind === 'history-recovered')).toHaveLength(fills);
    expect(load.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(load.log.some(({ fields }) => fields['kind'] === 'ballast-given')).toBe(true);
  });

  /**
   * Somebody takes all room and gives none back; the history has old samples that it could do without. Whether so many
   * more are stored.
   */
  async function takesOwnRoom(ballastMb: number, samples: number, withinMs: number): Promise<boolean> {
    using disk = smallDisk(40);
    oldSamples(join(disk.path, 'history.db'));
    const load = await startLoad(disk.path, { ballastMb, waitingSamples });
    load.push(samplesAtOnce);
    await load.heard();
    await reserveIn(disk.path, ballastMb);
    // What is left of the room in its files is used up.
    if (ballastMb === 0) await fillUp(disk, load);
    const enough = load.history.report().samplesCommitted + samples;
    const goesOn = await poll(
      'samples that are stored on a full disk',
      () => {
        disk.fill();
        load.push(samplesAtOnce);
        return load.history.report().samplesCommitted > enough;
      },
      withinMs,
    ).catch(() => false);
    disk.clear();
    await load.stop();
    await load.heard();
    expect(faultsOf(disk.path, load.acknowledged).lost).toEqual([]);
    // What went was old, and no more than was needed.
    const left = oldBlocksIn(join(disk.path, 'history.db'));
    expect(left).toBeGreaterThan(0);
    if (goesOn) expect(left).toBeLessThan(oldBlocks);
    return goesOn;
  }

  test('the oldest samples make room for new ones while the disk stays full', async () => {
    expect(await takesOwnRoom(4, 150_000, 60_000)).toBe(true);
  });

  test('commits without a pause do not fill the log with what the file has no room for', () => {
    using disk = smallDisk(40);
    const file = join(disk.path, 'history.db');
    oldSamples(file);
    const nowMs = Date.now();
    const run = { ...someRun, startMs: nowMs, openedMs: nowMs };
    const writer = createWriter({
      file,
      run,
      config: { ballastMb: 4, keep: { ...config.keep, minFreeMb: 0 } },
      tell: () => undefined,
    });
    const reserve = join(disk.path, 'history.ballast');
    for (let i = 0; i < 1000 && statSync(reserve, { throwIfNoEntry: false })?.size !== 4e6; i++)
      writer.work(nowMs);
    const random = seeded(2);
    const samples = columnsOf(
      Array.from({ length: samplesAtOnce }, () => ({
        tag: 0,
        value: random(),
        timeMs: nowMs,
        receiveMs: nowMs,
      })),
    );
    disk.fill();
    let stored = 0;
    // Nobody calls `work`: what comes at once leaves no time for it.
    for (let tries = 0; tries < 600 && (tries % 20 > 0 || oldBlocksIn(file) > 0); tries++) {
      disk.fill();
      try {
        writer.commit(commitOf({ nowMs, tags: stored === 0 ? tagsOf(1) : [], samples }));
        stored++;
      } catch (error) {
        expect(error).toBeInstanceOf(HistoryFull);
      }
    }
    // All that may go has gone, and is what was stored instead.
    expect(oldBlocksIn(file)).toBe(0);
    expect(stored).toBeGreaterThan(150);
    disk.clear();
    writer.close();
  });

  test('a gateway starts on a full disk by its reserve; where there is none, as one that has no room yet', async () => {
    using disk = smallDisk(40);
    const first = await startLoad(disk.path, { ballastMb: 4, waitingSamples });
    first.push(samplesAtOnce);
    await reserveIn(disk.path, 4);
    await first.stop();
    disk.fill();
    const second = await startLoad(disk.path, { ballastMb: 4, waitingSamples });
    second.push(samplesAtOnce);
    await second.heard();
    expect(second.acknowledged.size).toBe(samplesAtOnce);
    await second.stop();
    disk.fill();
    const third = await startLoad(disk.path, { ballastMb: 4, waitingSamples });
    expect(third.history.recent('plc', 't0')?.length).toBeGreaterThan(0);
    third.push(samplesAtOnce);
    await poll('a report', () => third.history.report().state === 'full');
    expect(third.acknowledged.size).toBe(0);
    disk.clear();
    await third.heard();
    expect(third.acknowledged.size).toBe(samplesAtOnce);
    expect(third.history.report()).toMatchObject({ state: 'ok', samplesDropped: 0 });
    await third.stop();
    const times = storedNumbers(disk.path);
    for (let number = 0; number < samplesAtOnce; number++) expect(times.get(number)).toBe(3);
  });

  test('and in an empty folder', async () => {
    using disk = smallDisk(2);
    disk.fill();
    const load = await startLoad(disk.path, { ballastMb: 0, waitingSamples });
    load.push(samplesAtOnce);
    await poll('a report', () => load.history.report().state === 'full');
    disk.clear();
    await load.heard();
    expect(load.acknowledged.size).toBe(samplesAtOnce);
    await load.stop();
    expect(faultsOf(disk.path, load.acknowledged)).toEqual({ lost: [], twice: [] });
  });

  test('control: without the reserve a full disk frees nothing by itself', async () => {
    expect(await takesOwnRoom(0, 0, 1000)).toBe(false);
  });
});

const oldBlocks = 3000;

function oldBlocksIn(file: string): number {
  const database = openDatabase(file, { readonly: true });
  const sql = 'SELECT count(*) FROM blocks WHERE key BETWEEN ? AND ?';
  const count = database.prepare<number[], number>(sql).pluck().get(blockKey(100, 0), blockKey(101, 0));
  database.close();
  return count ?? 0;
}

/** Fourteen megabytes of some days ago, of numbers below zero. */
function oldSamples(file: string): void {
  const database = openDatabase(file);
  const fromMs = Date.now() - 5 * 86_400_000;
  database.exec("INSERT INTO tags VALUES (100, 'old', 'old', '', 'number', 'raw')");
  const insert = database.prepare(
    `INSERT INTO blocks (key, start_ms, end_ms, received_first, received_last, samples, bad, data)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
  );
  const samples = 1024;
  const random = seeded(1);
  database.transaction(() => {
    for (let i = 0; i < oldBlocks; i++) {
      const startMs = fromMs + i * 100_000;
      const timeMs = Float64Array.from({ length: samples }, (_, k) => startMs + k * 100);
      const value = Float64Array.from({ length: samples }, () => -1 - random());
      const quality = new Uint32Array(samples);
      const rawMs = new Float64Array(samples).fill(Number.NaN);
      const series = {
        length: samples,
        timeMs,
        value,
        quality,
        rawMs,
        receiveMs: timeMs,
        exact: new BigInt64Array(0),
      };
      const endMs = timeMs[samples - 1]!;
      insert.run(blockKey(100, startMs), startMs, endMs, startMs, endMs, samples, encodeBlock(series));
    }
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}
