// A single row whose time lies days away from its neighbours would carry the whole replay there. Such a row
// waits until the next one says which of the two is wrong. A real pause of days passes.
import type { OpenRecording } from './open.ts';
import type { Row } from './row.ts';

/** Further ahead than this is doubted. */
const leapMs = 86_400_000;
/** A first row before 2000 and a second one after it: the logger's clock had not been set yet. */
const clocklessMs = 946_684_800_000;

export interface Outliers {
  /** Rows of one reading in, those that may go on out, in the same order but for the doubtful one. */
  pass(rows: readonly Row[], onRow: (row: Row) => void, onOutlier: (row: Row) => void): void;
  end(onRow: (row: Row) => void, onOutlier: (row: Row) => void): void;
}

export function createOutliers(): Outliers {
  let lastMs = Number.NaN;
  let held: Row | undefined;
  let leaps = 0;

  const near = (ms: number, of: number) => Math.abs(ms - of) <= leapMs;
  const settle = (row: Row, onRow: (row: Row) => void, onOutlier: (row: Row) => void) => {
    if (held === undefined) return;
    const doubted = held;
    held = undefined;
    const unset = Number.isNaN(lastMs) && doubted.timeMs < clocklessMs && row.timeMs >= clocklessMs;
    const alone = !near(row.timeMs, doubted.timeMs) && row.timeMs < doubted.timeMs;
    if (alone || unset) return onOutlier(doubted);
    leaps++;
    lastMs = doubted.timeMs;
    return onRow(doubted);
  };

  return {
    pass(rows, onRow, onOutlier) {
      for (const row of rows) {
        if (row.fault !== undefined) {
          onRow(row);
          continue;
        }
        settle(row, onRow, onOutlier);
        if (Number.isNaN(lastMs) || row.timeMs > lastMs + leapMs) {
          held = row;
          continue;
        }
        if (row.timeMs > lastMs) lastMs = row.timeMs;
        onRow(row);
      }
    },
    end(onRow, onOutlier) {
      if (held === undefined) return;
      // The last of rows that lie days apart, or the only one there is.
      if (leaps > 1 || Number.isNaN(lastMs)) onRow(held);
      else onOutlier(held);
      held = undefined;
    },
  };
}

/** The rows of a recording that may be believed, as they are read; the batch is reused. Doubtful ones are refused. */
export async function* believedRows(recording: OpenRecording): AsyncGenerator<readonly Row[]> {
  const outliers = createOutliers();
  const batch: Row[] = [];
  const keep = (row: Row) => batch.push(row);
  const drop = (row: Row) =>
    recording.decode!.refuse(row, 'parse', 'its time lies days away from the rows around it');
  for await (const rows of recording.rows()) {
    outliers.pass(rows, keep, drop);
    yield batch;
    batch.length = 0;
  }
  outliers.end(keep, drop);
  yield batch;
}
