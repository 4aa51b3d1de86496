// The milling machine: three axes, a spindle with cutting power, and the heat of its winding.
import type { Model } from '../../model.ts';
import { axisCurrent, axisInput, axisOutput, axisParameterCount, axisParameters, axisState } from './axis.ts';
import {
  cuttingPowerW,
  kcOffset,
  spindleCurrent,
  spindleInputs,
  spindleOutput,
  spindleParameterCount,
  spindleParameters,
  spindleState,
} from './spindle.ts';
import { ambientInput, windingOutput, windingParameters, windingState, windingTemp } from './thermal.ts';

const axes = ['x', 'y', 'z'] as const;

// Where each block starts, in the order of the specs below.
const spindleP = 3 * axisParameterCount;
const kcP = spindleP + kcOffset;
const windingP = spindleP + spindleParameterCount;
const u = { axis: 0, speed: 3, feed: 4, depth: 5, width: 6, ambient: 7 } as const;
const x = { axis: 0, speed: 3, winding: 4 } as const;
const y = { axis: 0, spindle: 3, winding: 4 } as const;

export const mill: Model = {
  id: 'mill',
  version: '0.1.0',
  inputs: [...axes.map(axisInput), ...spindleInputs, ambientInput],
  outputs: [...axes.map(axisOutput), spindleOutput, windingOutput],
  states: [...axes.map(axisState), spindleState, windingState],
  parameters: [...axes.flatMap(axisParameters), ...spindleParameters, ...windingParameters],
  step(params, state, input, dtS, output) {
    for (let axis = 0; axis < 3; axis++) {
      const v = input[u.axis + axis]!;
      output[y.axis + axis] = axisCurrent(params, axis * axisParameterCount, state[x.axis + axis]!, v, dtS);
      state[x.axis + axis] = v;
    }
    const rpm = input[u.speed]!;
    const powerW = cuttingPowerW(params[kcP]!, input[u.feed]!, input[u.depth]!, input[u.width]!);
    const current = spindleCurrent(params, spindleP, state[x.speed]!, rpm, powerW, dtS);
    state[x.speed] = rpm;
    const temp = windingTemp(params, windingP, state[x.winding]!, current, input[u.ambient]!, dtS);
    state[x.winding] = temp;
    output[y.spindle] = current;
    output[y.winding] = temp;
  },
};
