import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passGap } from '../../../src/core/wear/gap.ts';
import { inspectWear } from '../../../src/core/wear/inspect.ts';
import { memoryOf, restoreWatch } from '../../../src/core/wear/memory.ts';
import { forecastOf } from '../../../src/core/wear/outlook.ts';
import { lifeUsed, wearAt } from '../../../src/core/wear/shape.ts';
import {
  believeFactor,
  newWearWatch,
  replaceComponent,
  watchWear,
  wearSigma,
} from '../../../src/core/wear/watch.ts';
import { type Bench, newBench } from './wearing.ts';

const hour = 3600;
const bearing = (bench: Bench) => forecastOf(bench.watch, bench.twin, 'm', 0).components[3]!;
const tool = (bench: Bench, n: number) => forecastOf(bench.watch, bench.twin, 'm', 0).components[n - 1]!;

describe('rates lately', () => {
  it('are right from the first minutes on, not only after a day', () => {
    const bench = newBench();
    bench.run(1, 600);
    expect(bearing(bench).ratePerH).toBeCloseTo(1 / 400, 6);
    bench.run(1, 30 * hour);
    expect(bearing(bench).ratePerH).toBeCloseTo(1 / 400, 8);
  });

  it('are by the calendar, with the share of the time at work', () => {
    const bench = newBench();
    for (let i = 0; i < 120; i++) {
      bench.run(2, hour / 4);
      bench.run(0, (hour * 3) / 4);
    }
    expect(bearing(bench).workShare).toBeCloseTo(0.25, 1);
    expect(bearing(bench).ratePerH).toBeCloseTo((2 * 0.25) / 400, 4);
  });

  it('do not depend on how long the steps are', () => {
    const [fine, coarse] = [newBench(), newBench()];
    for (const load of [1, 0, 3]) {
      fine.run(load, 2 * hour, 5);
      coarse.run(load, 2 * hour, 600);
    }
    expect(bearing(coarse).ratePerH).toBeCloseTo(bearing(fine).ratePerH, 6);
    expect(bearing(coarse).workShare).toBeCloseTo(bearing(fine).workShare, 3);
  });

  it('fade to nothing when nobody works for weeks', () => {
    const bench = newBench();
    bench.run(1, 2 * hour);
    bench.run(0, 60 * 24 * hour, hour);
    expect(bearing(bench).ratePerH).toBe(0);
    expect(bearing(bench).rulHours.p50).toBe(Number.POSITIVE_INFINITY);
  });

  it('follow a factor that is set from outside', () => {
    const bench = newBench();
    bench.run(1, 5 * hour);
    const before = tool(bench, 1);
    bench.twin.parameters[1] = 2;
    believeFactor(bench.watch, 'tool.factor', 2, 0.02);
    watchWear(bench.watch, bench.twin, 1, 0, bench.news);
    expect(tool(bench, 1).ratePerH / before.ratePerH).toBeCloseTo(2, 3);
    expect(tool(bench, 1).wearSigma).toBeLessThan(before.wearSigma / 3);
  });
});

describe('the shape of a life', () => {
  it('is what the model says of its zones, and maps there and back', () => {
    const bench = newBench();
    bench.run(1, hour);
    const { shapes } = bench.watch;
    // 0.1 of wear at twice the rate, 0.7 at the plain one, 0.2 at three times: of 0.8167 in all.
    expect(lifeUsed(shapes, 0, 0.8)).toBeCloseTo(0.75 / (0.05 + 0.7 + 0.2 / 3), 1);
    expect(lifeUsed(shapes, 0, 1)).toBeCloseTo(1, 12);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1.2, noNaN: true }), (wear) => {
        expect(wearAt(shapes, 0, lifeUsed(shapes, 0, wear))).toBeCloseTo(wear, 9);
      }),
    );
  });

  it('is not forgotten for a load under which all wears evenly', () => {
    const bench = newBench();
    bench.run(1, hour);
    const known = [...bench.watch.shapes.rate];
    bench.run(1e-4, 2 * hour);
    expect([...bench.watch.shapes.rate]).toEqual(known);
  });
});

