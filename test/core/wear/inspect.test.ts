import { describe, expect, it } from 'vitest';
import { newTwin, parametersOf } from '../../../src/core/twin.ts';
import { inspectWear } from '../../../src/core/wear/inspect.ts';
import { newWearWatch, replaceComponent, wearSigma } from '../../../src/core/wear/watch.ts';
import { type Bench, newBench, newRandom, wearing } from './wearing.ts';

const hour = 3600;
const wear = (bench: Bench, n: number) => bench.twin.state[n - 1]!;
const sigma = (bench: Bench, n: number) => wearSigma(bench.watch, n - 1, wear(bench, n));
const factor = (bench: Bench) => bench.twin.parameters[1]!;
const factorSigma = (bench: Bench) => Math.sqrt(bench.watch.variance[0]!);

describe('an inspection', () => {
  it('moves wear and rate part of the way, by how well each is known', () => {
    const bench = newBench();
    bench.run(1, 8 * hour);
    const before = { wear: wear(bench, 1), sigma: sigma(bench, 1) };
    const done = inspectWear(bench.watch, bench.twin, 'tool.1', before.wear + 0.15, 0.1)!;
    expect(done).toMatchObject({ wearBefore: before.wear, factorBefore: 1 });
    expect(done.wear).toBeGreaterThan(before.wear + 0.05);
    expect(done.wear).toBeLessThan(before.wear + 0.15);
    expect(done.factor).toBeGreaterThan(1.1);
    expect(done.factor).toBe(factor(bench));
    expect(done.wear).toBe(wear(bench, 1));
    expect(sigma(bench, 1)).toBeLessThan(Math.min(before.sigma, 0.1));
  });

  it('by a poor look changes next to nothing, by a good one next to all', () => {
    const [poor, good] = [newBench(), newBench()];
    for (const bench of [poor, good]) bench.run(1, 8 * hour);
    const before = wear(poor, 1);
    inspectWear(poor.watch, poor.twin, 'tool.1', before + 0.2, 1);
    inspectWear(good.watch, good.twin, 'tool.1', before + 0.2, 0.001);
    expect(wear(poor, 1) - before).toBeLessThan(0.02);
    expect(wear(good, 1)).toBeCloseTo(before + 0.2, 2);
  });

  it('that says what the twin says leaves both, and makes them surer', () => {
    const bench = newBench();
    bench.run(1, 8 * hour);
    const before = { wear: wear(bench, 1), sigma: factorSigma(bench) };
    inspectWear(bench.watch, bench.twin, 'tool.1', before.wear, 0.03);
    expect(wear(bench, 1)).toBeCloseTo(before.wear, 2);
    expect(factor(bench)).toBeCloseTo(1, 1);
    expect(factorSigma(bench)).toBeLessThan(before.sigma / 2);
  });

  it('of one tool teaches the rate of all, and what the others have grown with it', () => {
    const bench = newBench();
    bench.tool(2);
    bench.run(1, 6 * hour);
    bench.tool(1);
    bench.run(1, 10 * hour);
    const [first, second] = [wear(bench, 1), wear(bench, 2)];
    const bearing = bench.twin.state[3];
    inspectWear(bench.watch, bench.twin, 'tool.1', first * 1.4, 0.02);
    expect(factor(bench)).toBeGreaterThan(1.3);
    expect(wear(bench, 2) / second).toBeGreaterThan(1.25);
    // The third has never worked, and the bearing has a factor of its own.
    expect(wear(bench, 3)).toBe(0);
    expect([bench.twin.state[3], bench.twin.parameters[3]]).toEqual([bearing, 1]);
  });

  it('beyond all reason is believed of the wear, not of the rate', () => {
    const bench = newBench();
    bench.run(1, 4 * hour);
    inspectWear(bench.watch, bench.twin, 'bearing', 0.6, 0.02);
    expect(bench.twin.state[3]).toBeCloseTo(0.6, 6);
    expect(bench.twin.parameters[3]).toBe(1);
    // From there on it is an ordinary one.
    bench.run(1, 40 * hour);
    inspectWear(bench.watch, bench.twin, 'bearing', 0.76, 0.02);
    expect(bench.twin.parameters[3]).toBeGreaterThan(1.2);
  });

  it('stays within the bounds of the factor and of wear', () => {
    const bench = newBench({ 'tool.factor': 19 });
    bench.run(0.05, 6 * hour);
    inspectWear(bench.watch, bench.twin, 'tool.1', 1.5, 0.01);
    expect(factor(bench)).toBeLessThanOrEqual(20);
    expect(wear(bench, 1)).toBe(1);
    inspectWear(bench.watch, bench.twin, 'tool.1', 0, 0.01);
    expect(wear(bench, 1)).toBeGreaterThanOrEqual(0);
    expect(wear(bench, 1)).toBeLessThan(0.1);
    expect(inspectWear(bench.watch, bench.twin, 'nothing', 0.5, 0.1)).toBeUndefined();
  });
});

