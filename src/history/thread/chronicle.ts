// What happens besides samples, on its way to the disk: events, alarms, acts, snapshots, and what the twins say. Must never
// make a tick wait.
import type { AlarmChange } from '../../core/alarm.ts';
import type { Forecast } from '../../core/forecast.ts';
import type { GatewayEvent } from '../../ports/event.ts';
import type { TickResult } from '../../ports.ts';
import type { Act, Snapshot } from '../commit.ts';
import type { HistoryConfig } from '../schema.ts';
import type { AlarmFeed } from './alarm-feed.ts';
import type { Gather } from './gather.ts';
import { safetyOf } from './group.ts';
import type { TagBook } from './tag-book.ts';
import { createTwinTags } from './twin-tags.ts';

/** What nobody waits for may wait so long, so that it goes with something else. */
export const lazyMs = 250;

export interface Chronicle {
  act(act: Act): void;
  /** Resolves when it is on the disk; rejects when it never will be. */
  snapshot(snapshot: Snapshot): Promise<void>;
  event(event: GatewayEvent): void;
  alarm(change: AlarmChange): void;
  /** What the twins said at a tick. */
  tick(result: TickResult): void;
  forecast(forecast: Forecast): void;
}

export interface ChronicleParts {
  readonly config: Pick<HistoryConfig, 'commitMs' | 'twin'>;
  readonly gather: Gather;
  readonly alarms: AlarmFeed;
  readonly tags: Pick<TagBook, 'add'>;
  /** When the newest tick was due. */
  readonly counts: { tickMs: number };
}

export function createChronicle({ config, gather, alarms, tags, counts }: ChronicleParts): Chronicle {
  const { commitMs, twin } = config;
  const twins = createTwinTags({
    every: twin.every,
    name: (machine, name, unit, kind) => tags.add({ source: machine, name, unit, kind, tier: 'twin' }),
    push: (index, value, quality, timeMs, receiveMs) =>
      void gather.push(index, 0, lazyMs, value, quality, timeMs, receiveMs, Number.NaN),
  });
  return {
    act: (act) => gather.add(lazyMs, ({ acts }) => acts, act),
    snapshot(snapshot) {
      const { filling } = gather;
      gather.add(lazyMs, ({ snapshots }) => snapshots, snapshot);
      return safetyOf(filling);
    },
    event: (event) => gather.add(commitMs, ({ events }) => events, event),
    alarm: (change) => alarms.add(change),
    tick(result) {
      alarms.tick();
      if (twin.enabled) twins.tick(result);
      counts.tickMs = result.timeMs;
    },
    forecast(forecast) {
      if (twin.enabled) twins.forecast(forecast);
    },
  };
}
