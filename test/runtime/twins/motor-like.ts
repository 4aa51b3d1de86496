// The smallest model there can be: two parameters, one state, nothing that moves.
import type { Model } from '../../../src/core/model.ts';

export const motorLike: Model = {
  id: 'motor-like',
  version: '1',
  inputs: [],
  outputs: [],
  states: [{ name: 'turned', unit: 'rad', initial: 0 }],
  parameters: [
    { name: 'mass', unit: 'kg', about: '', value: 10, min: 1, max: 100, priorSigma: 1 },
    { name: 'friction', unit: 'N', about: '', value: 1, min: 0, max: 10, priorSigma: 1 },
  ],
  step() {},
};
