import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { ForecastJob } from '../../../src/core/forecast/job.ts';
import { forecastRisk, riskOf } from '../../../src/core/forecast/risk.ts';
import type { FailureSpec } from '../../../src/core/model.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { memoryOf } from '../../../src/core/wear/memory.ts';
import { newRandom, wearing } from '../wear/wearing.ts';
import { jobFor, mondayMs, newMachine, run } from './machine.ts';
import { cumulative } from './reliability.ts';

const bearing: FailureSpec = {
  name: 'bearing-worn',
  about: 'worn',
  of: { component: 'bearing' },
  threshold: 0.8,
};
const worn = (name: string): FailureSpec => ({ name, about: '', of: { component: name }, threshold: 1 });

/** Around the clock at load 1 for days: the bearing lasts 320 h, a tool 20 h. */
function steady(days = 8, overrides: Readonly<Record<string, number>> = {}) {
  const machine = newMachine(wearing, overrides, { dtS: 60 });
  run(machine, days * 24, () => ({ load: 1, tool: 2 }), 60);
  return machine;
}

/** As sure of the factor as can be. */
function knowing(job: ForecastJob, logSigma = 1e-6): ForecastJob {
  const wear = { ...job.memory.wear };
  for (const [name, numbers] of Object.entries(wear))
    if (name.startsWith('factor ')) wear[name] = [numbers[0]!, logSigma ** 2];
  return { ...job, memory: { ...job.memory, wear } };
}

const of = (job: ForecastJob) => riskOf(job, wearing);

