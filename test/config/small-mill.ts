// A small model of our own, so that these tests do not move when the mill does.
import type { ModelCatalog } from '../../src/config/cross-check.ts';
import type { Model, SignalSpec } from '../../src/core/model.ts';

const signal = (name: string, unit: string, initial = 0): SignalSpec => ({
  name,
  unit,
  about: name,
  align: 'linear',
  initial,
});

const smallMill: Model = {
  id: 'mill',
  version: '0',
  inputs: [signal('spindle.speed', 'rpm'), signal('ambient.temp', 'degC', 22)],
  outputs: [signal('spindle.current', 'A'), signal('spindle.windingTemp', 'degC', 22)],
  states: [],
  parameters: [
    {
      name: 'winding.rth',
      unit: 'K/W',
      about: 'Thermal resistance of the winding',
      value: 0.2,
      min: 0.001,
      max: 10,
      priorSigma: 0.05,
    },
  ],
  step: () => undefined,
};

export const smallCatalog: ModelCatalog = new Map([['mill', smallMill]]);
