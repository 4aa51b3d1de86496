// Stretches of what goes into blocks, added to the chunks they belong to, in the same transaction: rollups always tell
// of exactly what blocks hold, and an hour of seconds that has no row is told from them (seconds.ts).
import type { Series } from '../core/sample.ts';
import { type RollupStep, type Rollups, rollupSteps } from '../ports/history.ts';
import type { Connection } from './database.ts';
import { rollupKey } from './keys.ts';
import { unlessDamaged } from './left.ts';
import { addToChunk, encodeChunk } from './rollup/chunk.ts';
import { coarser, splitByChunk } from './rollup/merge-rollups.ts';
import { rollUp } from './rollup/roll-up.ts';
import { createSettleSeconds, secondsWorthRow } from './seconds.ts';

const [secondMs, ...longerMs] = rollupSteps;

/** Adds samples that were put into blocks; inside that transaction. */
export function createCompactRollups(database: Connection): (tag: number, series: Series) => void {
  const read = database.prepare<[number], Buffer>('SELECT data FROM rollups WHERE key = ?').pluck();
  const exists = database.prepare<[number], number>('SELECT 1 FROM rollups WHERE key = ?').pluck();
  const remove = database.prepare('DELETE FROM rollups WHERE key = ?');
  const write = database.prepare(
    'INSERT INTO rollups (key, data) VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data',
  );
  const settleSeconds = createSettleSeconds(database);

  /** False when there is a row and it is damaged. */
  const add = (key: number, part: Rollups): boolean => {
    const data = read.get(key);
    const chunk = data === undefined ? encodeChunk(part) : unlessDamaged(() => addToChunk(data, part));
    if (chunk !== undefined) write.run(key, chunk);
    return chunk !== undefined;
  };

  const putSeconds = (tag: number, part: Rollups) => {
    const key = rollupKey(tag, secondMs, part.startMs[0]!);
    const isThere = exists.get(key) !== undefined;
    if (isThere && add(key, part)) return;
    if (isThere) remove.run(key);
    // What is added is in the blocks already.
    else if (!isWorthRow(part)) return;
    settleSeconds(tag, part.startMs[0]!, part.startMs[0]!);
  };

  const putLonger = (tag: number, stepMs: RollupStep, part: Rollups) => {
    const key = rollupKey(tag, stepMs, part.startMs[0]!);
    // Of one that is damaged nothing can be kept: it tells of what came later.
    if (!add(key, part)) write.run(key, encodeChunk(part));
  };

  return (tag, series) => {
    const seconds = rollUp(series, secondMs);
    for (const part of splitByChunk(seconds, secondMs)) putSeconds(tag, part);
    for (const stepMs of longerMs) {
      for (const part of splitByChunk(coarser(seconds, stepMs), stepMs)) putLonger(tag, stepMs, part);
    }
  };
}

function isWorthRow({ startMs, count, bad }: Rollups): boolean {
  let samples = 0;
  for (let i = 0; i < startMs.length; i++) samples += count[i]! + bad[i]!;
  return samples >= secondsWorthRow * startMs.length;
}
