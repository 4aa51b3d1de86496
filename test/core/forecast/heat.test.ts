import { describe, expect, it } from 'vitest';
import { noCalendar } from '../../../src/core/forecast/calendar.ts';
import { type Heat, heatOf } from '../../../src/core/forecast/heat.ts';
import { drawHeat, type HeatWalk, newWalk, walkHeat } from '../../../src/core/forecast/heat-walk.ts';
import type { ForecastJob } from '../../../src/core/forecast/job.ts';
import { newRandom } from '../../../src/core/forecast/random.ts';
import { forecastRisk } from '../../../src/core/forecast/risk.ts';
import { addRun, newRuns, type Runs } from '../../../src/core/forecast/runs.ts';
import { lookAt } from '../../../src/core/forecast/seen-load.ts';
import { drawWorld, prospectOf } from '../../../src/core/forecast/world.ts';
import type { Model } from '../../../src/core/model.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { jobFor, mondayMs, newMachine, run, sure } from './machine.ts';

const hourMs = 3_600_000;
const minute = (t: number) => Math.floor((t - mondayMs) / 60_000);

/** Parts of seven minutes, of which a heavier kind is made every other hour. */
const milling = (t: number) => {
  const heavy = minute(t) % 120 < 60;
  const cuts = minute(t) % 7 < 5;
  return {
    'spindle.speed': cuts ? 5000 : 0,
    'cut.feed': cuts ? 1200 : 0,
    'cut.depth': cuts ? (heavy ? 3 : 1.5) : 0,
    'cut.width': cuts ? 8 : 0,
    'tool.number': 2,
    'ambient.temp': 24,
  };
};
const driving = (t: number) => ({
  'axis.speed': minute(t) % 9 < 7 ? 240 : 0,
  'axis.load': minute(t) % 90 < 45 ? 32 : 22,
});

/** The model itself, through the inputs of blocks, one after another: the truth that forecasts save themselves. */
function brute(
  model: Model,
  job: ForecastJob,
  order: readonly number[],
  parameters: Float64Array,
  output: string,
) {
  const state = Float64Array.from(model.states, ({ name }) => job.memory.state[name]!);
  const y = new Float64Array(model.outputs.length);
  const o = model.outputs.findIndex(({ name }) => name === output);
  const width = model.inputs.length;
  const direct = model.states.findIndex(({ name }) => name === model.outputs[o]!.observes!.state);
  const ends: number[] = [];
  const peaks = order.map((b) => {
    let peak = Number.NEGATIVE_INFINITY;
    const { inputs } = job.load.blocks[b]!;
    for (let r = 0; r < 60; r++) {
      model.step(parameters, state, Float64Array.from(inputs.subarray(r * width, (r + 1) * width)), 10, y);
      peak = Math.max(peak, y[o]!);
    }
    ends.push(state[direct]!);
    return peak;
  });
  return { peaks, ends };
}

function oneRun(runs: Runs, window: number, start: number, length: number): void {
  runs.count = 0;
  addRun(runs, 0, window, start, length, 1);
}

/** The parameters of the future at hand. */
function drawnOf(heat: Heat, walk: HeatWalk, model: Model, job: ForecastJob): Float64Array {
  const parameters = Float64Array.from(model.parameters, ({ name }) => job.memory.parameters[name]!);
  heat.drawn.forEach((p, k) => {
    parameters[p] = heat.value[k]! + walk.shift[heat.carried + heat.worn.length + k]!;
  });
  return parameters;
}

/** Around the clock. */
const on = new Uint8Array(36).fill(1);

