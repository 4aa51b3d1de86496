// The heat of the motor: its winding, its frame, and the ambient.
//
//   Cw·dTw/dt = I²R(1 + α(Tw − 25)) − (Tw − Tf)/Rw
//   Cf·dTf/dt = (Tw − Tf)/Rw − (Tf − Ta)/Rf
//
// Linear while the current and the ambient hold, and so solved exactly for any step (affine.ts).
import type { ParameterSpec } from '../../model.ts';
import { advance, newAffine } from '../affine.ts';
import {
  ambientInput,
  heatOutput,
  heatState,
  possibleAmbient,
  possibleHeat,
  referenceC,
} from '../heat-node.ts';
import { table } from '../table.ts';

const at = {
  resistance: 0,
  alpha: 1,
  capacity: 2,
  rth: 3,
  frameCapacity: 4,
  frameRth: 5,
  currentMax: 6,
} as const;
export const heatParameterCount = 7;

export const heatParameters: readonly ParameterSpec[] = [
  ...table('winding.', [
    ['resistance', 'ohm', 'Resistance of the winding at 25 °C', 0.4, 0.001, 100, 0.1],
    ['alpha', '1/K', 'Temperature coefficient of copper', 0.00393, 0, 0.01, 0.0001],
    ['capacity', 'J/K', 'Heat capacity of the winding', 400, 1, 1e6, 100],
    ['rth', 'K/W', 'Thermal resistance from the winding to the frame', 0.5, 0.001, 100, 0.15],
  ]),
  ...table('frame.', [
    ['capacity', 'J/K', 'Heat capacity of the frame', 2500, 1, 1e7, 600],
    ['rth', 'K/W', 'Thermal resistance from the frame to the ambient', 0.7, 0.001, 100, 0.2],
  ]),
  ...table('drive.', [['currentMax', 'A', 'Current limit of the drive', 20, 0.1, 1000, 2]]),
];

export const ambient = ambientInput('Temperature of the air around the motor');

const nodes = ['winding', 'frame'] as const;
export const heatOutputs = nodes.map((node) => heatOutput('motor', node, `Temperature of the ${node}`));
export const heatStates = nodes.map(heatState);

export function currentMaxOf(p: Float64Array, p0: number): number {
  return p[p0 + at.currentMax]!;
}

/** Two nodes of three; set before it is read in every step. */
const network = newAffine();

/** Moves the two temperatures, which start at `x0` of the state, by `dtS` under a mean square of the current. */
export function stepHeat(
  p: Float64Array,
  p0: number,
  state: Float64Array,
  x0: number,
  squareA2: number,
  ambientTemp: number,
  dtS: number,
): void {
  const { a, value, slope } = network;
  const ambientC = possibleAmbient(ambientTemp);
  const winding = state[x0]!;
  const frame = state[x0 + 1]!;
  const toFrame = 1 / p[p0 + at.rth]!;
  const out = 1 / p[p0 + at.frameRth]!;
  const perWinding = 1 / p[p0 + at.capacity]!;
  const perFrame = 1 / p[p0 + at.frameCapacity]!;
  const copperW = squareA2 * p[p0 + at.resistance]!;
  const alpha = p[p0 + at.alpha]!;
  a[0] = (copperW * alpha - toFrame) * perWinding;
  a[1] = toFrame * perWinding;
  a[3] = toFrame * perFrame;
  a[4] = -(toFrame + out) * perFrame;
  slope[0] = (copperW * (1 + alpha * (winding - referenceC)) - (winding - frame) * toFrame) * perWinding;
  slope[1] = ((winding - frame) * toFrame - (frame - ambientC) * out) * perFrame;
  value[0] = winding;
  value[1] = frame;
  advance(network, dtS);
  state[x0] = possibleHeat(value[0]!);
  state[x0 + 1] = possibleHeat(value[1]!);
}
