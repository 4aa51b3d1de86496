// The events of history, each once, from where a sink was. At its first start it begins at now.

import type { GatewayEvent } from '../../ports/event.ts';
import type { Archive, StoredEvent } from '../../ports/history.ts';

export const eventStream = 'events';
const answerMax = 200;
const tailEvents = 100;

export interface EventReader {
  /** The next ones, oldest first, and whether there may be more. */
  next(): Promise<{ readonly events: readonly StoredEvent[]; readonly more: boolean }>;
}

/** `isNew`: an event of now, which a first start does not leave out. */
export function createEventReader(
  archive: Archive,
  sink: string,
  isNew: (event: GatewayEvent) => boolean,
): EventReader {
  let readId = archive.cursor(sink, eventStream);
  return {
    async next() {
      if (readId === undefined) {
        readId = await findLast(archive, isNew);
        archive.moveCursor(sink, eventStream, readId);
      }
      const events = await archive.reader.events(readId, answerMax);
      readId = events.at(-1)?.id ?? readId;
      return { events, more: events.length >= answerMax };
    },
  };
}

/** The last event before those of now; 0 without any. */
async function findLast({ reader }: Archive, isNew: (event: GatewayEvent) => boolean): Promise<number> {
  let lastId = 0;
  // Ids only grow: steps that double as long as there is something behind them, and halve when there is not.
  for (let step = 1; step >= 1; ) {
    const [found] = await reader.events(lastId + step - 1, 1);
    if (found === undefined) step = Math.floor(step / 2);
    else {
      lastId = found.id;
      step *= 2;
    }
  }
  const tail = await reader.events(Math.max(0, lastId - tailEvents), tailEvents);
  const first = tail.find(({ event }) => isNew(event));
  return first === undefined ? lastId : first.id - 1;
}
