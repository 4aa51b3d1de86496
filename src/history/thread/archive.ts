// What a sink that catches up is given of the history.
import type { Archive, HistoryReader } from '../../ports/history.ts';
import type { Group } from './group.ts';
import { cursorKey, type Past } from './past.ts';

export function createArchive(
  reader: HistoryReader,
  past: Past,
  put: (into: (group: Group) => void) => void,
  settledNow: () => number,
): Archive {
  let settledMs = Number.NEGATIVE_INFINITY;
  return {
    reader,
    get settledMs() {
      settledMs = Math.max(settledMs, settledNow());
      return settledMs;
    },
    get lastEventId() {
      return past.left?.lastEventId ?? 0;
    },
    cursor: (sink, stream) => past.cursor(sink, stream),
    moveCursor(sink, stream, position) {
      put(({ cursors }) => void cursors.set(cursorKey(sink, stream), { sink, stream, position }));
    },
  };
}
