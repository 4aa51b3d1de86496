// Moves the core through a recording: which tick comes next, how fast, and who hears of it.
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Frame } from '../core/frame.ts';
import { type Core, dueMs, step } from '../core/step.ts';
import { createTwins } from '../gateway.ts';
import type { Log } from '../ports.ts';
import { createBinder } from '../runtime/machines.ts';
import type { Stage } from './hall.ts';

export interface TickerParts {
  readonly config: Config;
  readonly log: Log;
  /** Times as fast as recorded; Infinity: as fast as it goes. */
  readonly speed: number;
  /** After each tick; frames are reused. A promise is waited for: a slow reader of our output. */
  onFrames(frames: readonly Frame[]): Promise<void> | undefined;
}

export interface Ticker {
  readonly core: Core;
  readonly lagMs: number;
  /** The next tick that is due. */
  next: number;
  readonly ticks: number;
  /** One tick with what is in the inbox; resolves when the next may come. */
  tick(k: number): Promise<void> | undefined;
}

/** `startMs` as in `createTwins`. From here on tags find their signals. */
export function createTicker(stage: Stage, parts: TickerParts, startMs: (lagMs: number) => number): Ticker {
  const { core, plans, layouts } = createTwins(parts.config, startMs);
  const { time, inbox } = stage;
  const pace = createPace(parts.speed);
  let ticks = 0;
  stage.bind = createBinder(plans, core.alignment, parts.log);

  const ticker: Ticker = {
    core,
    lagMs: Math.max(0, ...layouts.map((layout) => layout.lagMs)),
    next: 0,
    get ticks() {
      return ticks;
    },
    tick(k) {
      const due = dueMs(core, k);
      time.nowMs = Math.max(time.nowMs, due);
      const samples = inbox.drain(due);
      stage.settle(samples);
      const heard = parts.onFrames(step(core, k, samples));
      ticks++;
      ticker.next = k + 1;
      const early = pace(due);
      return heard === undefined || early === undefined ? (heard ?? early) : heard.then(() => early);
    },
  };
  return ticker;
}

/** Waits until the wall has come as far as the recording; never says so much as a number to the core. */
function createPace(speed: number): (due: number) => Promise<void> | undefined {
  if (speed === Number.POSITIVE_INFINITY) return () => undefined;
  let firstDueMs = Number.NaN;
  let firstWallMs = 0;
  return (due) => {
    if (Number.isNaN(firstDueMs)) {
      firstDueMs = due;
      firstWallMs = performance.now();
    }
    const earlyMs = (due - firstDueMs) / speed - (performance.now() - firstWallMs);
    return earlyMs < 1 ? undefined : wait(earlyMs);
  };
}
