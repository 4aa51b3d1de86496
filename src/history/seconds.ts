// Stretches of a second, hour by hour. Of a tag with few samples a second they would take as much room as its samples
// do, so an hour of them gets a row only where it is worth it, or when samples of it are about to go: until then it is
// told from its blocks. Must never be written from a part of an hour: a row that is there is all that is asked.
import type { Rollups } from '../ports/history.ts';
import { decodeBlockInto } from './codec/decode-block.ts';
import { newSeriesBuffer } from './codec/series-buffer.ts';
import type { Connection } from './database.ts';
import { blockKeys, rollupChunk, rollupKey } from './keys.ts';
import { unlessDamaged } from './left.ts';
import { encodeChunk } from './rollup/chunk.ts';
import { slice } from './rollup/merge-rollups.ts';
import { rollUp } from './rollup/roll-up.ts';

const stepMs = 1000;
const secondsRowMs = stepMs * rollupChunk[stepMs];
/** So many samples a second, and their stretches are small beside them. */
export const secondsWorthRow = 40;

/** Of blocks with samples of the stretch of time that `blockBinds` names, in order of receipt. */
const blockDataSql = `SELECT data FROM blocks
  WHERE key BETWEEN ? AND ? AND end_ms >= ? AND start_ms < ? ORDER BY received_first, key`;

/** From `fromMs` to before `toMs`. */
function blockBinds(tag: number, fromMs: number, toMs: number): [number, number, number, number] {
  const { first, last } = blockKeys(tag, fromMs, toMs);
  return [first, last, fromMs, toMs];
}

/** The stretches from `fromMs` to before `toMs` of what blocks hold; one that cannot be read is left out. */
function secondsOf(blocks: readonly Uint8Array[], fromMs: number, toMs: number): Rollups {
  const all = newSeriesBuffer();
  for (const data of blocks) unlessDamaged(() => decodeBlockInto(data, all));
  const rollups = rollUp(all, stepMs);
  const { startMs } = rollups;
  let from = 0;
  let to = startMs.length;
  while (from < to && startMs[from]! < fromMs) from++;
  while (to > from && startMs[to - 1]! >= toMs) to--;
  return slice(rollups, from, to);
}

/**
 * Gives each hour that the stretch of time touches a row, unless it has one, from all blocks that are there now. Inside
 * a transaction; before a block goes, or once the samples of a second are many.
 */
export function createSettleSeconds(
  database: Connection,
): (tag: number, fromMs: number, toMs: number) => void {
  const exists = database.prepare<[number], number>('SELECT 1 FROM rollups WHERE key = ?').pluck();
  const read = database.prepare<[number, number, number, number], { data: Buffer }>(blockDataSql);
  const write = database.prepare('INSERT INTO rollups (key, data) VALUES (?, ?)');
  return (tag, fromMs, toMs) => {
    const firstMs = Math.floor(Math.max(0, fromMs) / secondsRowMs) * secondsRowMs;
    for (let startMs = firstMs; startMs <= toMs; startMs += secondsRowMs) {
      const key = rollupKey(tag, stepMs, startMs);
      if (exists.get(key) !== undefined) continue;
      const endMs = startMs + secondsRowMs;
      const blocks = read.all(...blockBinds(tag, startMs, endMs)).map(({ data }) => data);
      const seconds = secondsOf(blocks, startMs, endMs);
      if (seconds.startMs.length > 0) write.run(key, encodeChunk(seconds));
    }
  };
}
