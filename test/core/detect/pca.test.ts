// PCA on machines made of a few hidden causes: what it sees, what it does not, whom it blames, and when it is silent.
import { describe, expect, it } from 'vitest';
import { newVerdict } from '../../../src/core/detect/detector.ts';
import { pca } from '../../../src/core/detect/pca/pca.ts';
import { detectorSuite } from '../../suites/detector.suite.ts';
import { normalFrom } from '../../suites/detector-stream.ts';
import { benchOf, mostBlamed, plainWorld, type World } from './pca-world.ts';

detectorSuite('pca', { detector: pca, options: { ...pca.usual, learnS: 60 } });

const learning = (world: World) => Math.ceil((1.1 * pca.needsS(world, pca.usual)) / world.periodS);

describe('a correlation that is lost', () => {
  it.each([1, 2, 3])(
    'is seen though each column stays where it was, and its column is blamed (seed %d)',
    (seed) => {
      const bench = benchOf(pca, plainWorld, { seed });
      bench.run(learning(plainWorld));
      expect(bench.verdict.readiness[0]).toBe(1);
      const gauss = normalFrom(seed + 90);
      const [low, high] = rangeOf(seed, 4);
      const told = bench.run(120, (view) => {
        // From the same normal distribution, within what was seen; only not of the same cause.
        view.value[4] = Math.max(low, Math.min(high, (low + high) / 2 + ((high - low) / 7) * gauss()));
      });
      expect(told.delayS).toBeGreaterThanOrEqual(0);
      expect(told.delayS).toBeLessThan(10);
      expect(mostBlamed(told)).toBe(4);
    },
  );

  it('control: with its correlation nothing is said', () => {
    const bench = benchOf(pca, plainWorld, { seed: 1 });
    bench.run(learning(plainWorld));
    expect(bench.run(20_000).raised).toBeLessThanOrEqual(1);
  });
});

/** Least and greatest that a column has been in normal running. */
function rangeOf(seed: number, column: number): [number, number] {
  const bench = benchOf(pca, plainWorld, { seed });
  const values: number[] = [];
  bench.run(2000, (view) => void values.push(view.value[column]!));
  return [Math.min(...values), Math.max(...values)];
}

describe('normal running', () => {
  const worlds: [string, World][] = [
    ['white', { ...plainWorld, memory: 0, periodS: 1 }],
    ['with a memory, in three modes', { ...plainWorld, columns: 10, memory: 0.9, modes: 3 }],
    ['with a long memory', { ...plainWorld, memory: 0.98, periodS: 0.1 }],
  ];
  it.each(worlds)('%s: hardly ever a finding', (_, world) => {
    const bench = benchOf(pca, world, { seed: 5 });
    const uniform = normalFrom(17);
    let mode = 0;
    const told = bench.run(40_000, (view) => {
      // For the next view: about every half minute another mode.
      if (Math.abs(uniform()) < world.periodS / 25) mode = (mode + 1) % world.modes;
      view.mode = mode;
    });
    expect(told.views).toBeGreaterThan(10_000);
    expect(told.raised).toBeLessThanOrEqual(2);
  });

  it('is learnt although a twentieth of the learning time was not normal', () => {
    const bench = benchOf(pca, plainWorld, { seed: 2 });
    const views = learning(plainWorld);
    bench.run(views, (view, t) => {
      if (t % 20 === 0) view.value[3] = view.value[3]! + 40;
    });
    expect(bench.verdict.readiness[0]).toBe(1);
    bench.run(200);
    const told = bench.run(60, (view) => {
      view.value[2] = view.value[2]! + 4;
    });
    expect(told.delayS).toBeGreaterThanOrEqual(0);
    expect(mostBlamed(told)).toBe(2);
  });

  it('is not left for what was abnormal for a while', () => {
    const bench = benchOf(pca, plainWorld, { seed: 4 });
    bench.run(learning(plainWorld) + 1000);
    const shift = (view: { value: Float64Array }) => {
      view.value[1] = view.value[1]! + 3;
    };
    bench.run(2400, shift);
    // Still seen after twenty minutes, and over as soon as it is over.
    expect(bench.run(60, shift).delayS).toBe(0);
    bench.run(60);
    expect(bench.run(2000).raised).toBeLessThanOrEqual(1);
  });
});

