// The events of history, each once, from where a sink was. At its first start it begins with those of this run.
import type { Archive, StoredEvent } from '../../ports/history.ts';
import type { Clock, Log } from '../../ports.ts';

export const eventStream = 'events';
const answerMax = 200;
const retryMs = 1000;

export interface EventReader {
  /** May be asked: no answer is awaited, and the last failure is some time ago. */
  readonly isFree: boolean;
  /** How long an answer is awaited by now; NaN when none is. */
  readonly waitedMs: number;
  /** The next ones, oldest first, and whether there may be more; undefined when history does not tell. */
  next(): Promise<{ readonly events: readonly StoredEvent[]; readonly more: boolean } | undefined>;
}

/** Before the first event of this run: then its place is on the disk no later than that, whenever the run is killed. */
export function createEventReader(archive: Archive, sink: string, clock: Clock, log: Log): EventReader {
  const { lastEventId, reader } = archive;
  const place = archive.cursor(sink, eventStream);
  // A place behind the last event is one of a file that was lost.
  let readId = Math.min(place ?? lastEventId, lastEventId);
  if (place !== readId) archive.moveCursor(sink, eventStream, readId);
  let askedMs = Number.NaN;
  let fromMs = Number.NEGATIVE_INFINITY;
  return {
    get isFree() {
      return Number.isNaN(askedMs) && clock.monotonicMs() >= fromMs;
    },
    get waitedMs() {
      return clock.monotonicMs() - askedMs;
    },
    async next() {
      askedMs = clock.monotonicMs();
      try {
        const events = await reader.events(readId, answerMax);
        readId = events.at(-1)?.id ?? readId;
        return { events, more: events.length >= answerMax };
      } catch (error) {
        fromMs = clock.monotonicMs() + retryMs;
        log.debug({ err: error }, 'history does not tell its events');
        return undefined;
      } finally {
        askedMs = Number.NaN;
      }
    },
  };
}
