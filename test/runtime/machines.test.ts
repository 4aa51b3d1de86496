import { expect, it } from 'vitest';
import { mill } from '../../src/core/models/mill/index.ts';
import { setUpMachine } from '../../src/runtime/machines.ts';

const plan = (lagMs: number) => ({
  id: 'm',
  model: mill,
  lagMs,
  parameters: { 'spindle.kt': 0.7 },
  signals: new Map(),
});

it.each([
  [100, 100, 100],
  [150, 100, 200],
  [100, 1000, 1000],
  [0, 100, 0],
])(
  'a lag of %i ms at a period of %i is %i: frames lie on the ticks, and the true lag is told',
  (lagMs, periodMs, told) => {
    expect(setUpMachine(plan(lagMs), periodMs).layout.lagMs).toBe(told);
  },
);

it('the parameters of the configuration stand in the layout, the others are the model’s', () => {
  const { layout } = setUpMachine(plan(100), 100);
  const at = (name: string) => layout.parameters[mill.parameters.findIndex((spec) => spec.name === name)];
  expect([at('spindle.kt'), at('spindle.inertia')]).toEqual([0.7, 0.02]);
});
