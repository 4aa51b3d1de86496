// Which sources are there, said to the core between two ticks, for it cannot look: a command each time one comes or
// goes. One that never came since the start is away too, once it has had its time.
import type { WatchedSource } from './sources.ts';

/** A start is no loss: so long a source may take to come up the first time. */
const startMs = 30_000;

export interface Links {
  /** After the sources have been looked at, once a tick. */
  look(): void;
}

export function createLinks(
  all: readonly WatchedSource[],
  nowMs: () => number,
  tell: (source: string, up: boolean, reason: string) => void,
): Links {
  const told = new Map<string, boolean>();
  const sinceMs = nowMs();
  return {
    look() {
      for (const { source, link } of all) {
        const before = told.get(source.name);
        const up = link === 'up';
        // Being stopped by us is no news.
        if (before === up || link === 'stopped') continue;
        if (before === undefined && !up && nowMs() - sinceMs < startMs) continue;
        told.set(source.name, up);
        tell(source.name, up, up ? '' : source.health().reason);
      }
    },
  };
}