describe('a forecast', () => {
  it('of a steady load is the first passage of an irregular life, as it is in closed form', () => {
    // Two weeks, after which little is thought of loads that were never seen.
    const machine = steady(14, { 'bearing.base': 1 / (1120 * 3600) });
    const job = knowing(jobFor(machine, { failures: [bearing], particles: 20_000 }));
    const left = 0.8 - machine.twin.state[3]!;
    const grown = machine.twin.state[3]!;
    const { hours, band90 } = of(job).failures[0]!;
    // What has grown and what is to grow scatter alike: a life used G has the variance 0.05²·G.
    const quantile = (p: number) => {
      let [low, high] = [0, 4000];
      for (let k = 0; k < 60; k++) {
        const t = (low + high) / 2;
        const mean = t / 1120;
        const reached = cumulative((mean - left) / Math.sqrt(0.05 ** 2 * (mean + grown)));
        if (reached < p) low = t;
        else high = t;
      }
      return low;
    };
    expect(Math.abs(hours.p50 / quantile(0.5) - 1)).toBeLessThan(0.01);
    for (const [told, p] of [
      [hours.p10, 0.1],
      [hours.p90, 0.9],
      [band90!.p05, 0.05],
      [band90!.p95, 0.95],
    ] as const)
      expect(Math.abs(told / quantile(p) - 1), `p ${p}`).toBeLessThan(0.04);
  });

  it('of a factor that is not known is that much wider', () => {
    const machine = steady(14, { 'bearing.base': 1 / (1120 * 3600) });
    const sigma = 0.2;
    // A look that told the wear and not the factor: nothing of what has grown is uncertain.
    const job = knowing(jobFor(machine, { failures: [bearing], particles: 20_000 }), sigma);
    const known = { ...job.memory.wear };
    const of8 = known['component bearing']!.slice();
    of8[6] = 0;
    of8[8] = 0;
    known['component bearing'] = of8;
    const { hours } = of({ ...job, memory: { ...job.memory, wear: known } }).failures[0]!;
    expect(
      Math.log(hours.p90 / hours.p10) / (2 * 1.2816 * Math.hypot(sigma, 0.05 / Math.sqrt(0.5))),
    ).toBeCloseTo(1, 1);
  });

  it('grows with the horizon, and never says less for longer', () => {
    const machine = steady(11);
    const risks = [6, 24, 72, 240].map((horizonH) => of(jobFor(machine, { failures: [bearing], horizonH })));
    const probabilities = risks.map(({ probability }) => probability);
    expect([...probabilities].sort((a, b) => a - b)).toEqual(probabilities);
    expect(probabilities[3]! - probabilities[0]!).toBeGreaterThan(0.3);
    for (const { failures, horizonH } of risks) {
      const { curve, probability } = failures[0]!;
      expect([...curve].sort((a, b) => a - b)).toEqual(curve);
      expect(curve.at(-1)).toBe(probability);
      expect(horizonH).toBeGreaterThan(0);
    }
  });

  it('is the same for the same seed, here and on another thread, and another for another', async () => {
    const machine = newMachine(mill, {}, { dtS: 2 });
    run(
      machine,
      3,
      (t) => ({
        'spindle.speed': 4000,
        'cut.feed': 900,
        'cut.depth': (t / 600_000) % 3,
        'cut.width': 6,
        'tool.number': 1,
      }),
      2,
    );
    const job = jobFor(machine, { particles: 500, seed: 77 });
    const here = forecastRisk(job);
    expect(forecastRisk(job)).toEqual(here);
    const file = new URL('../../../src/core/forecast/risk.ts', import.meta.url).href;
    const code = `import(${JSON.stringify(file)}).then(({ forecastRisk }) => { const { parentPort, workerData } = require('node:worker_threads'); parentPort.postMessage(forecastRisk(workerData)); });`;
    const worker = new Worker(code, { eval: true, workerData: job });
    const there = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(there).toEqual(here);
    expect(forecastRisk({ ...job, seed: 78 })).not.toEqual(here);
  });

  it('of a machine whose start nobody knows comes sooner, and says so', () => {
    const fresh = steady(3);
    const unknown = newMachine(wearing, {}, { dtS: 60, fresh: false });
    run(unknown, 72, () => ({ load: 1, tool: 2 }), 60);
    const [plain, open] = [fresh, unknown].map((machine) => of(jobFor(machine, { failures: [bearing] })));
    expect(open!.failures[0]!.hours.p10).toBeLessThan(0.7 * plain!.failures[0]!.hours.p10);
    expect(open!.failures[0]!.hours.p90 / plain!.failures[0]!.hours.p90).toBeGreaterThan(0.85);
    expect(open!.notes.join()).toMatch(/worn it was at the start nobody has told: bearing/);
    expect(plain!.notes.join()).not.toMatch(/nobody has told/);
  });

  it('of what is worn out is now, and that limits', () => {
    const machine = steady(2);
    const { failures, limiting, level, probability } = of(
      jobFor(machine, { failures: [bearing, worn('tool.2')] }),
    );
    const tool = failures.find(({ component }) => component === 'tool.2')!;
    expect(tool.probability).toBeGreaterThan(0.95);
    expect(tool.hours.p50).toBe(0);
    expect(limiting).toBe('tool.2');
    expect(level).toBe('high');
    expect(probability).toBeGreaterThanOrEqual(tool.probability);
  });

  it('leaves out tools that were never used, and what the model has not', () => {
    const other = { name: 'pump', about: '', of: { output: 'pump.pressure' }, threshold: 1 };
    const failures = [worn('tool.1'), worn('tool.2'), worn('tool.9'), other];
    expect(of(jobFor(steady(1), { failures })).failures.map(({ failure }) => failure)).toEqual(['tool.2']);
  });

  it('goes by the threshold that is asked', () => {
    const machine = steady(5);
    const at = (threshold: number) =>
      of(knowing(jobFor(machine, { failures: [{ ...bearing, threshold }] }))).failures[0]!;
    expect(at(0.4).hours.p50 / at(0.8).hours.p50).toBeCloseTo((0.4 - 0.3) / (0.8 - 0.3), 1);
    expect(at(0.2).hours).toEqual({ p10: 0, p50: 0, p90: 0 });
    expect(at(0.4).threshold).toBe(0.4);
  });

  it('without any load sees nothing come, of wear', () => {
    const machine = newMachine(motor);
    for (const empty of [
      jobFor(machine),
      jobFor(machine, { load: { blockS: 600, stepS: 10, blocks: [] } }),
    ]) {
      const { failures, limiting, level, notes, loadHours } = forecastRisk(empty);
      expect(failures.find(({ failure }) => failure === 'bearing-worn')).toMatchObject({
        probability: 0,
        hours: { p10: Number.POSITIVE_INFINITY, p50: Number.POSITIVE_INFINITY },
      });
      expect([limiting, level, loadHours]).toEqual([undefined, 'low', 0]);
      expect(notes[0]).toMatch(/no load was seen/);
    }
    run(machine, 3, () => ({ 'axis.speed': 0 }));
    expect(forecastRisk(jobFor(machine)).notes.join()).toMatch(/no work was seen/);
  });

  it('makes do with one block', () => {
    const machine = newMachine(motor);
    run(machine, 0.15, () => ({ 'axis.speed': 200, 'axis.load': 60 }));
    const risk = forecastRisk(jobFor(machine));
    expect(risk.loadHours).toBeLessThan(0.2);
    const { hours } = risk.failures.find(({ failure }) => failure === 'bearing-worn')!;
    expect(hours.p90 / hours.p10).toBeGreaterThan(3);
    expect(risk.notes.join()).toMatch(/less than a day/);
  });

  it('is made of numbers, whatever is in the job', () => {
    const machine = newMachine(mill, {}, { dtS: 5 });
    run(machine, 1, () => ({ 'spindle.speed': 3000, 'cut.feed': 600, 'cut.depth': 2, 'cut.width': 5 }), 5);
    const job = jobFor(machine, { particles: 200 });
    const random = newRandom(3);
    for (let round = 0; round < 9; round++) {
      const spoilt = (value: number) =>
        random.uniform() < 0.2 ? [Number.NaN, 1e300, -1, 0][round % 4]! : value;
      const state = Object.fromEntries(
        Object.entries(job.memory.state).map(([name, v]) => [name, spoilt(v)]),
      );
      const parameters = Object.fromEntries(
        Object.entries(job.memory.parameters).filter(() => random.uniform() < 0.9),
      );
      const blocks = job.load.blocks.map((block) => ({
        ...block,
        used: block.used.map(spoilt),
        peak: block.peak.map(spoilt),
        seen: spoilt(block.seen),
      }));
      const sigma = { 'cut.kc': spoilt(100), 'winding.rth': spoilt(0.1) };
      const risk = forecastRisk({
        ...job,
        memory: { ...job.memory, state, parameters, sigma },
        load: { ...job.load, blocks },
        horizonH: [24, 0.2, 500][round % 3]!,
      });
      for (const { probability, hours, curve, failure } of risk.failures) {
        expect(probability, failure).toBeGreaterThanOrEqual(0);
        expect(probability, failure).toBeLessThanOrEqual(1);
        for (const each of [hours.p10, hours.p50, hours.p90, ...curve]) expect(each, failure).not.toBeNaN();
        expect(hours.p10).toBeLessThanOrEqual(hours.p50);
      }
      expect(risk.probability).not.toBeNaN();
    }
  });

  it('knows shifts and days of rest once it has seen them', () => {
    const machine = newMachine(wearing, { 'tool.base': 1 / (200 * 3600) }, { dtS: 60 });
    // Two weeks: eight hours a day from six, Saturdays and Sundays off. It ends on a Monday at midnight.
    const works = (t: number) => {
      const hour = (t / 3_600_000) % 24;
      const weekday = new Date(t).getUTCDay();
      return hour >= 6 && hour < 14 && weekday > 0 && weekday < 6;
    };
    run(machine, 14 * 24, (t) => ({ load: works(t) ? 1 : 0, tool: 3 }), 60);
    expect(new Date(machine.timeMs).getUTCDay()).toBe(1);
    const left = (hoursOfWork: number) => {
      machine.twin.state[2] = 0.79 - hoursOfWork / 200;
      const wear = { ...memoryOf(machine.watch) };
      wear['component tool.3'] = wear['component tool.3']!.map((v, i) => (i >= 6 ? 0 : v));
      const job = knowing(jobFor(machine, { failures: [{ ...worn('tool.3'), threshold: 0.79 }] }));
      return of(knowing({ ...job, memory: { ...job.memory, wear } })).failures[0]!.hours;
    };
    // Four hours of work are done on Monday at ten; twelve on Tuesday; forty-four on the Monday after.
    expect(left(4).p50).toBeGreaterThan(9.3);
    expect(left(4).p50).toBeLessThan(10.7);
    expect(left(12).p50).toBeGreaterThan(24 + 9);
    expect(left(12).p50).toBeLessThan(24 + 11);
    expect(left(44).p50).toBeGreaterThan(7 * 24 + 8);
    expect(left(44).p50).toBeLessThan(7 * 24 + 12);
    expect(mondayMs).toBeLessThan(machine.timeMs);
  });
});