describe('temperatures of a future', () => {
  for (const [model, load, output, hot] of [
    [mill, milling, 'spindle.windingTemp', { 'winding.temp': 75, 'housing.temp': 45 }],
    [motor, driving, 'motor.windingTemp', { 'winding.temp': 80, 'frame.temp': 60 }],
  ] as const) {
    it(`of a ${model.id} are those of the model itself, from any start and with other parameters`, () => {
      const machine = newMachine(model);
      run(machine, 8, load, 2);
      const job = jobFor(machine, { failures: [{ name: 'hot', about: '', of: { output }, threshold: 1e6 }] });
      const memory = {
        ...job.memory,
        state: { ...job.memory.state, ...hot },
        sigma: {
          ...sure(model),
          'winding.rth': 0.06,
          'winding.capacity': 20,
          ...(model === mill ? { 'housing.rth': 0.03 } : { 'frame.rth': 0.07 }),
        },
      };
      const asked = { ...job, memory };
      const seen = lookAt(job.load, new Float64Array(model.wear!.length).fill(1));
      const heat = { ...heatOf(asked, model, seen)! };
      heat.drift.fill(0);
      heat.driftSigma.fill(0);
      const random = newRandom(5);
      const order = Array.from({ length: 30 }, () => Math.floor(random.uniform() * 47));
      const world = { ...drawWorld(prospectOf(seen), job.timeMs, random), calendar: noCalendar(seen) };
      const at = { ...world, work: prospectOf(seen).all };
      const runs = newRuns(30);
      for (const block of order) addRun(runs, 0, seen.source.length, block, 1, 1);
      for (let particle = 0; particle < 4; particle++) {
        const walk = newWalk(heat, 30);
        drawHeat(walk, false, random);
        expect(heat.sigma.length).toBe(3);
        walkHeat(
          heat,
          walk,
          { world: at, on, runs, seen, wearTimes: new Float64Array(99), wearNow: new Float64Array(99) },
          () => {},
        );
        const { ends } = brute(model, asked, order, drawnOf(heat, walk, model, job), output);
        const end = walk.x[heat.failures[0]!.direct]!;
        expect(Math.abs(end - ends.at(-1)!)).toBeLessThan(0.03 * (ends.at(-1)! - 22) + 0.2);
      }
    });
  }

  it('pass a threshold when the model itself does, future by future', () => {
    const machine = newMachine(motor);
    run(machine, 12, driving, 2);
    const threshold = 1.015 * Math.max(...jobFor(machine).load.blocks.map(({ peak }) => peak[1]!));
    const sigma = { ...sure(motor), 'winding.rth': 0.03, 'frame.rth': 0.05 };
    const failures = [{ name: 'winding-hot', about: '', of: { output: 'motor.windingTemp' }, threshold }];
    const job = jobFor(machine, { failures });
    const asked = { ...job, memory: { ...job.memory, sigma } };
    const seen = lookAt(job.load, Float64Array.of(1));
    const heat = heatOf(asked, motor, seen)!;
    heat.drift.fill(0);
    heat.driftSigma.fill(0);
    const random = newRandom(11);
    const prospect = prospectOf(seen);
    const world = {
      ...drawWorld(prospect, job.timeMs, random),
      calendar: noCalendar(seen),
      work: prospect.all,
    };
    const [walk, runs] = [newWalk(heat, 36), newRuns(36)];
    const empty = new Float64Array(1);
    const futures = 150;
    let passed = 0;
    let missed = 0;
    const early: number[] = [];
    for (let i = 0; i < futures; i++) {
      oneRun(runs, seen.source.length, Math.floor(random.uniform() * 70), 36);
      drawHeat(walk, false, random);
      let told = false;
      walkHeat(heat, walk, { world, on, runs, seen, wearTimes: empty, wearNow: empty }, () => {
        told = true;
      });
      const order = Array.from({ length: 36 }, (_, b) => (runs.start[0]! + b) % seen.source.length);
      const { peaks } = brute(motor, job, order, drawnOf(heat, walk, motor, job), 'motor.windingTemp');
      const passes = peaks.some((peak) => peak >= threshold);
      if (passes) passed++;
      if (passes && !told) missed++;
      if (told && !passes) early.push(threshold - Math.max(...peaks));
    }
    expect(passed / futures).toBeGreaterThan(0.15);
    expect(passed / futures).toBeLessThan(0.85);
    // Near the threshold it errs to the side of too soon.
    expect(missed).toBeLessThanOrEqual(0.02 * futures);
    expect(Math.max(0, ...early)).toBeLessThan(1);
  });

  it('of a machine that has lost its cooling rise before the model knows why', () => {
    const machine = newMachine(mill);
    run(machine, 6, milling, 2);
    const failures = [
      { name: 'bearing-hot', about: '', of: { output: 'spindle.bearingTemp' }, threshold: 58 },
    ];
    const known = { ...sure(mill) };
    const before = jobFor(machine, { failures });
    const calm = forecastRisk({ ...before, memory: { ...before.memory, sigma: known } });
    expect(calm.failures[0]!.probability).toBeLessThan(0.15);
    // Its sensors draw the twin along; its model still believes in the coolant.
    const truth = newMachine(mill, { 'bearing.coolingRth': 0.25 }, { startMs: machine.timeMs });
    truth.twin.state.set(machine.twin.state);
    const warm = mill.states.flatMap(({ unit }, s) => (unit === 'degC' ? [s] : []));
    for (let at = 0; at < 50; at++) {
      run(machine, 1 / 60, milling, 2);
      run(truth, 1 / 60, milling, 2);
      for (const s of warm) machine.twin.state[s] = truth.twin.state[s]!;
    }
    const after = jobFor(machine, { failures });
    const rising = forecastRisk({ ...after, memory: { ...after.memory, sigma: known } });
    expect(rising.failures[0]!.probability).toBeGreaterThan(0.5);
  });

  it('that is passed already is passed now, and currents are those that were drawn', () => {
    const machine = newMachine(motor);
    run(machine, 6, driving, 2);
    const most = Math.max(...jobFor(machine).load.blocks.map(({ peak }) => peak[0]!));
    const of = { output: 'axis.current' };
    const asked = jobFor(machine, {
      failures: [
        { name: 'now', about: '', of: { output: 'motor.windingTemp' }, threshold: 20 },
        { name: 'usual', about: '', of, threshold: 0.9 * most },
        { name: 'never', about: '', of, threshold: 2.5 * most },
      ],
    });
    const { failures, limiting } = forecastRisk({
      ...asked,
      memory: { ...asked.memory, sigma: sure(motor) },
    });
    expect(failures[0]).toMatchObject({ probability: 1, hours: { p10: 0, p50: 0, p90: 0 } });
    expect(failures[1]!.probability).toBeGreaterThan(0.6);
    expect(failures[2]!.probability).toBeLessThan(0.05);
    expect(failures[2]!.hours.p50).toBe(Number.POSITIVE_INFINITY);
    expect(limiting).toBe('now');
    expect(asked.timeMs - mondayMs).toBe(6 * hourMs);
  });
});
