// Waits for absolute deadlines of the gateway clock. Never adds up periods, so it does not drift.
import type { Clock } from '../ports.ts';

/** setTimeout may fire up to 1.7 ms early; a tick that starts within this of its time is on time. */
const earlyMs = 2;
/** Timers are set anew at least so often, so that a slewed clock or a suspended machine is noticed. */
const longestWaitMs = 1000;

export interface Pacer {
  /** Resolves when `dueMs` has come, or at once when it has passed; false when stopped meanwhile. */
  wait(dueMs: number): Promise<boolean>;
  stop(): void;
}

/** Timers as a parameter, so that a test runs hours in milliseconds. */
export type SetTimer = (callback: () => void, delayMs: number) => unknown;

export function createPacer(clock: Clock, setTimer: SetTimer = setTimeout): Pacer {
  let stopped = false;
  let wake: ((goOn: boolean) => void) | undefined;

  return {
    wait(dueMs) {
      return new Promise<boolean>((resolve) => {
        wake = resolve;
        const look = () => {
          const leftMs = dueMs - clock.nowMs();
          if (stopped) resolve(false);
          else if (leftMs <= earlyMs) resolve(true);
          else setTimer(look, Math.min(leftMs, longestWaitMs));
        };
        // A late tick still lets I/O in first: through a timer, never straight on.
        const leftMs = dueMs - clock.nowMs();
        setTimer(look, Math.max(0, Math.min(leftMs, longestWaitMs)));
      });
    },
    stop() {
      stopped = true;
      wake?.(false);
    },
  };
}
