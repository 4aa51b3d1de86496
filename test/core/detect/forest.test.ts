// The forest on machines that work at a few points: what lies where none has lain, though each column is where it often
// is; and its trees, point by point against what they should be.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newVerdict, newView, type View } from '../../../src/core/detect/detector.ts';
import { forest } from '../../../src/core/detect/forest/forest.ts';
import { displacement } from '../../../src/core/detect/forest/score.ts';
import {
  clearTree,
  massOf,
  newTrees,
  none,
  plant,
  type Trees,
  uproot,
} from '../../../src/core/detect/forest/tree.ts';
import { detectorSuite } from '../../suites/detector.suite.ts';
import { normalFrom } from '../../suites/detector-stream.ts';

detectorSuite('forest', { detector: forest, options: { ...forest.usual, learnS: 60, learnViews: 120 } });

const periodS = 0.5;
const columns = 6;
const setup = { columns, modes: 2, periodS };
/** Operating points: each column has 0, 10 or 20 in some of them. */
const points = [
  [0, 10, 20, 0, 10, 20],
  [10, 20, 0, 10, 20, 0],
  [20, 0, 10, 20, 0, 10],
];

function benchOf(seed: number, state = forest.create(setup, forest.usual)) {
  const gauss = normalFrom(seed);
  const view = newView(columns);
  const verdict = newVerdict(columns);
  let t = 0;
  const run = (views: number, change?: (view: View, t: number) => void) => {
    let [raised, level, findings, ready, first] = [0, 0, 0, 0, -1];
    const blame = new Float64Array(columns);
    for (let i = 0; i < views; i++, t++) {
      const point = points[Math.floor(t / 40) % points.length]!;
      for (let j = 0; j < columns; j++) view.value[j] = point[j]! + 0.7 * gauss();
      view.timeMs = t * periodS * 1000;
      view.dtS = t === 0 ? 0 : periodS;
      change?.(view, i);
      forest.observe(state, view, verdict);
      if (verdict.readiness[0] === 1) ready++;
      if (verdict.levels[0] === 1) {
        findings++;
        if (level === 0) raised++;
        if (first < 0) first = i;
        for (let j = 0; j < columns; j++) blame[j] = blame[j]! + verdict.scores[j]!;
      }
      level = verdict.levels[0]!;
    }
    return { raised, findings, ready, first, blame };
  };
  return { state, view, verdict, run };
}

const learning = Math.ceil((1.1 * forest.needsS(setup, forest.usual)) / periodS);

describe('a moment no column of which is out of its range', () => {
  it.each([1, 2, 3])(
    'is found where half of the columns are at one point and half at another (seed %d)',
    (seed) => {
      const bench = benchOf(seed);
      bench.run(learning + 1500);
      expect(bench.verdict.readiness[0]).toBe(1);
      const gauss = normalFrom(seed + 50);
      const told = bench.run(120, (view) => {
        for (let j = 0; j < columns; j++) view.value[j] = points[j % 2]![j]! + 0.7 * gauss();
      });
      expect(told.first).toBeGreaterThanOrEqual(0);
      expect(told.first).toBeLessThan(30);
      expect(told.findings).toBeGreaterThan(60);
    },
  );

  it('is blamed on the one column that does not go with the others', () => {
    const bench = benchOf(4);
    bench.run(learning + 1500);
    const told = bench.run(200, (view) => {
      view.value[2] = (view.value[2]! + 25) % 30;
    });
    expect(told.findings).toBeGreaterThan(20);
    expect(told.blame.indexOf(Math.max(...told.blame))).toBe(2);
  });
});

describe('normal running', () => {
  it.each([1, 2])('is hardly ever found in hours (seed %d)', (seed) => {
    const told = benchOf(seed).run(14_000);
    expect(told.ready).toBeGreaterThan(12_000);
    expect(told.raised).toBeLessThanOrEqual(1);
  });

  it('is learnt although a fiftieth of the learning time was not normal', () => {
    const bench = benchOf(5);
    bench.run(learning + 1500, (view, t) => {
      if (t % 50 === 0) view.value.fill(100);
    });
    expect(bench.verdict.readiness[0]).toBe(1);
    const gauss = normalFrom(55);
    const told = bench.run(120, (view) => {
      for (let j = 0; j < columns; j++) view.value[j] = points[j % 2]![j]! + 0.7 * gauss();
    });
    expect(told.findings).toBeGreaterThan(30);
  });
});

describe('what is not known', () => {
  it('is not held against a moment, and what is known still counts', () => {
    const bench = benchOf(6);
    bench.run(learning + 1500);
    const gone = (view: View) => view.value.fill(Number.NaN, 0, 2);
    expect(bench.run(3000, gone).raised).toBeLessThanOrEqual(1);
    const told = bench.run(120, (view) => {
      gone(view);
      view.value[4] = 45;
    });
    expect(told.findings).toBeGreaterThan(60);
    expect(told.blame.slice(0, 2)).toEqual(new Float64Array(2));
    expect(told.blame.indexOf(Math.max(...told.blame))).toBe(4);
  });

  it('a mode that was never seen is not judged, whatever it shows', () => {
    const bench = benchOf(7);
    bench.run(learning);
    const told = bench.run(300, (view) => {
      view.mode = 1;
      view.value.fill(500);
    });
    expect([told.ready, told.raised]).toEqual([0, 0]);
  });
});

