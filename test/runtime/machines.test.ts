import { expect, it } from 'vitest';
import { mill } from '../../src/core/models/mill/index.ts';
import { createFeeds, setUpMachine } from '../../src/runtime/machines.ts';

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

it('a tag of history feeds what it feeds live, in the unit it had then', () => {
  const mapped = (tag: string) => ({ source: 'shop', tag, staleMs: 1000, missingMs: 2000 });
  const signals = new Map([
    ['spindle.speed', mapped('drive')],
    ['spindle.current', mapped('amps')],
  ]);
  const extra = new Map([['load', { ...mapped('amps'), unit: 'mA', about: '' }]]);
  const feeds = createFeeds([{ ...plan(100), signals, extra }]);
  const speed = { machine: 'm', signal: 'spindle.speed' };
  expect(feeds('shop', 'drive', 'rpm')).toEqual([{ ...speed, scale: 1, offset: 0 }]);
  expect(feeds('shop', 'drive', 'Hz')).toEqual([{ ...speed, scale: 60, offset: 0 }]);
  expect(feeds('shop', 'drive', '')).toEqual([{ ...speed, scale: 1, offset: 0 }]);
  expect(feeds('shop', 'amps', 'A')).toEqual([
    { machine: 'm', signal: 'spindle.current', scale: 1, offset: 0 },
    { machine: 'm', signal: 'load', scale: 1000, offset: 0 },
  ]);
  // What cannot be turned into it was not fed live either.
  expect(feeds('shop', 'drive', 'degC')).toEqual([]);
  expect(feeds('hall', 'drive', 'rpm')).toEqual([]);
});
