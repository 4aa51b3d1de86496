// The window under which the line lies: bounded, minutes long, whatever pauses there were.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newLine } from '../../../src/core/clock/line.ts';
import { addToWindow, fitUnder, newWindow, windowSpanMs } from '../../../src/core/clock/window.ts';
import { seeded } from '../../virtual-time.ts';
import { startMs } from './stream.ts';

/** One sample a second for so long, with a drift of 40 ppm and some noise above it. */
function fill(window: ReturnType<typeof newWindow>, fromS: number, seconds: number) {
  const random = seeded(fromS + 1);
  for (let s = fromS; s < fromS + seconds; s++) {
    const aboveMs = -3 * Math.log(1 - random());
    addToWindow(window, startMs + s * 1000, 700 - s * 0.04 + aboveMs, aboveMs);
  }
}

function slopePpm(window: ReturnType<typeof newWindow>): number {
  const line = newLine();
  fitUnder(window, line, 0);
  return -line.slope * 1e6;
}

describe('a window', () => {
  it('takes no more room than its points, and 1 KiB at most', () => {
    const window = newWindow();
    expect(window.points.byteLength).toBe(0);
    fill(window, 0, 6);
    expect(window.points.byteLength).toBeLessThanOrEqual(128);
    fill(window, 6, 5000);
    expect(window.points.byteLength).toBe(1024);
  });

  it('is some minutes long, and tells the drift, after an hour as after five minutes', () => {
    const window = newWindow();
    for (let s = 0; s < 3600; s += 300) {
      fill(window, s, 300);
      expect(windowSpanMs(window)).toBeGreaterThan(200_000);
      expect(windowSpanMs(window)).toBeLessThan(530_000);
      expect(slopePpm(window)).toBeCloseTo(40, -0.5);
    }
  });

  it('is so again after pauses in which some of it grew too old', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.integer({ min: 1700, max: 1900 }),
        (firstS, pauseS) => {
          const window = newWindow();
          fill(window, 0, firstS);
          fill(window, firstS + pauseS, 600);
          expect(windowSpanMs(window)).toBeGreaterThan(200_000);
          expect(slopePpm(window)).toBeCloseTo(40, -0.5);
        },
      ),
      { seed: 3 },
    );
  });
});
