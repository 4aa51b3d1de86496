// Takes what was received in a stretch of time out of blocks. Must say which blocks are gone.
import { newSeriesBuffer } from '../../codec/series-buffer.ts';
import type { HistoryFile } from '../history-file.ts';
import { putBlock, type StoredBlock, storedBlock } from '../window.ts';
import { type Gathered, gather } from './columns.ts';
import type { Candidate } from './directory.ts';

/** In the order of the candidates; undefined for one that is gone. */
export function load(file: HistoryFile, candidates: readonly Candidate[]): (StoredBlock | undefined)[] {
  const row = file.sql<[number, number], unknown>(
    'SELECT 1 FROM blocks WHERE key = ? AND received_first = ?',
  );
  return candidates.map(({ key, receivedFirst }) =>
    row.get(key, receivedFirst) === undefined ? undefined : storedBlock(file, key),
  );
}

export function gatherBlocks(
  file: HistoryFile,
  candidates: readonly Candidate[],
  blocks: readonly (StoredBlock | undefined)[],
  afterMs: number,
  toMs: number,
  into: Gathered,
): void {
  const one = newSeriesBuffer();
  candidates.forEach(({ tag }, i) => {
    const block = blocks[i];
    if (block === undefined) return;
    one.length = 0;
    putBlock(file, block, one);
    gather(into, tag, one, 0, one.length, afterMs, toMs);
  });
}
