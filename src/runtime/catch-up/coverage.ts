// What of receipt has reached the peer live. Live data is not acknowledged one by one: a mark that is acknowledged says
// that all before it on the same connection has arrived. Must never count what it does not know for certain.
import type { TickResult } from '../../ports.ts';
import { createWindows, type Windows, windowMs } from './windows.ts';

export interface Mark {
  readonly run: number;
  readonly upToMs: number;
}

export interface Coverage {
  /** All received up to then is known to have arrived live, or is among the missed. */
  readonly decidedMs: number;
  readonly missed: Windows;
  /** Whether the frames of that time are known to have arrived. */
  wasLive(frameMs: number): boolean;
  /** Live data flows without a break. */
  readonly isOpen: boolean;
  /** After the live messages of a tick were handed over. `dropped`: of live ones, since the start. */
  tick(result: TickResult, isUp: boolean, dropped: number): void;
  /** To be sent behind all that is live; undefined when it would say nothing new. */
  mark(): Mark | undefined;
  confirm(mark: Mark, dropped: number): void;
  lost(): void;
}

/** All received up to `positionMs` had arrived in an earlier run. */
export function createCoverage(positionMs: number): Coverage {
  const missed = createWindows();
  let decidedMs = positionMs;
  // A run is a row of ticks of which no message was dropped, over one connection.
  let run = 0;
  let isOpen = false;
  let lastTick = Number.NaN;
  let sentMs = Number.NaN;
  let droppedBefore = 0;

  const close = () => {
    isOpen = false;
    run++;
  };

  /** Up to the tick itself there may be samples of frames before its own, which nobody has got. */
  const open = (frameMs: number, tickMs: number, dropped: number) => {
    if (frameMs > decidedMs) {
      missed.add(Math.floor(decidedMs / windowMs), Math.ceil(tickMs / windowMs));
      decidedMs = frameMs;
    }
    droppedBefore = dropped;
    isOpen = true;
  };

  return {
    missed,
    get decidedMs() {
      return decidedMs;
    },
    get isOpen() {
      return isOpen;
    },
    wasLive: (frameMs) => frameMs <= decidedMs && !missed.has(Math.ceil(frameMs / windowMs) - 1),
    tick(result, isUp, dropped) {
      if (isOpen && (!isUp || result.tick !== lastTick + 1 || dropped !== droppedBefore)) close();
      if (!isUp) return;
      const frameMs = oldestFrameMs(result);
      if (!isOpen) open(frameMs, result.timeMs, dropped);
      lastTick = result.tick;
      sentMs = frameMs;
    },
    mark: () => (isOpen && sentMs > decidedMs ? { run, upToMs: sentMs } : undefined),
    confirm(mark, dropped) {
      if (isOpen && mark.run === run && dropped === droppedBefore)
        decidedMs = Math.max(decidedMs, mark.upToMs);
    },
    lost() {
      if (isOpen) close();
    },
  };
}

/** Of the machine with the longest lag: what was received later may not be in a frame yet. */
function oldestFrameMs({ timeMs, frames }: TickResult): number {
  let oldestMs = timeMs;
  for (const frame of frames) oldestMs = Math.min(oldestMs, frame.timeMs);
  return oldestMs;
}
