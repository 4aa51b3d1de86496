import { describe, expect, it } from 'vitest';
import { newTwin, parametersOf } from '../../../src/core/twin.ts';
import { inspectWear } from '../../../src/core/wear/inspect.ts';
import { forecastOf } from '../../../src/core/wear/outlook.ts';
import { replaceComponent } from '../../../src/core/wear/watch.ts';
import { type Bench, newBench, newRandom, type Random, wearing } from './wearing.ts';

const hour = 3600;
const outlook = (bench: Bench) => forecastOf(bench.watch, bench.twin, 'mill-1', 1234);
const never = Number.POSITIVE_INFINITY;

describe('the outlook', () => {
  it('has no end in sight where no work was seen', () => {
    const bench = newBench();
    bench.run(0, 5 * hour);
    const { components, limiting, watchedHours, ...rest } = outlook(bench);
    for (const each of components)
      expect(each).toMatchObject({ ratePerH: 0, rulHours: { p10: never, p90: never } });
    expect(limiting).toBeUndefined();
    expect(watchedHours).toBeCloseTo(5, 3);
    expect(rest).toMatchObject({ machine: 'mill-1', timeMs: 1234 });
  });

  it('of a steady load is what is left over the rate, by the calendar', () => {
    const bench = newBench();
    bench.run(1, 200 * hour);
    const bearing = outlook(bench).components[3]!;
    expect(bearing.wear).toBeCloseTo(0.5, 6);
    expect(bearing.rulHours.p50 / (0.3 * 400)).toBeCloseTo(1, 1);
    expect(bearing.rulHours.p10).toBeLessThan(bearing.rulHours.p50);
    expect(bearing.rulHours.p90).toBeGreaterThan(bearing.rulHours.p50);
  });

  it('knows that an edge runs in fast and ends fast', () => {
    // From the middle of its life on a tool has 0.3 of plain and 0.2 of fast wear left: 0.3667 · 20 h.
    const bench = newBench();
    bench.run(1, 9 * hour);
    inspectWear(bench.watch, bench.twin, 'tool.1', 0.5, 1e-3);
    const half = outlook(bench).components[0]!;
    expect(half.rulHours.p50 / (20 * (0.3 + 0.2 / 3)) / (1 / bench.twin.parameters[1]!)).toBeCloseTo(1, 1);
    expect(half.gauge).toEqual({ unit: 'µm', value: half.wear * 300 });
  });

  it('of what is worn out is over, and that limits', () => {
    const bench = newBench();
    bench.run(1, 30 * hour);
    const { components, limiting } = outlook(bench);
    expect(components[0]!.rulHours).toEqual({ p10: 0, p50: 0, p90: 0 });
    expect(limiting).toBe('tool.1');
    expect(outlook(bench).counters).toEqual([{ name: 'running', unit: 'h', value: expect.closeTo(30, 6) }]);
  });

  it('comes nearer with more load, with more wear and with a faster factor, at every quantile', () => {
    const rul = (load: number, hours: number, overrides: Record<string, number> = {}) => {
      const bench = newBench({ 'tool.base': 1e-9, ...overrides });
      bench.run(load, hours * hour);
      return outlook(bench).components[3]!.rulHours;
    };
    const nearer: [ReturnType<typeof rul>, ReturnType<typeof rul>][] = [
      [rul(1, 50), rul(1.3, 50)],
      [rul(1, 50), rul(1, 60)],
      [rul(1, 50), rul(1, 50, { 'bearing.factor': 1.2 })],
    ];
    for (const [far, near] of nearer) {
      for (const p of ['p10', 'p50', 'p90'] as const) expect(near[p]).toBeLessThan(far[p]);
    }
  });

  it('is limited by what ends first, not by what is worn most', () => {
    const bench = newBench({ 'tool.base': 1e-6 / 3600 });
    inspectWear(bench.watch, bench.twin, 'tool.3', 0.95, 0.01);
    bench.run(1, 100 * hour);
    expect(outlook(bench).limiting).toBe('bearing');
    // A worn tool ends soon, once it works.
    bench.twin.parameters[0] = 1 / (20 * hour);
    bench.tool(3);
    bench.run(1, 0.2 * hour);
    expect(outlook(bench).limiting).toBe('tool.3');
  });

  it('of a machine that nobody has looked at comes sooner at p10, and never later', () => {
    const [fresh, unknown] = [true, false].map((isFresh) => {
      const bench = newBench({}, isFresh);
      bench.run(1, 100 * hour);
      return outlook(bench).components[3]!;
    });
    expect(unknown!.wear).toBe(fresh!.wear);
    expect(unknown!.wearSigma).toBeCloseTo(0.3, 1);
    const [sooner, plain] = [unknown!.rulHours, fresh!.rulHours];
    expect(sooner.p10 / plain.p10).toBeGreaterThan(0.25);
    expect(sooner.p10 / plain.p10).toBeLessThan(0.7);
    expect(sooner.p50 / plain.p50).toBeGreaterThan(0.7);
    expect(sooner.p50 / plain.p50).toBeLessThanOrEqual(1);
    expect(sooner.p90 / plain.p90).toBeGreaterThan(0.9);
    expect(sooner.p90 / plain.p90).toBeLessThan(1.03);
  });

  it('does not touch what it looks at', () => {
    const bench = newBench();
    bench.run(1, 5 * hour);
    const state = bench.twin.state.slice();
    const [one, two] = [outlook(bench), outlook(bench)];
    expect(one).toEqual(two);
    expect(bench.twin.state).toEqual(state);
  });
});

