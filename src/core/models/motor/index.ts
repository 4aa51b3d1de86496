// A motor drive: one axis with a load, the heat of the motor in two nodes, the wear of its bearing. The equations are
// in the files of the parts; what is here puts them together.
import type { CalibrationSpec, Model } from '../../model.ts';
import { bearingState, bearingWear } from '../bearing-life.ts';
import {
  axisInputs,
  axisOutput,
  axisParameterCount,
  axisParameters,
  axisRpm,
  axisState,
  changeS,
  currentA,
  gearOf,
  inertiaNm,
  stands,
  steadyNm,
  withinSpeed,
} from './axis.ts';
import { failures } from './failures.ts';
import {
  ambient,
  currentMaxOf,
  heatOutputs,
  heatParameterCount,
  heatParameters,
  heatStates,
  stepHeat,
} from './heat.ts';
import { limits } from './limits.ts';
import { wearParameters, wornBearing } from './wear.ts';

// Where each block starts, in the order of the specs below.
const p = { axis: 0, heat: axisParameterCount, wear: axisParameterCount + heatParameterCount } as const;
const u = { speed: 0, load: 1, ambient: 2 } as const;
const x = { speed: 0, temp: 1, bearing: 3, behaviour: 4, runningS: 5 } as const;
const y = { current: 0, temp: 1 } as const;

const behaviours = ['idle', 'running'] as const;

const calibration: readonly CalibrationSpec[] = [
  {
    name: 'axis',
    method: 'rls',
    outputs: ['axis.current'],
    parameters: ['axis.inertia', 'axis.coulomb', 'axis.viscous'],
    when: [{ input: 'axis.speed', atLeast: 5 }],
  },
  {
    name: 'heat',
    method: 'ekf',
    outputs: heatOutputs.map(({ name }) => name),
    states: heatStates.map(({ name }) => name),
    parameters: ['winding.capacity', 'winding.rth', 'frame.capacity', 'frame.rth'],
    rest: { input: 'ambient.temp', when: [{ input: 'axis.speed', atMost: 1 }] },
  },
];

export const motor: Model = {
  id: 'motor',
  version: '0.1.0',
  inputs: [...axisInputs, ambient],
  outputs: [axisOutput, ...heatOutputs],
  states: [
    ...[axisState, ...heatStates, bearingState],
    { name: 'behaviour', unit: '', initial: 0 },
    { name: 'runningS', unit: 's', initial: 0, persistent: true },
  ],
  parameters: [...axisParameters, ...heatParameters, ...wearParameters],
  wear: [bearingWear],
  calibration,
  behaviour: { state: 'behaviour', names: behaviours },
  counters: [{ name: 'running', state: 'runningS', unit: 's', about: 'Time in which the motor turned' }],
  failures,
  limits,
  step(params, state, input, dtS, output) {
    const before = withinSpeed(params, p.axis, state[x.speed]!);
    const rpm = axisRpm(params, p.axis, before, input[u.speed]!, dtS);
    state[x.speed] = rpm;
    const turns = !stands(before, rpm);
    let current = 0;
    let meanSquare = 0;
    if (turns) {
      const most = currentMaxOf(params, p.heat);
      const overS = changeS(params, p.axis, rpm - before, dtS);
      const steady = steadyNm(params, p.axis, rpm, input[u.load]!);
      const changing = overS > 0 ? inertiaNm(params, p.axis, rpm - before, overS) : 0;
      const full = currentA(params, p.axis, steady + changing, most);
      current = overS < dtS ? currentA(params, p.axis, steady, most) : full;
      meanSquare = current * current + ((full * full - current * current) * overS) / dtS;
      const meanRpm = Math.abs(rpm - ((rpm - before) * overS) / (2 * dtS));
      const motorRpm = meanRpm * gearOf(params, p.axis);
      state[x.bearing] = wornBearing(params, p.wear, state[x.bearing]!, motorRpm, steady, dtS);
      state[x.runningS] = state[x.runningS]! + dtS;
    }
    stepHeat(params, p.heat, state, x.temp, meanSquare, input[u.ambient]!, dtS);
    state[x.behaviour] = turns ? 1 : 0;
    output[y.current] = current;
    output[y.temp] = state[x.temp]!;
    output[y.temp + 1] = state[x.temp + 1]!;
  },
};
