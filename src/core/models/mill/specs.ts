// What others may know of the mill: what wears, and what can be learnt from which sensors. Data only.
import type { CalibrationSpec, WearSpec } from '../../model.ts';
import { bearingWear } from '../bearing-life.ts';
import { axes } from './axis.ts';
import { heatOutputs, heatStates } from './heat.ts';
import { flankFullUm, flankOutput, toolNames } from './wear-tool.ts';

export const wear: readonly WearSpec[] = [
  { component: 'spindle', state: 'spindle.wear', limit: 0.8, factor: 'wear.spindle.factor' },
  bearingWear,
  ...toolNames.map((name) => ({
    component: name,
    state: `${name}.wear`,
    limit: 1,
    factor: 'wear.tool.factor',
    gauge: { unit: 'µm', full: flankFullUm, output: flankOutput.name },
  })),
];

/** Below this an axis stands, creeps or turns round, and friction is not what it is when it slides. */
const slidingMPerS = 0.005;
const turningRpm = 300;
const standingRpm = 1;

export const calibration: readonly CalibrationSpec[] = [
  ...axes.map(
    (axis): CalibrationSpec => ({
      name: `axis.${axis}`,
      method: 'rls',
      outputs: [`axis.${axis}.current`],
      parameters: ['mass', 'viscous', 'coulomb', 'asymmetry'].map((name) => `axis.${axis}.${name}`),
      when: [
        { input: 'cut.depth', atMost: 0 },
        { input: `axis.${axis}.velocity`, atLeast: slidingMPerS },
      ],
    }),
  ),
  {
    name: 'spindle',
    method: 'rls',
    outputs: ['spindle.current'],
    parameters: ['inertia', 'dragCoulomb', 'dragViscous', 'magnetising'].map((name) => `spindle.${name}`),
    when: [
      { input: 'cut.depth', atMost: 0 },
      { input: 'spindle.speed', atLeast: turningRpm },
    ],
  },
  {
    name: 'cut',
    method: 'rls',
    outputs: ['spindle.current'],
    parameters: ['cut.kc'],
    when: [
      { input: 'cut.depth', atLeast: 0.1 },
      { input: 'cut.width', atLeast: 0.1 },
      { input: 'cut.feed', atLeast: 10 },
      { input: 'spindle.speed', atLeast: turningRpm },
    ],
  },
  {
    name: 'heat',
    method: 'ekf',
    outputs: heatOutputs.map(({ name }) => name),
    states: heatStates.map(({ name }) => name),
    parameters: [
      'winding.capacity',
      'winding.rth',
      'housing.capacity',
      'housing.rth',
      'bearing.capacity',
      'bearing.rth',
      'bearing.coolingRth',
    ],
    rest: { input: 'ambient.temp', when: [{ input: 'spindle.speed', atMost: standingRpm }] },
  },
];
