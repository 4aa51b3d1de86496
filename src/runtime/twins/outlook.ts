// When a forecast is told: every minute, and when something has changed that it depends on; one machine a tick, so that
// no tick bears them all.
import type { Forecast } from '../../core/forecast.ts';

const everyMs = 60_000;
/** So long after the start there is something to tell. */
const firstMs = 2000;

export interface Outlook {
  /** The machine's forecast is to be told soon. */
  changed(machine: number): void;
  /** Once a tick. */
  look(nowMs: number): void;
}

export function createOutlook(
  machines: number,
  make: (machine: number) => Forecast,
  tell: (forecast: Forecast) => void,
): Outlook {
  const dueMs = new Float64Array(machines).fill(Number.NEGATIVE_INFINITY);
  let begunMs = Number.NaN;
  let turn = 0;
  return {
    changed(machine) {
      dueMs[machine] = Number.NEGATIVE_INFINITY;
    },
    look(nowMs) {
      if (Number.isNaN(begunMs)) begunMs = nowMs;
      if (nowMs - begunMs < firstMs) return;
      for (let i = 0; i < machines; i++) {
        turn = (turn + 1) % machines;
        if (dueMs[turn]! > nowMs) continue;
        dueMs[turn] = nowMs + everyMs;
        tell(make(turn));
        return;
      }
    },
  };
}
