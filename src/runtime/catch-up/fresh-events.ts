// Events that have just come, until history has them too; then they are known again by their text. Bounded: in a long
// outage it is history that has the older ones.
import type { GatewayEvent } from '../../ports/event.ts';

export interface FreshEvents {
  readonly size: number;
  /** The oldest one where there was no room for it any more. */
  add(event: GatewayEvent, nowMs: number): GatewayEvent | undefined;
  /** History has it; whether it has gone already, as it came. */
  stored(event: GatewayEvent): boolean;
  /** Those that history has not got since `beforeMs`: from now on they have gone. */
  takeBefore(beforeMs: number): GatewayEvent[];
}

interface Fresh {
  readonly event: GatewayEvent;
  readonly sinceMs: number;
}

export function createFreshEvents(most: number): FreshEvents {
  const fresh = new Map<string, Fresh>();
  const gone = new Set<string>();
  return {
    get size() {
      return fresh.size;
    },
    add(event, nowMs) {
      fresh.set(JSON.stringify(event), { event, sinceMs: nowMs });
      if (fresh.size <= most) return undefined;
      for (const [key, oldest] of fresh) {
        fresh.delete(key);
        return oldest.event;
      }
      return undefined;
    },
    stored(event) {
      const key = JSON.stringify(event);
      fresh.delete(key);
      return gone.delete(key);
    },
    takeBefore(beforeMs) {
      const taken: GatewayEvent[] = [];
      for (const [key, { event, sinceMs }] of fresh) {
        if (sinceMs >= beforeMs) break;
        fresh.delete(key);
        gone.add(key);
        taken.push(event);
      }
      for (const key of gone) {
        if (gone.size <= most) break;
        gone.delete(key);
      }
      return taken;
    },
  };
}
