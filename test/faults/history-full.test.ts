// A disk that fills again and again: the gateway goes on, samples wait and are then dropped and counted, and once there
// is room they are safe again within seconds. Nothing that was acknowledged is lost.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeBlock } from '../../src/history/codec/encode-block.ts';
import { openDatabase } from '../../src/history/database.ts';
import { blockKey } from '../../src/history/keys.ts';
import { seeded } from '../history/writer/samples.ts';
import { poll } from '../poll.ts';
import { faultsOf, type Load, startLoad } from './history-under-load.ts';
import { canMount, type SmallDisk, smallDisk } from './small-disk.ts';

/** Twenty in the full run: HISTORY_FILLS=20. */
const fills = Number(process.env['HISTORY_FILLS'] ?? 3);
const recoveryMsMax = 30_000;
const waitingSamples = 10_000;
const samplesAtOnce = 500;

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

  /** Somebody takes all room and gives none back; the history has old samples that it could do without. */
  async function takesOwnRoom(ballastMb: number, withinMs: number): Promise<boolean> {
    using disk = smallDisk(40);
    oldSamples(join(disk.path, 'history.db'));
    const load = await startLoad(disk.path, { ballastMb, waitingSamples });
    load.push(samplesAtOnce);
    await load.heard();
    const reserve = join(disk.path, 'history.ballast');
    await poll(
      'the reserve',
      () => (statSync(reserve, { throwIfNoEntry: false })?.size ?? 0) === ballastMb * 1e6,
    );
    disk.fill();
    const enough = load.history.report().samplesCommitted + 150_000;
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
    expect(await takesOwnRoom(4, 30_000)).toBe(true);
  });

  test('a gateway starts on a full disk by its reserve; where there is none, it says what is wrong', async () => {
    using disk = smallDisk(40);
    const reserve = join(disk.path, 'history.ballast');
    const first = await startLoad(disk.path, { ballastMb: 4, waitingSamples });
    first.push(samplesAtOnce);
    await poll('the reserve', () => statSync(reserve, { throwIfNoEntry: false })?.size === 4e6);
    await first.stop();
    disk.fill();
    const second = await startLoad(disk.path, { ballastMb: 4, waitingSamples });
    second.push(samplesAtOnce);
    await second.heard();
    expect(second.acknowledged.size).toBe(samplesAtOnce);
    await second.stop();
    disk.fill();
    await expect(startLoad(disk.path, { ballastMb: 4, waitingSamples })).rejects.toThrow(/disk is full/);
  });

  test('control: without the reserve a full disk frees nothing by itself', async () => {
    expect(await takesOwnRoom(0, 2500)).toBe(false);
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
