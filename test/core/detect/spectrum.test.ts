// The spectrum of columns: bands that rise, orders of a bearing in raw samples, what views are too slow to show.
import { describe, expect, it } from 'vitest';
import { bearingOrders } from '../../../src/core/derive/bearing.ts';
import { newVerdict, newView, type View } from '../../../src/core/detect/detector.ts';
import { reachOfSpectrum } from '../../../src/core/detect/spectrum/bands.ts';
import { furthestBand, spectrum } from '../../../src/core/detect/spectrum/spectrum.ts';
import type { SpectrumOptions } from '../../../src/core/detect/spectrum/state.ts';
import { detectorSuite } from '../../suites/detector.suite.ts';
import { normalFrom } from '../../suites/detector-stream.ts';

detectorSuite('spectrum', {
  detector: spectrum,
  options: { ...spectrum.usual, windowViews: 64, learnS: 60 },
});

interface Scene {
  readonly options?: SpectrumOptions;
  readonly columns?: number;
  readonly modes?: number;
  readonly periodS?: number;
  readonly memory?: number;
  readonly seed?: number;
}

function benchOf(scene: Scene = {}) {
  const { options = spectrum.usual, columns = 4, modes = 1, periodS = 0.1, memory = 0.8, seed = 1 } = scene;
  const setup = { columns, modes, periodS };
  const state = spectrum.create(setup, options);
  const gauss = normalFrom(seed);
  const view = newView(columns);
  const verdict = newVerdict(columns);
  const x = new Float64Array(columns);
  let t = 0;
  const run = (views: number, change?: (view: View, s: number) => void) => {
    const raised = new Float64Array(columns);
    const found = new Float64Array(columns);
    const level = new Uint8Array(columns);
    for (let i = 0; i < views; i++, t++) {
      for (let j = 0; j < columns; j++) {
        x[j] = memory * x[j]! + Math.sqrt(1 - memory * memory) * gauss();
        view.value[j] = 50 + x[j]!;
      }
      view.timeMs = t * periodS * 1000;
      view.dtS = t === 0 ? 0 : periodS;
      change?.(view, t * periodS);
      spectrum.observe(state, view, verdict);
      for (let j = 0; j < columns; j++) {
        if (verdict.levels[j]! > level[j]!) raised[j] = raised[j]! + 1;
        if (verdict.levels[j]! > 0) found[j] = found[j]! + 1;
        level[j] = verdict.levels[j]!;
      }
    }
    return { raised, found };
  };
  const learning = Math.ceil(spectrum.needsS(setup, options) / periodS) + 1;
  return { state, view, verdict, run, learning, setup };
}

const hum = (column: number, hz: number, amplitude: number) => (view: View, s: number) => {
  view.value[column] = view.value[column]! + amplitude * Math.sin(2 * Math.PI * hz * s);
};

