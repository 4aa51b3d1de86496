// Limits: every sample counts, whatever the frame says; what does not come changes nothing. And configured rates.
import { describe, expect, test } from 'vitest';
import { newVerdict, newView, type View } from '../../../src/core/detect/detector.ts';
import { type ColumnLimit, limits } from '../../../src/core/detect/limits.ts';
import { rate } from '../../../src/core/detect/rate.ts';
import { Quality } from '../../../src/core/quality.ts';

const winding: ColumnLimit = { column: 0, side: 'high', warning: 60, trip: 85, hysteresis: 2 };
const rise: ColumnLimit = { column: 0, above: 1, side: 'high', warning: 40, trip: 45, hysteresis: 1 };
const level: ColumnLimit = { column: 0, side: 'low', warning: -5, trip: -10, hysteresis: 1 };

/** Samples that have come since the view before, of column 0 and of column 1; none: nothing has. */
function watch(...own: ColumnLimit[]) {
  const state = limits.create({ columns: 2, modes: 1, periodS: 0.1 }, { limits: own });
  const [view, verdict] = [newView(2), newVerdict(2)];
  view.ageS.fill(0);
  return {
    ...{ state, view, verdict },
    see: (samples: readonly number[], ambient: readonly number[] = []) => {
      [samples, ambient].forEach((each, c) => {
        view.low[c] = each.length > 0 ? Math.min(...each) : Number.NaN;
        view.high[c] = each.length > 0 ? Math.max(...each) : Number.NaN;
        view.last[c] = each.at(-1) ?? Number.NaN;
      });
      view.timeMs += 100;
      limits.observe(state, view, verdict);
      return verdict.levels[0];
    },
  };
}

describe('limits', () => {
  test('warns and trips at the bound, and is over when it is back by the hysteresis', () => {
    const { see } = watch(winding);
    const course = [59.9, 60, 58.5, 84.9, 85, 83.5, 82.9, 59, 58.1, 57.9, 58.5];
    expect(course.map((x) => see([x]))).toEqual([0, 1, 1, 1, 2, 2, 1, 1, 1, 0, 0]);
  });

  test('one sample between two views is enough, though the newest is in order again', () => {
    const { see, view, verdict } = watch(winding);
    view.value[0] = 50;
    expect(see([50, 86, 51])).toBe(2);
    expect([verdict.values[0], verdict.bounds[0]]).toEqual([86, 85]);
    expect(see([51])).toBe(0);
  });

  test('does not wait for the aligned value, and does not judge it while samples come', () => {
    const { see, view } = watch(winding);
    view.value[0] = 20;
    expect(see([90])).toBe(2);
    view.value[0] = 90;
    expect(see([20])).toBe(0);
  });

  test('what does not come, or is Bad, neither raises nor clears', () => {
    const { see, view } = watch(winding);
    expect(see([])).toBe(0);
    expect(see([70])).toBe(1);
    view.quality[0] = Quality.badSensorFailure;
    view.value[0] = 20;
    expect([see([]), see([]), see([])]).toEqual([1, 1, 1]);
    view.quality[0] = Quality.good;
    expect(see([20])).toBe(0);
    view.quality[0] = Quality.badSensorFailure;
    view.value[0] = 500;
    expect(see([])).toBe(0);
  });

  test('a signal that is computed and never comes is judged by its value', () => {
    const { see, view } = watch(winding);
    view.ageS[0] = Number.POSITIVE_INFINITY;
    view.value[0] = 70;
    expect(see([])).toBe(1);
    view.value[0] = 20;
    expect(see([])).toBe(0);
  });

  test('a rise is taken above the newest of the other column', () => {
    const { see, view } = watch(rise);
    view.value[1] = 20;
    expect(see([59])).toBe(0);
    expect(see([61])).toBe(1);
    // The hall has warmed up meanwhile.
    expect(see([61], [30])).toBe(0);
    view.value[1] = Number.NaN;
    expect(see([71])).toBe(1);
    expect(see([76])).toBe(2);
  });

  test('a rise above what was never known is none', () => {
    expect(watch(rise).see([500])).toBe(0);
  });

  test('low limits are the same the other way round, and of several the worst is told', () => {
    const { see, state, verdict } = watch(winding, level);
    expect([0, -5, -4.5, -10, -9.5, -8.9, -3.9].map((x) => see([x]))).toEqual([0, 1, 1, 2, 2, 1, 0]);
    see([-6]);
    expect([verdict.values[0], verdict.bounds[0], [...state.level]]).toEqual([-6, -5, [0, 1]]);
    // Both sides within one view.
    see([-6, 90]);
    expect([verdict.levels[0], [...state.level]]).toEqual([2, [2, 1]]);
  });

  test('a bound that is infinite is none', () => {
    const only = watch({ ...winding, warning: Number.POSITIVE_INFINITY });
    expect([70, 84, 86, 84, 82].map((x) => only.see([x]))).toEqual([0, 0, 2, 2, 0]);
    expect(only.verdict.scores[0]).toBeLessThan(0.5);
    const early = watch({ ...winding, trip: Number.POSITIVE_INFINITY });
    expect([59, 61, 1e9].map((x) => early.see([x]))).toEqual([0, 1, 1]);
    const none = watch({ ...winding, warning: Number.POSITIVE_INFINITY, trip: Number.POSITIVE_INFINITY });
    expect([none.see([1e300]), none.verdict.scores[0]]).toEqual([0, 0]);
  });

  test('the score is half at the warning, nine tenths at the trip, and grows', () => {
    const { see, verdict } = watch(winding);
    const scores = [0, 40, 59, 60, 70, 85, 200].map((x) => {
      see([x]);
      return verdict.scores[0]!;
    });
    expect(scores[3]).toBeCloseTo(0.5, 12);
    expect(scores[5]).toBeCloseTo(0.9, 12);
    expect([...scores].sort((a, b) => a - b)).toEqual(scores);
  });
});