it('takes what has lasted for hours for the new normal, after learning it anew', () => {
  const options = { ...pca.usual, acceptS: 900 };
  const bench = benchOf(pca, plainWorld, { seed: 11, options });
  const shift = (view: { value: Float64Array }) => {
    view.value[1] = view.value[1]! + 6;
  };
  bench.run(learning(plainWorld) + 500);
  const before = bench.run(1700, shift);
  expect([before.delayS >= 0, bench.verdict.levels[0], bench.verdict.readiness[0]]).toEqual([true, 1, 1]);
  bench.run(400, shift);
  expect(bench.verdict.readiness[0]).toBeLessThan(1);
  bench.run(2 * learning(plainWorld), shift);
  expect(bench.verdict.readiness[0]).toBe(1);
  expect(bench.run(2000, shift).raised).toBeLessThanOrEqual(1);
});

describe('columns of which little is known', () => {
  it('that are missing are left out, and the others are still judged', () => {
    const bench = benchOf(pca, plainWorld, { seed: 6 });
    bench.run(learning(plainWorld));
    const gone = (view: { value: Float64Array }) => view.value.fill(Number.NaN, 0, 2);
    expect(bench.run(4000, gone).raised).toBeLessThanOrEqual(1);
    expect(bench.verdict.readiness[0]).toBe(1);
    const told = bench.run(60, (view) => {
      gone(view);
      view.value[5] = view.value[5]! + 4;
    });
    expect(told.delayS).toBeGreaterThanOrEqual(0);
    expect(mostBlamed(told)).toBe(5);
    expect(bench.verdict.scores.slice(0, 2)).toEqual(new Float64Array(2));
    expect(bench.run(50, (view) => view.value.fill(Number.NaN, 0, 4)).raised).toBe(0);
  });

  it('that never change are no part of it, and neither is a step of one of them', () => {
    const bench = benchOf(pca, plainWorld, { seed: 7 });
    let still = 3;
    const hold = (view: { value: Float64Array }) => {
      view.value[0] = still;
      view.value[7] = 0;
    };
    bench.run(learning(plainWorld), hold);
    still = 4;
    expect(bench.run(4000, hold).raised).toBeLessThanOrEqual(1);
    const told = bench.run(60, (view) => {
      hold(view);
      view.value[4] = view.value[4]! + 4;
    });
    expect(mostBlamed(told)).toBe(4);
  });
});

describe('modes', () => {
  const world: World = { ...plainWorld, modes: 2 };

  it('have a normal of their own, and one that was never seen is not judged', () => {
    const bench = benchOf(pca, world, { seed: 8 });
    bench.run(learning(world));
    const other = bench.run(200, (view) => {
      view.mode = 1;
    });
    expect([other.views, other.raised]).toEqual([0, 0]);
  });

  it('change with a swing that is nobody’s fault', () => {
    const bench = benchOf(pca, world, { seed: 9 });
    let at = 0;
    const swing = (view: { value: Float64Array; mode: number }) => {
      const phase = at++ % 120;
      view.mode = phase < 60 ? 0 : 1;
      // The first three seconds after each change.
      if (phase % 60 < 6) view.value[2] = view.value[2]! + 30;
    };
    const views = 4 * learning(world);
    bench.run(views, swing);
    expect(bench.verdict.readiness[0]).toBe(1);
    expect(bench.run(6000, swing).raised).toBeLessThanOrEqual(1);
    // Control: the same swing in the midst of a mode is found.
    const told = bench.run(120, (view) => {
      swing(view);
      if (at % 60 > 30 && at % 60 < 40) view.value[2] = view.value[2]! + 30;
    });
    expect(told.raised).toBeGreaterThan(0);
  });
});

describe('its memory', () => {
  it('is enough to go on judging at once, as it would have', () => {
    const bench = benchOf(pca, plainWorld, { seed: 10 });
    bench.run(learning(plainWorld) + 2000);
    const memory = JSON.parse(JSON.stringify(pca.remember!(bench.state)));
    const next = pca.create({ columns: 8, modes: 1, periodS: 0.5 }, pca.usual);
    pca.recall!(next, memory);
    const verdict = newVerdict(8);
    let [same, seen] = [0, 0];
    bench.run(300, (view, t) => {
      if (t > 150) view.value[6] = view.value[6]! + 4;
      pca.observe(next, view, verdict);
      expect(verdict.readiness[0]).toBe(1);
      if (verdict.levels[0] === 1) seen++;
      if (verdict.levels[0] === (t > 150 ? 1 : 0)) same++;
    });
    expect(seen).toBeGreaterThan(100);
    expect(same).toBeGreaterThan(270);
  });
});
