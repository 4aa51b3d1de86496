// A sliding window says what a plain computation over its samples says, for ever, at any offset.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Statistic, statistics } from '../../../src/core/derive/aggregate.ts';
import { newWindow, pushWindow, readWindow } from '../../../src/core/derive/window.ts';
import { newSignalColumns, Origins } from '../../../src/core/frame.ts';
import { Quality } from '../../../src/core/quality.ts';
import { seeded } from '../../virtual-time.ts';

interface Sample {
  t: number;
  v: number;
}

const out = newSignalColumns(1);
function read(window: ReturnType<typeof newWindow>, atMs: number) {
  readWindow(window, atMs, out, 0, Origins.measured);
  return { value: out.value[0]!, quality: out.quality[0]!, ageMs: out.ageMs[0]! };
}

function plain(statistic: Statistic, samples: readonly Sample[]): number {
  const n = samples.length;
  const sum = (f: (s: Sample) => number) => samples.reduce((total, s) => total + f(s), 0);
  const mean = sum((s) => s.v) / n;
  switch (statistic) {
    case 'mean':
      return mean;
    case 'rms':
      return Math.sqrt(sum((s) => s.v * s.v) / n);
    case 'std':
      return Math.sqrt(sum((s) => (s.v - mean) ** 2) / n);
    case 'min':
      return Math.min(...samples.map((s) => s.v));
    case 'max':
      return Math.max(...samples.map((s) => s.v));
    case 'rate': {
      const after = (s: Sample) => s.t - samples[0]!.t;
      const middle = sum(after) / n;
      return (1000 * sum((s) => (after(s) - middle) * (s.v - mean))) / sum((s) => (after(s) - middle) ** 2);
    }
  }
}

describe.each(statistics)('%s', (statistic) => {
  it('is what a plain computation over the window says', () => {
    const steps = fc.array(
      fc.record({ dt: fc.integer({ min: 1, max: 40 }), v: fc.integer({ min: -1000, max: 1000 }) }),
      { minLength: 2, maxLength: 200 },
    );
    const readEvery = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(steps, readEvery, fc.constantFrom(16, 4096), (all, every, samplesMax) => {
        const window = newWindow(statistic, 250, samplesMax);
        const samples: Sample[] = [];
        let t = 1_795_231_000_000;
        for (const [i, { dt, v }] of all.entries()) {
          t += dt;
          samples.push({ t, v });
          pushWindow(window, t, v, Quality.good);
          if (i % every !== 0) continue;
          const inside = samples.filter((s) => s.t > t - 250).slice(-samplesMax);
          if (statistic === 'rate' && inside.length < 2) continue;
          const expected = plain(statistic, inside);
          expect(Math.abs(read(window, t).value - expected)).toBeLessThan(1e-9 * (1 + Math.abs(expected)));
        }
      }),
    );
  });

  it('does not drift in an hour of samples at a large offset', () => {
    const random = seeded(11);
    const window = newWindow(statistic, 1000, 4096);
    const recent: Sample[] = [];
    const offset = 1e6;
    let t = 1_795_231_000_000;
    for (let i = 0; i < 360_000; i++) {
      t += 10;
      // Now and then an absurd value, which must leave nothing behind when it has left.
      const v = i % 50_000 === 49_000 ? 1e15 : offset + Math.sin(i / 7) + random();
      recent.push({ t, v });
      if (recent.length > 100) recent.shift();
      pushWindow(window, t, v, Quality.good);
      if (i % 10 === 9) read(window, t);
      if (i % 40_000 !== 39_999) continue;
      const expected = plain(statistic, recent);
      const scale = statistic === 'std' || statistic === 'rate' ? 1 : offset;
      // What rounding of values of that size allows, for a plain computation as for ours.
      expect(Math.abs(read(window, t).value - expected)).toBeLessThan(1e-9 * scale + 1e-8);
    }
  });
});

describe('a window', () => {
  const filled = (ts: number[], quality: number = Quality.good) => {
    const window = newWindow('mean', 1000, 4096);
    for (const t of ts) pushWindow(window, t, 5, quality);
    return window;
  };
  const every10 = (from: number, to: number) =>
    Array.from({ length: (to - from) / 10 }, (_, i) => from + i * 10);

  it('is Good when it is covered, also with losses', () => {
    expect(read(filled(every10(0, 2000)), 2000)).toMatchObject({ value: 5, quality: Quality.good });
    const half = every10(0, 2000).filter((t) => (t / 10) % 2 === 0);
    expect(read(filled(half), 2000).quality).toBe(Quality.good);
  });

  it('is Uncertain while less than half of it is covered, Bad without samples', () => {
    const window = filled(every10(0, 2000));
    expect(read(window, 2400).quality).toBe(Quality.good);
    expect(read(window, 2600)).toMatchObject({ value: 5, quality: Quality.uncertainSubNormal, ageMs: 610 });
    expect(read(window, 3100)).toMatchObject({ value: Number.NaN, quality: Quality.badNoCommunication });
    expect(read(newWindow('mean', 1000, 64), 0).quality).toBe(Quality.badWaitingForInitialData);
  });

  it('does not take a gap for covered by the sample that ends it', () => {
    const gap = filled([...every10(0, 1200), ...every10(1800, 2000)]);
    expect(read(gap, 2000).quality).toBe(Quality.uncertainSubNormal);
  });

  it('counts no Bad sample, and none before a Bad one as covering', () => {
    const window = newWindow('max', 1000, 4096);
    for (const t of every10(0, 1000)) pushWindow(window, t, 3, Quality.good);
    pushWindow(window, 1000, Number.NaN, Quality.badSensorFailure);
    expect(read(window, 1000).value).toBe(3);
    for (const t of every10(1010, 2000)) pushWindow(window, t, Number.NaN, Quality.badSensorFailure);
    expect(read(window, 1995).quality).toBe(Quality.badNoCommunication);
  });

  it('is Uncertain as long as one of its samples is', () => {
    const window = filled(every10(0, 1000));
    pushWindow(window, 1000, 5, Quality.uncertain);
    for (const t of every10(1010, 3000)) pushWindow(window, t, 5, Quality.good);
    expect(read(window, 2990).quality).toBe(Quality.good);
    const earlier = filled(every10(0, 1000));
    pushWindow(earlier, 1000, 5, Quality.uncertain);
    expect(read(earlier, 1100).quality).toBe(Quality.uncertain);
  });

  it('of a straight line has its slope, exactly in the middle of its time', () => {
    const window = newWindow('rate', 500, 4096);
    for (const t of every10(0, 1000)) pushWindow(window, t, 3 + 0.25 * t, Quality.good);
    expect(read(window, 1000).value).toBeCloseTo(250, 9);
  });

  it('that overflows is Bad, and well again afterwards', () => {
    const window = newWindow('rms', 1000, 4096);
    for (const t of every10(0, 1000)) pushWindow(window, t, t === 500 ? 1e200 : 2, Quality.good);
    expect(read(window, 1000).quality).toBe(Quality.badOutOfRange);
    for (const t of every10(1000, 2000)) pushWindow(window, t, 2, Quality.good);
    expect(read(window, 2000)).toMatchObject({ value: 2, quality: Quality.good });
  });
});
