// Any model fitted to a recording: a small one of the tests' own, against a truth simulated by Runge-Kutta.
import { describe, expect, test } from 'vitest';
import type { FitSegment } from '../../../src/core/fit/fit.ts';
import { fitModel } from '../../../src/core/fit/model-fit.ts';
import type { ModelFitOptions } from '../../../src/core/fit/model-unknowns.ts';
import { FitRefusal } from '../../../src/core/fit/refusal.ts';
import { dice } from './dice.ts';
import { both, expectFound, heatNames, motor, play, truth } from './test-motor.ts';

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
