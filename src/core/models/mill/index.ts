// The milling machine: three axes, a spindle that cuts, the heat of it, what wears, and what it is doing.
// The order of the specs here is what layout.ts counts; the equations are in the files of the parts.
import type { Model } from '../../model.ts';
import { bearingState } from '../bearing-life.ts';
import { axes, axisInput, axisOutput, axisParameters, axisState } from './axis.ts';
import { behaviour, behaviourParameters, behaviourStates, counters, machineInputs } from './behaviour.ts';
import { cutInputs, cutParameters, toolInputs, toolSeenState } from './cut.ts';
import { failures } from './failures.ts';
import { ambient, heatOutputs, heatParameters, heatStates } from './heat.ts';
import { limits } from './limits.ts';
import { powerOutput, powerParameters } from './power.ts';
import { calibration, wear } from './specs.ts';
import { spindleInput, spindleOutput, spindleParameters, spindleState } from './spindle.ts';
import { stepMill } from './step.ts';
import { bearingParameters } from './wear-bearing.ts';
import { wearLoadParameters } from './wear-load.ts';
import { spindleTurnedState, spindleWearParameters, spindleWearState } from './wear-spindle.ts';
import { flankOutput, toolParameters, toolStates } from './wear-tool.ts';

export const mill: Model = {
  id: 'mill',
  version: '0.2.0',
  inputs: [...axes.map(axisInput), spindleInput, ...cutInputs, ambient, ...toolInputs, ...machineInputs],
  outputs: [...axes.map(axisOutput), spindleOutput, ...heatOutputs, powerOutput, flankOutput],
  states: [
    ...axes.map(axisState),
    ...[spindleState, ...heatStates, spindleWearState, bearingState, ...toolStates],
    toolSeenState,
    ...behaviourStates,
    spindleTurnedState,
  ],
  parameters: [
    ...axes.flatMap(axisParameters),
    ...[...spindleParameters, ...cutParameters, ...heatParameters, ...powerParameters],
    ...[...wearLoadParameters, ...spindleWearParameters, ...bearingParameters, ...toolParameters],
    ...behaviourParameters,
  ],
  wear,
  calibration,
  behaviour,
  counters,
  limits,
  failures,
  step: stepMill,
};
