// What the detectors that learn see, once a second: of each residual and value the middle one of that second, so that an
// edge that comes a tick early, or one absurd sample, is nothing. A second in which the machine changed what it does is
// of no mode.
import { newView, type View } from '../detector.ts';

/** So many ticks of a second are kept; where there are more, the last. */
const ticksMax = 16;
/** So long after a change of mode the machine is still on its way. */
const settleS = 0.4;

export interface Slow {
  readonly view: View;
  readonly everyS: number;
  /** By row, then by tick of this second: residuals and values. */
  readonly residuals: Float64Array;
  readonly values: Float64Array;
  ticks: number;
  elapsedS: number;
  /** What it does, for how long, and whether it did only that in this second. */
  mode: number;
  modeS: number;
  steady: boolean;
}

export function newSlow(columns: number, periodS: number): Slow {
  return {
    view: newView(columns),
    everyS: Math.max(1, periodS),
    residuals: new Float64Array(columns * ticksMax),
    values: new Float64Array(columns * ticksMax),
    ...{ ticks: 0, elapsedS: 0, mode: -1, modeS: 0, steady: true },
  };
}

/** Takes a tick; true when a second is full and `slow.view` shows it. */
export function takeTick(slow: Slow, fast: View, mode: number): boolean {
  const { residuals, values, view } = slow;
  if (mode !== slow.mode) {
    slow.mode = mode;
    slow.modeS = 0;
  } else slow.modeS += fast.dtS;
  if (slow.modeS < settleS) slow.steady = false;
  const tick = slow.ticks++ % ticksMax;
  for (let row = 0; row < view.value.length; row++) {
    residuals[row * ticksMax + tick] = fast.residual[row]!;
    values[row * ticksMax + tick] = fast.value[row]!;
  }
  slow.elapsedS += fast.dtS;
  if (slow.elapsedS < slow.everyS - 1e-6) return false;
  const count = Math.min(slow.ticks, ticksMax);
  for (let row = 0; row < view.value.length; row++) {
    view.residual[row] = middle(residuals, row * ticksMax, count);
    const value = middle(values, row * ticksMax, count);
    view.value[row] = view.low[row] = view.high[row] = view.last[row] = value;
    view.ageS[row] = fast.ageS[row]!;
    view.quality[row] = fast.quality[row]!;
  }
  view.timeMs = fast.timeMs;
  view.dtS = slow.elapsedS;
  view.mode = slow.steady ? mode : -1;
  slow.ticks = 0;
  slow.elapsedS = 0;
  slow.steady = true;
  return true;
}

const sorted = new Float64Array(ticksMax);

/** NaN where half of them are not known. */
function middle(of: Float64Array, from: number, count: number): number {
  let known = 0;
  for (let i = 0; i < count; i++) {
    const value = of[from + i]!;
    if (Number.isNaN(value)) continue;
    let at = known++;
    while (at > 0 && sorted[at - 1]! > value) {
      sorted[at] = sorted[at - 1]!;
      at--;
    }
    sorted[at] = value;
  }
  if (known * 2 <= count) return Number.NaN;
  return (sorted[(known - 1) >> 1]! + sorted[known >> 1]!) / 2;
}
