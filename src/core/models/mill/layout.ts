// Where each block of the mill's numbers starts, in the order of the specs in index.ts. Constants only.
import { axisParameterCount } from './axis.ts';
import { cutParameterCount } from './cut.ts';
import { heatParameterCount } from './heat.ts';
import { spindleParameterCount } from './spindle.ts';
import { bearingParameterCount } from './wear-bearing.ts';
import { wearLoadParameterCount } from './wear-load.ts';
import { spindleWearParameterCount } from './wear-spindle.ts';
import { toolParameterCount, toolsMax } from './wear-tool.ts';

const spindle = 3 * axisParameterCount;
const cut = spindle + spindleParameterCount;
const heat = cut + cutParameterCount;
const power = heat + heatParameterCount;
const wearLoad = power + 2;
const wearSpindle = wearLoad + wearLoadParameterCount;
const wearBearing = wearSpindle + spindleWearParameterCount;
const wearTool = wearBearing + bearingParameterCount;

/** Parameters. */
export const p = {
  axis: 0,
  spindle,
  cut,
  heat,
  standby: power,
  supply: power + 1,
  wearLoad,
  wearSpindle,
  wearBearing,
  wearTool,
  quiet: wearTool + toolParameterCount,
} as const;

/** Inputs. */
export const u = {
  axis: 0,
  speed: 3,
  feed: 4,
  depth: 5,
  width: 6,
  ambient: 7,
  toolNumber: 8,
  toolDiameter: 9,
  toolTeeth: 10,
  toolReplaced: 11,
  machine: 12,
} as const;

/** States. */
export const x = {
  axis: 0,
  speed: 3,
  temp: 4,
  spindleWear: 7,
  bearingWear: 8,
  toolWear: 9,
  toolReplaced: 10 + toolsMax,
  behaviour: 11 + toolsMax,
  turned: 18 + toolsMax,
} as const;

/** Outputs. */
export const y = { axis: 0, spindle: 3, temp: 4, power: 7, flank: 8 } as const;
