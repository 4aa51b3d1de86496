// Time under a test's thumb: a clock and timers that move only when told, and may fire late.
import type { TimeSources } from '../src/runtime/clock.ts';
import type { SetTimer } from '../src/runtime/pacer.ts';

interface Timer {
  atMs: number;
  order: number;
  callback: () => void;
}

export interface VirtualTime {
  readonly time: TimeSources;
  readonly setTimer: SetTimer;
  /** Steps the wall clock and nothing else. */
  stepWall(byMs: number): void;
  /** Runs all timers up to `ms` after the start, in order, each at its time plus `delayMs(its time)`. */
  runTo(ms: number, delayMs?: (atMs: number) => number): Promise<void>;
  readonly nowMs: number;
}

export function virtualTime(wallStartMs = Date.UTC(2026, 10, 20)): VirtualTime {
  let nowMs = 0;
  let wallMs = wallStartMs;
  let order = 0;
  const timers: Timer[] = [];

  return {
    time: { wallMs: () => wallMs + nowMs, monotonicMs: () => nowMs },
    get nowMs() {
      return nowMs;
    },
    setTimer(callback, delayMs) {
      timers.push({ atMs: nowMs + Math.max(0, delayMs), order: order++, callback });
    },
    stepWall(byMs) {
      wallMs += byMs;
    },
    async runTo(ms, delayMs = () => 0) {
      for (;;) {
        timers.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        const timer = timers[0];
        if (timer === undefined || timer.atMs > ms) break;
        timers.shift();
        nowMs = Math.max(nowMs, timer.atMs + delayMs(timer.atMs));
        timer.callback();
        // Promises that the callback settled run before the next timer does.
        for (let i = 0; i < 8; i++) await Promise.resolve();
      }
      nowMs = Math.max(nowMs, ms);
    },
  };
}

/** Seeded numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
