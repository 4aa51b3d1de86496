// Any model fitted to a recording: a small one of the tests' own, against a truth simulated by Runge-Kutta.
import { describe, expect, test } from 'vitest';
import type { FitAnswer, FitSegment } from '../../../src/core/fit/fit.ts';
import { fitModel } from '../../../src/core/fit/model-fit.ts';
import type { ModelRows } from '../../../src/core/fit/model-rows.ts';
import type { ModelFitOptions } from '../../../src/core/fit/model-unknowns.ts';
import { FitRefusal } from '../../../src/core/fit/refusal.ts';
import type { Model } from '../../../src/core/model.ts';
import { dice } from './dice.ts';
import { evenTime, simulateTruth, workload } from './rk4-network.ts';

const parameter = (name: string, value: number, priorSigma: number): Model['parameters'][number] => ({
  ...{ name, unit: '1', about: name, value, min: value / 20, max: value * 20, priorSigma },
});

/** A motor that draws a current for a load, and warms a winding and a case. Steps of its own, first order in time. */
const motor: Model = {
  id: 'test-motor',
  version: '1',
  inputs: [
    { name: 'load', unit: 'Nm', about: 'Load', align: 'linear', initial: 0 },
    { name: 'coolant', unit: 'degC', about: 'Coolant', align: 'hold', initial: 20 },
    { name: 'clamped', unit: '1', about: 'Brake', align: 'previous', initial: 0, kind: 'enum' },
  ],
  outputs: [
    { name: 'current', unit: 'A', about: 'Current', align: 'linear', initial: 0, sigma: 0.1 },
    {
      ...{ name: 'case.temp', unit: 'degC', about: 'Case', align: 'linear', initial: 20, sigma: 0.3 },
      observes: { state: 'case', gainTauS: 60 },
    },
  ],
  states: [
    { name: 'winding', unit: 'degC', initial: 20 },
    { name: 'case', unit: 'degC', initial: 20 },
    { name: 'lastLoad', unit: 'Nm', initial: 0, follows: 'load' },
  ],
  parameters: [
    parameter('kt', 0.5, 0.1),
    parameter('idle', 1, 0.5),
    parameter('winding.capacity', 200, 100),
    parameter('case.capacity', 1500, 500),
    parameter('winding.rth', 0.5, 0.2),
    parameter('case.rth', 0.6, 0.2),
  ],
  step(p, x, u, dtS, y) {
    const current = u[2] === 1 ? 7 : u[0]! / p[0]! + p[1]!;
    const steps = Math.max(1, Math.ceil(dtS / 0.5));
    for (let k = 0; k < steps; k++) {
      const h = dtS / steps;
      const across = (x[0]! - x[1]!) / p[4]!;
      x[0] = x[0]! + (h / p[2]!) * (0.4 * current * current - across);
      x[1] = x[1]! + (h / p[3]!) * (across - (x[1]! - u[1]!) / p[5]!);
    }
    x[2] = u[0]!;
    y[0] = current;
    y[1] = x[1]!;
  },
};

const truth = {
  ...{
    kt: 0.62,
    idle: 1.4,
    'winding.capacity': 260,
    'case.capacity': 1200,
    'winding.rth': 0.42,
    'case.rth': 0.75,
  },
};
/** The winding is measured by nobody: of its capacity and its resistance one has to be known. */
const heatNames = ['case.capacity', 'winding.rth', 'case.rth'];

/** `rows` of the motor with other parameters, and noise as its sensors have. */
function play(durationS: number, dtS: number, seed: number, startAt = [20, 20]): ModelRows {
  const roll = dice(seed);
  const timeS = evenTime(durationS, dtS);
  const load = workload(roll, durationS, 5, durationS / 50);
  const current = (at: number): number => load(at) / truth.kt + truth.idle;
  const temperatures = simulateTruth(
    {
      capacity: [truth['winding.capacity'], truth['case.capacity']],
      between: [truth['winding.rth']],
      toAmbient: [Number.POSITIVE_INFINITY, truth['case.rth']],
      start: startAt,
      ambient: () => 20,
      heat: (at) => [0.4 * current(at) ** 2, 0],
    },
    timeS,
  );
  return {
    dtS: timeS.map(() => dtS),
    inputs: [timeS.map(load), timeS.map(() => 20), timeS.map(() => 0)],
    outputs: [
      timeS.map((at) => current(at) + 0.1 * roll.normal()),
      temperatures[1]!.map((t) => t + 0.3 * roll.normal()),
    ],
  };
}

