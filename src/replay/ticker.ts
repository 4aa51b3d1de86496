// Moves the core through a recording: which tick comes next, how fast, and who hears of it.
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Frame } from '../core/frame.ts';
import type { SampleColumns } from '../core/sample.ts';
import { type Core, dueMs, step } from '../core/step.ts';
import { createTwins } from '../gateway.ts';
import type { Log } from '../ports.ts';
import { type Binder, createBinder } from '../runtime/machines.ts';
import type { Stage } from './hall.ts';

export interface TickerParts {
  readonly config: Config;
  readonly log: Log;
  /** Times as fast as recorded; Infinity: as fast as it goes. */
  readonly speed: number;
  /** Ticks due before are not waited for: they only lead there. */
  readonly paceFromMs?: number;
  /** What is in a tick, before it is stepped; valid during the call. */
  onBatch?(k: number, samples: SampleColumns): void;
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

/** The twins of a configuration, and how tags find their signals. */
export interface Lane {
  readonly core: Core;
  readonly lagMs: number;
  readonly bind: Binder;
}

/** `startMs` as in `createTwins`. */
export function createLane(config: Config, log: Log, startMs: (lagMs: number) => number): Lane {
  const { core, plans, layouts } = createTwins(config, startMs);
  const lagMs = Math.max(0, ...layouts.map((layout) => layout.lagMs));
  return { core, lagMs, bind: createBinder(plans, core.alignment, log) };
}

/** `startMs` as in `createTwins`. From here on tags find their signals. */
export function createTicker(stage: Stage, parts: TickerParts, startMs: (lagMs: number) => number): Ticker {
  const { core, lagMs, bind } = createLane(parts.config, parts.log, startMs);
  const { time, inbox } = stage;
  const pace = createPace(parts.speed, parts.paceFromMs);
  let ticks = 0;
  stage.bind = bind;

  const ticker: Ticker = {
    core,
    lagMs,
    next: 0,
    get ticks() {
      return ticks;
    },
    tick(k) {
      const due = dueMs(core, k);
      time.nowMs = Math.max(time.nowMs, due);
      const samples = inbox.drain(due);
      stage.settle(samples);
      parts.onBatch?.(k, samples);
      const heard = parts.onFrames(step(core, k, samples));
      // Nobody is told of alarms here, and what was seen around them is large.
      core.alarmChanges.length = 0;
      ticks++;
      ticker.next = k + 1;
      const early = pace(due);
      return heard === undefined || early === undefined ? (heard ?? early) : heard.then(() => early);
    },
  };
  return ticker;
}

/** Waits until the wall has come as far as the recording; never says so much as a number to the core. */
function createPace(
  speed: number,
  fromMs = Number.NEGATIVE_INFINITY,
): (due: number) => Promise<void> | undefined {
  if (speed === Number.POSITIVE_INFINITY) return () => undefined;
  let firstDueMs = Number.NaN;
  let firstWallMs = 0;
  return (due) => {
    if (due < fromMs) return undefined;
    if (Number.isNaN(firstDueMs)) {
      firstDueMs = due;
      firstWallMs = performance.now();
    }
    const earlyMs = (due - firstDueMs) / speed - (performance.now() - firstWallMs);
    return earlyMs < 1 ? undefined : wait(earlyMs);
  };
}
