// Where a replay of a run really begins: at the best place that can be read.
import { SnapshotMismatch } from '../../core/snapshot-read.ts';
import { unpackCore } from '../../runtime/twins/packed-core.ts';
import type { Ticker } from '../ticker.ts';
import type { PastRunParts } from './past-run.ts';
import type { Begin, RunPart } from './plan.ts';

/** `make` is called anew after a snapshot that does not fit: a core that was half restored is of no use. */
export async function beginTicker(
  { run, begins }: RunPart,
  { reader, note }: Pick<PastRunParts, 'reader' | 'note'>,
  make: () => Ticker,
): Promise<{ readonly ticker: Ticker; readonly begin: Begin }> {
  for (const begin of begins) {
    const ticker = make();
    if (begin.at !== 'snapshot') return { ticker, begin };
    const snapshot = await reader.snapshot(run.id, begin.tick - 1);
    const why = snapshot === undefined ? 'it is gone' : misfit(ticker, snapshot.data);
    if (why === '') return { ticker, begin: { at: 'snapshot', tick: snapshot!.tick + 1 } };
    note(`the snapshot before it cannot be used: ${why}`);
  }
  throw new RangeError('a run has a place to begin at');
}

/** Empty when the core has it now. */
function misfit({ core }: Ticker, data: Uint8Array): string {
  try {
    unpackCore(core, data);
    return '';
  } catch (error) {
    if (error instanceof SnapshotMismatch) return `it is of other twins (${error.message})`;
    return `it is damaged (${(error as Error).message})`;
  }
}
