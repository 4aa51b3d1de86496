// The heart: inbox → step → sinks, once a tick, on absolute deadlines. The only place that moves the core.
// A tick missed is counted and skipped; there is never a burst to catch up.
import type { Frame } from '../core/frame.ts';
import type { SampleColumns } from '../core/sample.ts';
import { type Core, dueMs, step } from '../core/step.ts';
import type { TickResult } from '../ports.ts';
import type { GatewayClock } from './clock.ts';
import type { Inbox } from './inbox.ts';
import { createLateness, type Lateness } from './lateness.ts';
import type { Pacer } from './pacer.ts';

export interface LoopListener {
  /** After each tick, in order. */
  onTick(result: TickResult): void;
  /** The samples of a tick, before they are stepped: for the ledger and for recordings. */
  onBatch(tick: number, samples: SampleColumns): void;
  onMissed(count: number, latenessMs: number): void;
  onClockStep(stepMs: number): void;
  /** A tick threw: a defect. The loop goes on, for a gateway that stands still helps nobody. */
  onFault(error: unknown): void;
}

export interface Loop {
  readonly ticks: number;
  readonly missed: number;
  readonly lateness: Lateness;
  /** Runs until stopped. */
  run(): Promise<void>;
  /** Drains what has arrived in one last tick, and ends. */
  stop(): void;
}

interface LoopParts {
  readonly core: Core;
  readonly inbox: Inbox;
  readonly clock: GatewayClock;
  readonly pacer: Pacer;
  /** What is done to the twins from outside, between two ticks. */
  readonly commands?: { apply(): void };
}

export function createLoop({ core, inbox, clock, pacer, commands }: LoopParts, listener: LoopListener): Loop {
  const lateness = createLateness();
  const result = { tick: -1, timeMs: 0, latenessMs: 0, frames: [] as readonly Frame[] };
  let ticks = 0;
  let missed = 0;

  const tick = (k: number) => {
    commands?.apply();
    const samples = inbox.drain(dueMs(core, k));
    listener.onBatch(k, samples);
    result.tick = k;
    result.timeMs = dueMs(core, k);
    result.frames = step(core, k, samples);
    // Late is what the frame is when it is ready, not when its making began.
    result.latenessMs = Math.max(0, clock.nowMs() - result.timeMs);
    lateness.observe(result.latenessMs);
    ticks++;
    listener.onTick(result);
  };

  const tickOrTell = (k: number) => {
    try {
      tick(k);
    } catch (error) {
      listener.onFault(error);
    }
  };

  /** The newest tick that is due; those between the last one and it were missed. */
  const newestDue = (next: number): number => {
    const now = Math.floor((clock.nowMs() - core.startMs) / core.periodMs);
    return Math.max(next, now);
  };

  return {
    lateness,
    get ticks() {
      return ticks;
    },
    get missed() {
      return missed;
    },
    async run() {
      // Time spent starting was nobody's tick to miss.
      let next = Math.max(core.lastTick + 1, Math.ceil((clock.nowMs() - core.startMs) / core.periodMs));
      while (await pacer.wait(dueMs(core, next))) {
        const k = newestDue(next);
        if (k > next) {
          missed += k - next;
          listener.onMissed(k - next, clock.nowMs() - dueMs(core, next));
        }
        tickOrTell(k);
        const stepMs = clock.follow();
        if (stepMs !== 0) listener.onClockStep(stepMs);
        next = k + 1;
      }
      // Due no earlier than now, so that it takes all that has arrived.
      tickOrTell(Math.max(next, Math.ceil((clock.nowMs() - core.startMs) / core.periodMs)));
    },
    stop() {
      pacer.stop();
    },
  };
}