function expectFound(answer: FitAnswer, names: readonly string[], share: number): void {
  expect(answer.converged).toBe(true);
  for (const name of names) {
    const found = answer.parameters.find((one) => one.name === name)!;
    const value = truth[name as keyof typeof truth];
    expect(Math.abs(found.value / value - 1), `${name} ${found.value}`).toBeLessThan(share);
    expect(found.low95, name).toBeLessThan(value * 1.01);
    expect(found.high95, name).toBeGreaterThan(value * 0.99);
  }
}

const both = { kt: truth.kt, idle: truth.idle, 'winding.capacity': truth['winding.capacity'] };

describe('parameters of a model come back from a recording', () => {
  test('those that the inputs of the moment show', () => {
    const rows = play(1800, 1, 1);
    const answer = fitModel({ model: motor, rows, parameters: ['kt', 'idle'], outputs: ['current'] });
    expectFound(answer, ['kt', 'idle'], 0.01);
    expect(answer.traces[0]!.fit.rmse).toBeLessThan(0.11);
    expect(answer.model).toBe('test-motor 1');
  });

  test('those of a slow group, one of whose states nobody measures', () => {
    const rows = play(14_400, 2, 2);
    const options = { model: motor, rows, parameters: heatNames, outputs: ['case.temp'], values: both };
    const answer = fitModel({ ...options, startSigma: { case: 1 } });
    expectFound(answer, heatNames, 0.03);
    // Searched on every tenth row first it ends at the same place.
    const quick = fitModel({ ...options, startSigma: { case: 1 }, searchEvery: 10 });
    for (const [j, { value, sigma }] of answer.parameters.entries()) {
      expect(Math.abs(quick.parameters[j]!.value - value)).toBeLessThan(0.05 * sigma);
    }
  });

  test('where the states start, and how far a sensor is off', () => {
    const rows = play(14_400, 2, 3, [31, 27]);
    const outputs = [rows.outputs[0], rows.outputs[1]!.map((t) => t + 1.5)];
    const answer = fitModel({
      ...{
        model: motor,
        rows: { ...rows, outputs },
        parameters: heatNames,
        outputs: ['case.temp'],
        values: both,
      },
      startSigma: { winding: 20, case: 5 },
      offsetSigma: { 'case.temp': 3 },
    });
    expectFound(answer, heatNames, 0.04);
    const named = (name: string): number => answer.parameters.find((one) => one.name === name)!.value;
    expect(Math.abs(named('offset.case.temp') - 1.5)).toBeLessThan(0.3);
    expect(Math.abs(named('start.case') - 27)).toBeLessThan(0.5);
    expect(Math.abs(named('start.winding') - 31)).toBeLessThan(2);
  });

  test('only rows in range teach', () => {
    const rows = play(1800, 1, 4);
    const load = rows.inputs[0]!;
    // A current that is nonsense under a small load.
    const current = rows.outputs[0]!.map((i, row) => (load[row]! < 1 ? 9 : i));
    const options: ModelFitOptions = {
      ...{ model: motor, rows: { ...rows, outputs: [current, undefined] } },
      ...{ parameters: ['kt', 'idle'], outputs: ['current'] },
    };
    expectFound(fitModel({ ...options, when: [{ input: 'load', atLeast: 1 }] }), ['kt', 'idle'], 0.02);
    const misled = fitModel(options).parameters.find(({ name }) => name === 'kt')!;
    expect(Math.abs(misled.value / truth.kt - 1)).toBeGreaterThan(0.1);
  });

  test('wild values are outvoted when it is asked to', () => {
    const rows = play(1800, 1, 5);
    const roll = dice(6);
    const current = rows.outputs[0]!.map((i) => (roll.uniform() < 0.1 ? 80 : i));
    const options = {
      model: motor,
      rows: { ...rows, outputs: [current] },
      parameters: ['kt', 'idle'],
      outputs: ['current'],
    };
    expectFound(fitModel({ ...options, huber: 1.345 }), ['kt', 'idle'], 0.03);
    expect(fitModel(options).parameters[1]!.value).toBeGreaterThan(2 * truth.idle);
  });

  test('what the model believes holds what the data leave open', () => {
    const rows = play(1800, 1, 7);
    const still = { ...rows, inputs: [rows.inputs[0]!.map(() => 2), ...rows.inputs.slice(1)] };
    const outputs = [still.inputs[0]!.map((load) => load / truth.kt + truth.idle)];
    const options = {
      model: motor,
      rows: { ...still, outputs },
      parameters: ['kt', 'idle'],
      outputs: ['current'],
    };
    const answer = fitModel({ ...options, priors: 'model' });
    const [kt, idle] = answer.parameters;
    // Only their sum shows: 4.63 A; the rest is the prior, whose width remains.
    expect(2 / kt!.value + idle!.value).toBeCloseTo(2 / truth.kt + truth.idle, 2);
    expect(kt!.sigma).toBeGreaterThan(0.02);
  });
});

