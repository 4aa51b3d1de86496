// A bounded queue between the loop and a slow peer. It never blocks, and what it drops it counts.
import type { Outbox } from '../ports.ts';

export function createOutbox<T extends object>(name: string, capacity: number): Outbox<T> {
  // Oldest first. `inFlight` keeps the order of taking, so that a rewind restores it.
  let waiting: (T | undefined)[] = [];
  let head = 0;
  const inFlight = new Set<T>();
  const dropped: Record<string, number> = {};

  const count = (reason: string) => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  };

  const compact = () => {
    if (head < 1024 || head * 2 < waiting.length) return;
    waiting = waiting.slice(head);
    head = 0;
  };

  return {
    name,
    dropped,
    get depth() {
      return waiting.length - head + inFlight.size;
    },
    offer(item) {
      if (waiting.length - head + inFlight.size >= capacity) {
        count('overflow');
        if (head === waiting.length) return;
        waiting[head++] = undefined;
      }
      waiting.push(item);
      compact();
    },
    take() {
      if (head === waiting.length) return undefined;
      const item = waiting[head];
      waiting[head++] = undefined;
      if (item !== undefined) inFlight.add(item);
      compact();
      return item;
    },
    settle(item, reason) {
      if (inFlight.delete(item) && reason !== undefined) count(reason);
    },
    rewind() {
      waiting = [...inFlight, ...waiting.slice(head)];
      head = 0;
      inFlight.clear();
    },
  };
}