it('goes on from its memory at once', () => {
  const bench = benchOf(8);
  bench.run(learning + 1500);
  const memory = JSON.parse(JSON.stringify(forest.remember!(bench.state)));
  expect(JSON.stringify(memory).length).toBeLessThan(60_000);
  const next = forest.create(setup, forest.usual);
  forest.recall!(next, memory);
  const other = benchOf(9, next);
  const calm = other.run(600);
  expect([calm.ready, calm.raised]).toEqual([600, 0]);
  const gauss = normalFrom(58);
  const told = other.run(120, (view) => {
    for (let j = 0; j < columns; j++) view.value[j] = points[j % 2]![j]! + 0.7 * gauss();
  });
  expect(told.findings).toBeGreaterThan(60);
});

describe('a tree', () => {
  const size = 16;
  const width = 3;
  const point = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: width, maxLength: width });
  const action = fc.record({ leaf: fc.integer({ min: 0, max: size - 1 }), x: point });

  /** Every box, mass and pointer below a node; the numbers of the leaves' points. */
  function inspect(
    trees: Trees,
    node: number,
    above: number,
  ): { count: number; low: number[]; high: number[] } {
    if (node < 0) {
      const leaf = -1 - node;
      expect(trees.leafParent[leaf]).toBe(above);
      const x = [...trees.points.subarray(leaf * width, (leaf + 1) * width)];
      expect([...trees.leafOf].filter((each) => each === leaf).length).toBe(trees.leafMass[leaf]);
      expect(trees.leafOf[leaf]).toBe(leaf);
      return { count: trees.leafMass[leaf]!, low: x, high: x };
    }
    expect(trees.parent[node]).toBe(above);
    const left = inspect(trees, trees.left[node]!, node);
    const right = inspect(trees, trees.right[node]!, node);
    const column = trees.cutColumn[node]!;
    expect(left.high[column]!).toBeLessThanOrEqual(trees.cutAt[node]!);
    expect(right.low[column]!).toBeGreaterThan(trees.cutAt[node]!);
    const low = left.low.map((value, j) => Math.min(value, right.low[j]!));
    const high = left.high.map((value, j) => Math.max(value, right.high[j]!));
    const box = trees.box.subarray(node * 2 * width, (node + 1) * 2 * width);
    expect([...box]).toEqual([...low, ...high]);
    expect(trees.mass[node]).toBe(left.count + right.count);
    return { count: left.count + right.count, low, high };
  }

  it('holds exactly the points that were put in and not taken out, whatever the order, also twice the same', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), fc.nat(), (actions, seed) => {
        const trees = newTrees(1, size, width);
        clearTree(trees, 0);
        const chance = { state: seed >>> 0 };
        const held = new Map<number, string>();
        for (const { leaf, x } of actions) {
          if (held.delete(leaf)) uproot(trees, 0, leaf);
          else {
            plant(trees, 0, leaf, Int16Array.from(x), chance);
            held.set(leaf, x.join());
          }
          const root = trees.root[0]!;
          expect(root === none).toBe(held.size === 0);
          if (root !== none) expect(inspect(trees, root, none).count).toBe(held.size);
        }
        for (const [leaf, x] of held) {
          const at = trees.leafOf[leaf]! * width;
          expect([...trees.points.subarray(at, at + width)].join()).toBe(x);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('displaces as much as the mean over many rolls of putting the point in says', () => {
    const gauss = normalFrom(3);
    const trees = newTrees(1, 32, width);
    const chance = { state: 5 };
    const random = () => Int16Array.from({ length: width }, () => Math.round(100 * gauss()));
    for (let leaf = 0; leaf < 31; leaf++) plant(trees, 0, leaf, random(), chance);
    for (const x of [Int16Array.of(400, 0, 0), Int16Array.of(20, -30, 10), Int16Array.of(150, 150, -150)]) {
      const blame = new Float64Array(width);
      const expected = displacement(trees, 0, x, blame);
      let sum = 0;
      const rolls = 3000;
      for (let i = 0; i < rolls; i++) {
        plant(trees, 0, 31, x, chance);
        sum += codispOf(trees, 31) / 31;
        uproot(trees, 0, 31);
      }
      expect(Math.abs(sum / rolls - expected)).toBeLessThan(0.05 * expected + 0.005);
    }
    const blame = new Float64Array(width);
    displacement(trees, 0, Int16Array.of(400, 0, 0), blame);
    expect(blame[0]!).toBeGreaterThan(10 * (blame[1]! + blame[2]!));
  });

  /** By its definition: of all groups the point is in, the most that the sibling has for each of the group. */
  function codispOf(trees: Trees, leaf: number): number {
    let node = -1 - leaf;
    let most = 0;
    for (let above = trees.leafParent[leaf]!; above !== none; above = trees.parent[above]!) {
      const own = massOf(trees, 0, node);
      most = Math.max(most, (trees.mass[above]! - own) / own);
      node = above;
    }
    return most;
  }
});
