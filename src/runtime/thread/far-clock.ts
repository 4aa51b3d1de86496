// Gateway time as a source on another thread sees it: told now and then, and in between reckoned on the clock that all
// threads of a process share. For a peer's clock and for comparisons; when a sample arrived is said by the gateway.
import type { Clock } from '../../ports.ts';

/** Gateway time at a moment of the host. */
export interface TimePair {
  readonly gatewayMs: number;
  readonly hostMs: number;
}

/** Unlike `performance.now()`, from the same zero in every thread. */
export function hostMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export interface FarClock extends Clock {
  follow(time: TimePair): void;
}

export function createFarClock(): FarClock {
  let time: TimePair = { gatewayMs: Date.now(), hostMs: hostMs() };
  return {
    nowMs: () => time.gatewayMs + (hostMs() - time.hostMs),
    monotonicMs: () => performance.now(),
    follow(next) {
      time = next;
    },
  };
}