describe('wear', () => {
  it('falls by nothing but an inspection and a replacement', () => {
    const action = fc.oneof(
      fc.record({ load: fc.double({ min: 0, max: 20, noNaN: true }), tool: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ gapS: fc.double({ min: 0, max: 1e7, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const bench = newBench();
        for (const each of actions) {
          const before = bench.twin.state.slice(0, 4);
          if ('gapS' in each) passGap(bench.watch, bench.twin, each.gapS);
          else {
            bench.tool(each.tool);
            bench.run(each.load, 2 * hour, 600);
          }
          for (const [c, wear] of before.entries()) {
            expect(bench.twin.state[c]).toBeGreaterThanOrEqual(wear);
            expect(bench.twin.state[c]).toBeLessThanOrEqual(1);
          }
        }
        expect(bench.news).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('that the model sets back is a replacement, and news', () => {
    const bench = newBench();
    bench.run(1, 8 * hour);
    const worn = bench.twin.state[0]!;
    bench.twin.input[2] = 1;
    bench.run(1, 60);
    expect(bench.news).toEqual([{ kind: 'replaced', machine: 0, component: 'tool.1', wear: worn }]);
    expect(tool(bench, 1).wearSigma).toBeLessThan(0.01);
    bench.run(1, hour);
    expect(bench.news).toHaveLength(1);
  });

  it('of a component that somebody replaces is gone, and what was learnt of its rate is not', () => {
    const bench = newBench();
    bench.run(1, 10 * hour);
    inspectWear(bench.watch, bench.twin, 'tool.1', 0.9, 0.03);
    const [factor, sigma] = [bench.twin.parameters[1]!, bench.watch.variance[0]!];
    const before = bench.twin.state[0];
    expect(replaceComponent(bench.watch, bench.twin, 'tool.1')).toBe(before);
    expect(tool(bench, 1)).toMatchObject({ wear: 0, wearSigma: 0 });
    expect([bench.twin.parameters[1], bench.watch.variance[0]]).toEqual([factor, sigma]);
    bench.run(1, 60);
    expect(bench.news).toEqual([]);
    expect(replaceComponent(bench.watch, bench.twin, 'tool.99')).toBeUndefined();
  });
});

describe('a gap', () => {
  it('is worn through at the rates and the share of work seen before it', () => {
    const bench = newBench();
    for (let i = 0; i < 48; i++) {
      bench.run(1, hour / 2);
      bench.run(0, hour / 2);
    }
    const before = bench.twin.state[3]!;
    const added = passGap(bench.watch, bench.twin, 10 * hour);
    // A little less, since in the last half hour it stood.
    expect(added['bearing']! / ((10 * 0.5) / 400)).toBeGreaterThan(0.85);
    expect(added['bearing']! / ((10 * 0.5) / 400)).toBeLessThan(1);
    expect(bench.twin.state[3]).toBe(before + added['bearing']!);
    expect(added).not.toHaveProperty('tool.2');
    bench.run(0, 60);
    expect(bearing(bench).ratePerH).toBeCloseTo(0.5 / 400, 4);
  });

  it('ends at worn out, and makes wear less certain', () => {
    const bench = newBench();
    bench.run(1, 4 * hour);
    const sigma = wearSigma(bench.watch, 3, bench.twin.state[3]!);
    passGap(bench.watch, bench.twin, 1e8);
    expect(bench.twin.state[0]).toBe(1);
    expect(bench.twin.state[3]).toBe(1);
    expect(wearSigma(bench.watch, 3, 1)).toBeGreaterThan(3 * sigma);
  });

  it('of a machine that was never seen at work adds nothing', () => {
    const bench = newBench();
    bench.run(0, hour);
    expect(passGap(bench.watch, bench.twin, 1e6)).toEqual({});
  });
});

describe('the memory', () => {
  it('goes on as if nothing had happened', () => {
    const bench = newBench({}, false);
    replaceComponent(bench.watch, bench.twin, 'tool.2');
    bench.run(1, 7 * hour);
    inspectWear(bench.watch, bench.twin, 'tool.1', 0.4, 0.03);
    bench.run(0.5, hour);
    const memory = JSON.parse(JSON.stringify(memoryOf(bench.watch))) as Record<string, number[]>;
    const watch = newWearWatch(bench.twin.model);
    restoreWatch(watch, memory);
    expect(forecastOf(watch, bench.twin, 'm', 0)).toEqual(forecastOf(bench.watch, bench.twin, 'm', 0));
    expect(memory).not.toHaveProperty('component tool.3');
    // Wear that was set meanwhile is no work, and no replacement.
    bench.twin.state[3] = 0.5;
    const news: typeof bench.news = [];
    watchWear(watch, bench.twin, 1, 0, news);
    expect(watch.shortRate[3]).toBeLessThan(bench.watch.shortRate[3]!);
    expect(news).toEqual([]);
  });

  it('leaves what it cannot use', () => {
    const watch = newWearWatch(newBench().twin.model);
    const untouched = memoryOf(watch);
    restoreWatch(watch, {
      'component drill': [1, 2],
      'component bearing': [1],
      'shape bearing': Array.from({ length: 65 }, () => -1),
      'factor tool.factor': [Number.NaN, 1],
      seen: [],
    });
    expect(memoryOf(watch)).toEqual(untouched);
  });
});
