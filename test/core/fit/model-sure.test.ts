// Intervals of a fitted model hold the truth as often as they say, for what the fit does not know.
import { describe, expect, test } from 'vitest';
import { fitModel } from '../../../src/core/fit/model-fit.ts';
import type { ModelRows } from '../../../src/core/fit/model-rows.ts';
import type { ModelFitOptions } from '../../../src/core/fit/model-unknowns.ts';
import { dice } from './dice.ts';
import { both, expectFound, heatNames, motor, play, truth } from './test-motor.ts';

/** Of a load that comes back again and again, and a current that is not quite what the model says. */
function misfit(seed: number, excess: (load: number, atS: number) => number): ModelRows {
  const roll = dice(seed);
  const load = Float64Array.from({ length: 3000 }, (_, row) => 2.5 + 2 * Math.sin(row / 40));
  const current = load.map((l, row) => l / truth.kt + truth.idle + excess(l, row) + 0.1 * roll.normal());
  const none = load.map(() => 0);
  return { dtS: load.map(() => 1), inputs: [load, none.map(() => 20), none], outputs: [current, undefined] };
}

/** In how many of so many recordings the truth is in the interval, of both parameters together. */
function coverage(
  count: number,
  rowsOf: (seed: number) => ModelRows,
  options: Partial<ModelFitOptions>,
): number {
  let covered = 0;
  for (let seed = 1; seed <= count; seed++) {
    const { parameters } = fitModel({
      ...{ model: motor, rows: rowsOf(seed), parameters: ['kt', 'idle'], outputs: ['current'] },
      ...options,
    });
    for (const { name, low95, high95 } of parameters) {
      const value = truth[name as keyof typeof truth];
      if (low95 <= value && value <= high95) covered++;
    }
  }
  return covered / (2 * count);
}

describe('intervals hold for what a fit does not know', () => {
  test('noise that forgets slowly, with sensors that are exact', () => {
    const drifting = (seed: number): ModelRows => {
      const roll = dice(1000 + seed);
      let drift = 0;
      return misfit(seed, () => {
        drift = 0.99 * drift + 0.03 * roll.normal();
        return drift;
      });
    };
    const share = coverage(40, drifting, { gainSigma: 0 });
    expect(share).toBeGreaterThanOrEqual(0.9);
    expect(share).toBeLessThanOrEqual(0.995);
  });

  test('a sensor whose gain nobody told', () => {
    const off = (seed: number): ModelRows => {
      const gain = 1 + 0.01 * dice(500 + seed).normal();
      const rows = misfit(seed, () => 0);
      return { ...rows, outputs: [rows.outputs[0]!.map((i) => gain * i), undefined] };
    };
    const share = coverage(40, off, {});
    expect(share).toBeGreaterThanOrEqual(0.9);
    expect(share).toBeLessThanOrEqual(0.99);
    expect(coverage(40, off, { gainSigma: 0 })).toBeLessThan(0.6);
  });

  test('a model that misses the same way each time the load comes back', () => {
    const bent = (seed: number): ModelRows => {
      const roll = dice(300 + seed);
      const [first, second] = [7 * roll.uniform(), 7 * roll.uniform()];
      return misfit(seed, (load) => 0.1 * (Math.sin(5 * load + first) + Math.sin(9 * load + second)));
    };
    expect(coverage(40, bent, { gainSigma: 0 })).toBeGreaterThanOrEqual(0.9);
  });

  test('a value that is given and may be wrong', () => {
    const options = { model: motor, rows: misfit(3, () => 0), parameters: ['kt'], outputs: ['current'] };
    const values = { idle: truth.idle + 0.2 };
    const sure = fitModel({ ...options, values }).parameters[0]!;
    expect(sure.low95).toBeGreaterThan(truth.kt);
    const doubting = fitModel({ ...options, values, givenSigma: { idle: 0.2, 'case.rth': 1 } })
      .parameters[0]!;
    expect(doubting.value).toBe(sure.value);
    expect(doubting.low95).toBeLessThan(truth.kt);
  });

  test('a thermometer that is off, though nobody said so', () => {
    const rows = play(14_400, 2, 12);
    const outputs = [undefined, rows.outputs[1]!.map((t) => t + 0.15)];
    const options = {
      ...{ model: motor, rows: { ...rows, outputs }, parameters: heatNames, outputs: ['case.temp'] },
      values: both,
    };
    const answer = fitModel(options);
    expectFound(answer, heatNames, 0.03);
    const offset = answer.parameters.find(({ name }) => name === 'offset.case.temp')!;
    expect(offset.low95).toBeLessThan(0.15);
    expect(offset.high95).toBeGreaterThan(0.15);
    const exact = fitModel({ ...options, offsetSigma: { 'case.temp': 0 } });
    expect(exact.parameters.map(({ name }) => name)).toEqual(heatNames);
  });

  test('what is not told apart is said, and stays near what was expected', () => {
    const rows = play(900, 1, 13);
    const options = {
      ...{ model: motor, rows, outputs: ['case.temp'], values: { kt: truth.kt, idle: truth.idle } },
      parameters: ['winding.capacity', 'case.capacity', 'winding.rth', 'case.rth'],
    };
    const answer = fitModel({ ...options, priors: 'model' });
    const rth = answer.parameters.find(({ name }) => name === 'case.rth')!;
    // In a quarter of an hour nothing has reached the ambient: 0.6 ± 0.2 were expected.
    expect(Math.abs(rth.value - 0.6)).toBeLessThan(0.2);
    expect(rth.low95).toBeLessThan(truth['case.rth']);
    expect(rth.high95).toBeGreaterThan(truth['case.rth']);
    expect(answer.warnings.join('\n')).toMatch(/case\.rth is not told apart by this data: .* expected/);
  });
});
