// A motor that tests fit: a model of their own, and recordings of it from a simulator that is not the model. No test of
// its own.
import { expect } from 'vitest';
import type { FitAnswer } from '../../../src/core/fit/fit.ts';
import type { ModelRows } from '../../../src/core/fit/model-rows.ts';
import type { Model } from '../../../src/core/model.ts';
import { dice } from './dice.ts';
import { evenTime, simulateTruth, workload } from './rk4-network.ts';

const parameter = (name: string, value: number, priorSigma: number): Model['parameters'][number] => ({
  ...{ name, unit: '1', about: name, value, min: value / 20, max: value * 20, priorSigma },
});

/** A motor that draws a current for a load, and warms a winding and a case. Steps of its own, first order in time. */
export const motor: Model = {
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

export const truth = {
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
export const heatNames = ['case.capacity', 'winding.rth', 'case.rth'];

/** `rows` of the motor with other parameters, and noise as its sensors have. */
export function play(durationS: number, dtS: number, seed: number, startAt = [20, 20]): ModelRows {
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

export function expectFound(answer: FitAnswer, names: readonly string[], share: number): void {
  expect(answer.converged).toBe(true);
  for (const name of names) {
    const found = answer.parameters.find((one) => one.name === name)!;
    const value = truth[name as keyof typeof truth];
    expect(Math.abs(found.value / value - 1), `${name} ${found.value}`).toBeLessThan(share);
    expect(found.low95, name).toBeLessThan(value * 1.01);
    expect(found.high95, name).toBeGreaterThan(value * 0.99);
  }
}

export const both = { kt: truth.kt, idle: truth.idle, 'winding.capacity': truth['winding.capacity'] };
