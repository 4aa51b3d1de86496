// Samples of many tags in order of receipt: for a replay, and for a sink that catches up. What is in blocks for good is
// read ahead and kept between two answers; what is still on its way there is read in one snapshot with the journal.
import type { SampleColumns } from '../../../core/sample.ts';
import type { ReceivedAnswer, ReceivedQuery } from '../../../ports/history.ts';
import type { HistoryFile, Job } from '../history-file.ts';
import type { JournalView } from '../journal-cache.ts';
import { type Gathered, gather, inReceiptOrder, newGathered } from './columns.ts';
import { listBlocks, type Wanted } from './directory.ts';
import { gatherBlocks, load } from './load.ts';
import { type Ahead, createAhead } from './read-ahead.ts';

/** About so many at most, whatever is asked. */
const samplesMax = 250_000;
/** So many who go on from where they were are remembered. */
const sessionsMax = 4;

interface Session {
  readonly tags: string;
  readonly ahead: Ahead;
}

export function createReceived(file: HistoryFile): (query: ReceivedQuery) => Job<ReceivedAnswer> {
  let sessions: Session[] = [];

  /** The one that ended where this question begins; it is taken out, so that two askers never share one. */
  function take(tags: string, afterMs: number): Session | undefined {
    const found = sessions.find((session) => session.tags === tags && session.ahead.reachedMs === afterMs);
    sessions = sessions.filter((session) => session !== found);
    return found;
  }

  return function* readReceived(query) {
    const { afterMs, toMs } = query;
    const wanted = wantedTags(file, query.tags);
    const most = Math.min(samplesMax, Math.max(1, query.samplesMax));
    if (!(toMs > afterMs)) return { samples: empty(), reachedMs: afterMs };
    const settledMs = Math.min(toMs, settledInBlocks(file, toMs));
    if (settledMs > afterMs) {
      const tags = query.tags?.join() ?? '';
      const session = take(tags, afterMs) ?? { tags, ahead: createAhead(file, wanted, afterMs) };
      const samples = yield* session.ahead.next(most, settledMs);
      sessions = [...sessions, session].slice(-sessionsMax);
      return { samples, reachedMs: session.ahead.reachedMs };
    }
    return readUnsettled(file, wanted, afterMs, toMs, most);
  };
}

function wantedTags(file: HistoryFile, tags: readonly number[] | undefined): Wanted {
  if (tags === undefined) return (tag) => file.tag(tag)?.tier === 'raw';
  const set = new Set(tags);
  return (tag) => set.has(tag);
}

/** All that was received up to then is in blocks. */
function settledInBlocks(file: HistoryFile, toMs: number): number {
  const first = file.sql<[], number | null>('SELECT min(received_first) FROM journal').pluck().get();
  return typeof first === 'number' ? first - 1 : toMs;
}

function empty(): SampleColumns {
  return inReceiptOrder(newGathered());
}

/** From journal and blocks as of one commit. */
function readUnsettled(
  file: HistoryFile,
  wanted: Wanted,
  afterMs: number,
  toMs: number,
  most: number,
): ReceivedAnswer {
  const { journal, reachedMs, blocks, heads } = file.snapshot(() => {
    const view = file.journal.view();
    const reached = reachOf(view, afterMs, toMs, most);
    const candidates = listBlocks(file, wanted, afterMs, reached);
    return { journal: view, reachedMs: reached, blocks: load(file, candidates), heads: candidates };
  });
  const gathered = newGathered();
  gatherBlocks(file, heads, blocks, afterMs, reachedMs, gathered);
  gatherJournal(journal, wanted, afterMs, reachedMs, gathered);
  return { samples: inReceiptOrder(gathered), reachedMs };
}

/** As far as about so many samples go, at the end of a commit. */
function reachOf({ rows }: JournalView, afterMs: number, toMs: number, most: number): number {
  let samples = 0;
  for (const { receivedFirst, receivedLast, samples: more } of rows) {
    if (receivedLast <= afterMs || receivedFirst > toMs) continue;
    samples += more;
    if (samples >= most) return Math.min(toMs, receivedLast);
  }
  return toMs;
}

function gatherJournal(
  { rows, moved, grouped }: JournalView,
  wanted: Wanted,
  afterMs: number,
  toMs: number,
  into: Gathered,
): void {
  for (const row of rows) {
    if (row.receivedLast <= afterMs || row.receivedFirst > toMs) continue;
    const found = grouped(row);
    if (found === undefined) continue;
    found.tags.forEach((tag, k) => {
      if (!wanted(tag) || row.seq <= (moved.get(tag) ?? -1)) return;
      gather(into, tag, found.series, found.starts[k]!, found.starts[k + 1]!, afterMs, toMs);
    });
  }
}
