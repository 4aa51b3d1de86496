// When a forecast is told: soon after the start, every minute, and when something has changed that it depends on. It is
// made a few components a tick, so that no tick bears it all.
import type { ComponentForecast, Forecast } from '../../core/forecast.ts';

const everyMs = 60_000;
/** So long after the start, each. */
const earlyMs = [2000, 10_000, 30_000] as const;
/** Of the components that take time, in one tick: a tenth of a millisecond each. */
const aTick = 4;

/** How a forecast is made, by machine. */
export interface ForecastParts {
  readonly machines: number;
  components(machine: number): number;
  /** Whether that component takes time. */
  takesTime(machine: number, component: number): boolean;
  component(machine: number, component: number): ComponentForecast;
  gather(machine: number, components: readonly ComponentForecast[]): Forecast;
}

export interface Outlook {
  /** The machine's forecast is to be told soon. */
  changed(machine: number): void;
  /** Once a tick. */
  look(nowMs: number): void;
}

export function createOutlook(parts: ForecastParts, tell: (forecast: Forecast) => void): Outlook {
  const dueMs = new Float64Array(parts.machines).fill(Number.NEGATIVE_INFINITY);
  let begunMs = Number.NaN;
  /** The machine whose turn it is, and what is made of its forecast. */
  let turn = -1;
  let made: ComponentForecast[] = [];

  const begin = (nowMs: number) => {
    for (let i = 1; i <= parts.machines; i++) {
      const machine = (turn + i) % parts.machines;
      if (dueMs[machine]! > nowMs) continue;
      dueMs[machine] = nextMs(begunMs, nowMs);
      turn = machine;
      return true;
    }
    return false;
  };
  let making = false;

  return {
    changed(machine) {
      dueMs[machine] = Number.NEGATIVE_INFINITY;
      if (machine === turn) making = false;
    },
    look(nowMs) {
      if (Number.isNaN(begunMs)) begunMs = nowMs;
      if (nowMs - begunMs < earlyMs[0]) return;
      if (!making) {
        making = begin(nowMs);
        made = [];
      }
      if (!making) return;
      const all = parts.components(turn);
      for (let costly = 0; made.length < all && costly < aTick; ) {
        if (parts.takesTime(turn, made.length)) costly++;
        made.push(parts.component(turn, made.length));
      }
      if (made.length < all) return;
      making = false;
      tell(parts.gather(turn, made));
    },
  };
}

function nextMs(begunMs: number, nowMs: number): number {
  const early = earlyMs.find((afterMs) => begunMs + afterMs > nowMs);
  return early === undefined ? nowMs + everyMs : begunMs + early;
}