describe('a band', () => {
  it.each([
    [0.5, 2],
    [1, 1],
    [2.1, 0.8],
    [4, 0.6],
  ])('that begins to hum at %d Hz is found, in its column and where it is', (hz, amplitude) => {
    const bench = benchOf();
    bench.run(bench.learning + 3000);
    expect([...bench.verdict.readiness]).toEqual([1, 1, 1, 1]);
    const { found } = bench.run(900, hum(2, hz, amplitude));
    expect(found[2]).toBeGreaterThan(100);
    expect([found[0], found[1], found[3]]).toEqual([0, 0, 0]);
    const { kind, fromHz, toHz } = furthestBand(bench.state, 2)!;
    expect(kind).toBe('band');
    expect(fromHz).toBeLessThan(hz);
    expect(toHz).toBeGreaterThan(hz);
    expect(bench.verdict.values[2]!).toBeGreaterThan(bench.verdict.bounds[2]!);
  });

  it('of normal running is hardly ever found, also where the machine changes what it does', () => {
    for (const [memory, modes] of [
      [0, 1],
      [0.95, 1],
      [0.8, 2],
    ] as const) {
      const bench = benchOf({ memory, modes, columns: 6, seed: 3 });
      let at = 0;
      // In the second mode all swings are wider, and each change is a step.
      const { raised } = bench.run(30_000, (view) => {
        view.mode = modes === 2 && at++ % 1200 >= 600 ? 1 : 0;
        if (view.mode === 1) for (let j = 0; j < 6; j++) view.value[j] = 5 * view.value[j]! - 40;
      });
      expect(raised.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(1);
    }
  });

  it('is judged over gaps that are short, and not over long ones', () => {
    const bench = benchOf();
    bench.run(bench.learning);
    const lossy = (view: View, s: number) => {
      if (Math.round(s * 10) % 20 === 0) view.value[0] = Number.NaN;
      if (Math.round(s * 10) % 4 === 0) view.value[1] = Number.NaN;
    };
    bench.run(600, lossy);
    const { found } = bench.run(900, (view, s) => {
      hum(0, 2, 1.5)(view, s);
      hum(1, 2, 1.5)(view, s);
      lossy(view, s);
    });
    expect(found[0]).toBeGreaterThan(300);
    expect(found[1]).toBe(0);
  });
});

describe('a bearing', () => {
  const rateHz = 8192;
  const orders = bearingOrders({ balls: 9, ballMm: 7.94, pitchMm: 39.04, angleDeg: 0 });
  const options: SpectrumOptions = {
    ...{ ...spectrum.usual, windowViews: 8192, learnS: 0, learnWindows: 40 },
    bearing: { orders, speedColumn: 1, turnsHz: 1 / 60, fromHz: 0, toHz: 0 },
  };

  /** Impacts at the outer ring, each ringing out at 2.2 kHz, with a percent of slip, from `fromS` on. */
  function pit(fromS: number, strength: number, seed: number) {
    const gauss = normalFrom(seed);
    let [turned, next, age] = [0, 1, 1e9];
    return (view: View, s: number) => {
      const turnsHz = 25 + 2 * Math.sin(s);
      view.value[1] = turnsHz * 60;
      turned += turnsHz / rateHz;
      if (turned * orders.outer >= next) {
        next += 1 + 0.01 * gauss();
        age = 0;
      }
      age += 1 / rateHz;
      const ring = s < fromS || age > 0.02 ? 0 : strength * Math.exp(-700 * age);
      view.value[0] = gauss() + ring * Math.sin(2 * Math.PI * 2200 * age);
    };
  }

  it('with a pit in its outer ring is found in raw samples, and named', () => {
    const bench = benchOf({ options, columns: 2, periodS: 1 / rateHz });
    const run = pit(14, 3, 4);
    const calm = bench.run(14 * rateHz, run);
    expect(bench.verdict.readiness[0]).toBe(1);
    expect(calm.raised[0]).toBe(0);
    const { found } = bench.run(4 * rateHz, run);
    expect(found[0]).toBeGreaterThan(rateHz);
    expect(furthestBand(bench.state, 0)).toMatchObject({ kind: 'envelope', part: 'outer' });
  });

  it('is only looked for where the samples can show it, and that is told', () => {
    const slow = reachOfSpectrum({ ...options, windowViews: 128 }, 0.1);
    // Ten views a second see a cage at best.
    for (const { part, toHz } of slow) if (part !== 'cage') expect(toHz).toBeLessThan(1.3);
    const fast = reachOfSpectrum(options, 1 / rateHz).find((r) => r.part === 'outer' && r.kind === 'tone')!;
    expect(fast.fromHz).toBeCloseTo(2.5 / orders.outer, 6);
    expect(fast.toHz).toBeCloseTo((0.45 * rateHz) / orders.outer, 6);
  });
});

it('goes on from its memory at once', () => {
  const bench = benchOf({ seed: 7 });
  bench.run(bench.learning + 500);
  const next = spectrum.create(bench.setup, spectrum.usual);
  spectrum.recall!(next, JSON.parse(JSON.stringify(spectrum.remember!(bench.state))));
  const verdict = newVerdict(4);
  let same = 0;
  bench.run(900, (view, s) => {
    if (s > (bench.learning + 700) / 10) hum(3, 2, 1.5)(view, s);
    spectrum.observe(next, view, verdict);
    expect([...verdict.readiness]).toEqual([1, 1, 1, 1]);
    if (verdict.levels[3] === 1) same++;
  });
  expect(same).toBeGreaterThan(300);
});

it('refuses a window that is no power of two', () => {
  const setup = { columns: 1, modes: 1, periodS: 1 };
  expect(() => spectrum.create(setup, { ...spectrum.usual, windowViews: 100 })).toThrow('no power of two');
});