describe('rate, configured', () => {
  const options = {
    ...rate.usual,
    learns: false,
    bounds: [{ column: 0, side: 'rise', warning: 1, trip: 3 }] as const,
  };

  function ramp(slope: number, view: View = newView(1)) {
    const state = rate.create({ columns: 1, modes: 1, periodS: 0.1 }, options);
    const verdict = newVerdict(1);
    const levels: number[] = [];
    for (let t = 0; t < 60; t++) {
      view.timeMs = t * 100;
      view.dtS = t === 0 ? 0 : 0.1;
      view.value[0] = 20 + slope * Math.max(0, t - 20) * 0.1;
      // Nobody knows the mode: bounds hold all the same.
      view.mode = -1;
      rate.observe(state, view, verdict);
      levels.push(verdict.levels[0]!);
    }
    return { levels, verdict };
  }

  test.each([
    [0.9, 0],
    [1.1, 1],
    [2.9, 1],
    [3.1, 2],
    [-50, 0],
  ])('%d units a second is level %d, a second after it begins', (slope, level) => {
    const { levels, verdict } = ramp(slope);
    expect(levels.slice(0, 21).every((each) => each === 0)).toBe(true);
    expect(levels.slice(31).every((each) => each === level)).toBe(true);
    expect(verdict.values[0]).toBeCloseTo(slope, 9);
  });

  test('over a gap there is no rate', () => {
    const state = rate.create({ columns: 1, modes: 1, periodS: 0.1 }, options);
    const [view, verdict] = [newView(1), newVerdict(1)];
    let timeMs = 0;
    for (let t = 0; t < 60; t++) {
      view.dtS = t === 40 ? 100 : 0.1;
      timeMs += view.dtS * 1000;
      view.timeMs = timeMs;
      view.value[0] = t < 40 ? 20 : 80;
      rate.observe(state, view, verdict);
      expect(verdict.levels[0]).toBe(0);
    }
  });
});
