// Over the network a line can be faster than any serial line: its bytes get a share of the process's time, and wait
// in the connection once they have had it. Pure: time is given.

/** Of a second; a line of 4 Mbit/s full of noise needs less. */
const share = 0.25;
/** At once; a tick may have to wait for so long. */
const burstMs = 10;
/** More is no work but a process that was held up itself. */
const debtMaxMs = 50;

export interface Brake {
  /** After work on what was read: how long to read nothing more; 0 to go on. */
  worked(fromMs: number, toMs: number): number;
}

export function createBrake(): Brake {
  let debtMs = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    worked(fromMs, toMs) {
      const restMs = Math.max(0, debtMs - (fromMs - lastMs) * share);
      debtMs = Math.min(debtMaxMs, restMs + toMs - fromMs);
      lastMs = toMs;
      return debtMs < burstMs ? 0 : Math.ceil(debtMs / share);
    },
  };
}