describe('rows as they come', () => {
  test('gaps start anew, missing values are passed over, and the rest is foretold', () => {
    const first = play(40_000, 2, 8);
    const second = play(7200, 2, 9, [40, 35]);
    const count = first.dtS.length;
    const join = (a: Float64Array, b: Float64Array): Float64Array => Float64Array.from([...a, ...b]);
    const dtS = join(first.dtS, second.dtS);
    dtS[count] = 9000;
    const holed = join(first.outputs[1]!, second.outputs[1]!).map((t, row) =>
      row % 3 === 1 ? Number.NaN : t,
    );
    const segments: FitSegment[] = [
      { from: 0, to: 14_000, use: 'fit' },
      { from: 14_000, to: count, use: 'validation' },
      { from: count, to: dtS.length, use: 'validation' },
    ];
    const inputs = first.inputs.map((column, i) => join(column, second.inputs[i]!));
    // A load that was not reported stays as it was.
    inputs[0] = inputs[0]!.map((load, row) => (row % 50 === 7 ? Number.NaN : load));
    const rows = { dtS, inputs, outputs: [undefined, holed], segments };
    const answer = fitModel({
      model: motor,
      rows,
      parameters: heatNames,
      outputs: ['case.temp'],
      values: both,
      startSigma: { case: 1 },
    });
    expectFound(answer, heatNames, 0.05);
    expect(answer.traces[0]!.validation!.samples).toBeGreaterThan(3000);
    // The second recording begins with a winding whose temperature nobody knows.
    expect(answer.traces[0]!.validation!.rmse).toBeLessThan(1);
    const known = answer.traces[0]!.predicted.subarray(14_000, count);
    const misses = known.map((t, k) => t - first.outputs[1]![14_000 + k]!);
    expect(Math.hypot(...misses) / Math.sqrt(misses.length)).toBeLessThan(0.4);
  });

  test('the same rows give the same answer, and the model is left as it was', () => {
    const rows = play(1800, 2, 10);
    const before = JSON.stringify(motor.parameters);
    const values = (): number[] =>
      fitModel({ model: motor, rows, parameters: ['kt'], outputs: ['current'] }).parameters.map(
        (p) => p.value,
      );
    expect(values()).toEqual(values());
    expect(JSON.stringify(motor.parameters)).toBe(before);
  });

  test('refuses what cannot teach', () => {
    const rows = play(600, 1, 11);
    const options = { model: motor, rows, parameters: ['kt', 'idle'], outputs: ['current'] };
    const never = { ...options, when: [{ input: 'load', atLeast: 99 }] };
    expect(() => fitModel(never)).toThrow(FitRefusal);
    expect(() => fitModel(never)).toThrow(/0 of 601 rows teach.*at least 6 are needed/);
    expect(() => fitModel({ ...options, parameters: ['kg'] })).toThrow(/no kg/);
  });
});