describe('a twin on a machine that nobody has looked at', () => {
  it('believes the first look, and learns no rate from it: the wear was there before', () => {
    const bench = newBench({}, false);
    expect(sigma(bench, 1)).toBeCloseTo(0.3, 6);
    const done = inspectWear(bench.watch, bench.twin, 'bearing', 0.2, 0.05)!;
    expect(done).toMatchObject({ wearBefore: 0, factorBefore: 1, factor: 1 });
    expect(done.wear).toBeCloseTo(0.2, 1);
    expect(wearSigma(bench.watch, 3, done.wear)).toBeLessThan(0.051);
    // A second one is weighed as any: what it says is half of what was known.
    expect(inspectWear(bench.watch, bench.twin, 'bearing', 0.3, 0.05)!.wear).toBeCloseTo(0.245, 2);
  });

  it('knows what was put in new, and a model may say that a machine begins new', () => {
    const bench = newBench({}, false);
    replaceComponent(bench.watch, bench.twin, 'tool.1');
    expect([sigma(bench, 1), sigma(bench, 2)]).toEqual([0, expect.closeTo(0.3, 6)]);
    expect(inspectWear(bench.watch, bench.twin, 'tool.1', 0.2, 0.05)!.wear).toBe(0);
    const wear = wearing.wear!.map((spec) => ({ ...spec, startSigma: 0 }));
    const watch = newWearWatch({ ...wearing, wear });
    expect(wearSigma(watch, 3, 0)).toBe(0);
  });
});

/** Several lives of three tools whose factor nobody knows, with a look every few hours. */
function learn(seed: number) {
  const random = newRandom(seed);
  const truth = newTwin(
    wearing,
    parametersOf(wearing, { 'tool.factor': Math.exp(Math.sqrt(Math.log(1.25)) * random.normal()) }),
  );
  const bench = newBench();
  const inside = { wear: 0, looks: 0 };
  for (let life = 0; life < 6; life++) {
    const n = 1 + Math.floor(random.uniform() * 3);
    bench.tool(n);
    truth.input[1] = n;
    while (truth.state[n - 1]! < 0.95 && wear(bench, n) < 0.99) {
      const load = random.uniform() < 0.3 ? 0 : 2 * random.uniform();
      for (let i = 0; i < 6; i++) {
        // Of 120 such steps in a life, so that it scatters by the 5 % that the belief allows for.
        truth.input[0] = load * random.gamma(0.4);
        wearing.step(truth.parameters, truth.state, truth.input, 600, truth.output);
      }
      bench.run(load, hour, 600);
      if (random.uniform() > 0.15 || truth.state[n - 1]! < 0.03) continue;
      inspectWear(bench.watch, bench.twin, `tool.${n}`, truth.state[n - 1]! + 0.03 * random.normal(), 0.03);
      inside.looks++;
      if (Math.abs(truth.state[n - 1]! - wear(bench, n)) < 1.96 * sigma(bench, n)) inside.wear++;
    }
    truth.state[n - 1] = 0;
    replaceComponent(bench.watch, bench.twin, `tool.${n}`);
  }
  const error = Math.abs(Math.log(factor(bench) / truth.parameters[1]!));
  return { ...inside, error, sigma: factorSigma(bench), first: Math.abs(Math.log(truth.parameters[1]!)) };
}

describe('over many machines of unknown truth', () => {
  const runs = Array.from({ length: 150 }, (_, i) => learn(i + 1));
  const share = (hits: number, of: number) => hits / of;

  it('the factor is found, and its interval of 95 % holds it', () => {
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
    expect(median(runs.map((run) => run.error))).toBeLessThan(0.05);
    expect(median(runs.map((run) => run.first))).toBeGreaterThan(0.25);
    expect(Math.max(...runs.map((run) => run.sigma))).toBeLessThan(0.15);
    const held = share(runs.filter((run) => run.error < 1.96 * run.sigma).length, runs.length);
    expect(held).toBeGreaterThanOrEqual(0.9);
    expect(held).toBeLessThanOrEqual(0.99);
  });

  it('the interval of 95 % of the wear holds it after each look', () => {
    const looks = runs.reduce((sum, run) => sum + run.looks, 0);
    const held = share(
      runs.reduce((sum, run) => sum + run.wear, 0),
      looks,
    );
    expect(looks).toBeGreaterThan(1000);
    expect(held).toBeGreaterThanOrEqual(0.9);
    expect(held).toBeLessThanOrEqual(0.99);
  });
});