/** Jobs of an hour and a half or so, each with a load of its own; between them it stands for a third of the time. */
function jobs(random: Random): (dtS: number) => number {
  let leftS = 0;
  let load = 0;
  return (dtS) => {
    leftS -= dtS;
    if (leftS > 0) return load;
    leftS = -Math.log(1 - random.uniform()) * 1.5 * hour;
    load = random.uniform() < 0.35 ? 0 : random.gamma(0.5);
    return load;
  };
}

/** One tool from a day of watching to its end: the forecast at some time, and how long it lasted. */
function wearOut(seed: number, lifeH: number, inspected: boolean) {
  const random = newRandom(seed);
  const base = 1 / (lifeH * hour);
  const factor = Math.exp(Math.sqrt(Math.log(1.25)) * random.normal());
  const truth = newTwin(wearing, parametersOf(wearing, { 'tool.factor': factor, 'tool.base': base }));
  const bench = newBench({ 'tool.base': base });
  const next = jobs(random);
  const dtS = 600;
  // So that a life of `lifeH` scatters by 5 %.
  const flicker = 0.05 * Math.sqrt((lifeH * hour) / dtS);
  const wear = () => {
    const load = next(dtS);
    truth.input[0] = load * random.gamma(flicker);
    wearing.step(truth.parameters, truth.state, truth.input, dtS, truth.output);
    return load;
  };
  for (let at = 0; at < 24 * hour; at += dtS) bench.run(wear(), dtS, dtS);
  truth.state[0] = 0;
  replaceComponent(bench.watch, bench.twin, 'tool.1');
  const askedS = random.uniform() * lifeH * hour;
  for (let at = 0; at < askedS; at += dtS) bench.run(wear(), dtS, dtS);
  if (truth.state[0]! > 0.97) return undefined;
  if (inspected)
    inspectWear(bench.watch, bench.twin, 'tool.1', truth.state[0]! + 0.03 * random.normal(), 0.03);
  const { rulHours } = outlook(bench).components[0]!;
  let livedS = 0;
  while (truth.state[0]! < 1) {
    wear();
    livedS += dtS;
  }
  return { ...rulHours, livedH: livedS / hour };
}

describe('over many lives under a load that changes', () => {
  const cases = [
    { lifeH: 20, inspected: false },
    { lifeH: 20, inspected: true },
    { lifeH: 100, inspected: true },
  ];
  for (const { lifeH, inspected } of cases) {
    const after = inspected ? ' after a look' : '';
    it(`of ${lifeH} h the band of 80 % holds 70 to 90 % of them${after}`, () => {
      const runs = Array.from({ length: 300 }, (_, i) => wearOut(i + 1, lifeH, inspected)).filter(
        (run) => run !== undefined,
      );
      expect(runs.length).toBeGreaterThan(180);
      const held = runs.filter((run) => run.p10 <= run.livedH && run.livedH <= run.p90).length / runs.length;
      expect(held).toBeGreaterThanOrEqual(0.7);
      expect(held).toBeLessThanOrEqual(0.9);
      const late = runs.filter((run) => run.livedH > run.p50).length / runs.length;
      expect(late).toBeGreaterThan(0.35);
      expect(late).toBeLessThan(0.65);
    });
  }
});
