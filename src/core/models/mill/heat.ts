// The heat of the spindle: winding, housing and bearing, and the ambient around them.
//
//   Cw·dTw/dt = I²R(1 + α(Tw − 25)) − (Tw − Th)/Rw
//   Ch·dTh/dt = iron·(ω/1000)^1.5 + (Tw − Th)/Rw + (Tb − Th)/Rb − (Th − Ta)·(1 + air·ω/1000)/Rh
//   Cb·dTb/dt = share·drag·ω + cutShare·Pcut − (Tb − Th)/Rb − (Tb − Ta)/Rc
//
// Linear while I, ω and the ambient hold, and so solved exactly for any step (affine.ts).
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
  windingCapacity: 2,
  windingRth: 3,
  housingCapacity: 4,
  housingRth: 5,
  airGain: 6,
  ironLoss: 7,
  bearingCapacity: 8,
  bearingRth: 9,
  coolingRth: 10,
  frictionShare: 11,
  cutShare: 12,
} as const;
export const heatParameterCount = 13;

export const heatParameters: readonly ParameterSpec[] = [
  ...table('winding.', [
    ['resistance', 'ohm', 'Resistance of the winding at 25 °C', 0.3, 0.001, 100, 0.05],
    ['alpha', '1/K', 'Temperature coefficient of copper', 0.00393, 0, 0.01, 0.0001],
    ['capacity', 'J/K', 'Heat capacity of the winding', 250, 1, 1e6, 50],
    ['rth', 'K/W', 'Thermal resistance from the winding to the housing', 0.8, 0.001, 100, 0.2],
  ]),
  ...table('housing.', [
    ['capacity', 'J/K', 'Heat capacity of the housing', 1500, 1, 1e7, 300],
    [
      'rth',
      'K/W',
      'Thermal resistance from the housing to the ambient at standstill',
      0.32,
      0.001,
      100,
      0.08,
    ],
    ['airGain', 'ratio', 'Share by which the housing cools better at 1000 rad/s', 0.8, 0, 20, 0.2],
    ['ironLoss', 'W', 'Iron loss at 1000 rad/s', 12, 0, 10_000, 3],
  ]),
  ...table('bearing.', [
    ['capacity', 'J/K', 'Heat capacity of the bearing', 600, 1, 1e6, 120],
    ['rth', 'K/W', 'Thermal resistance from the bearing to the housing', 0.9, 0.001, 100, 0.2],
    ['coolingRth', 'K/W', 'Thermal resistance from the bearing to the coolant', 0.09, 0.001, 100, 0.02],
    ['frictionShare', 'ratio', 'Share of the drag that warms the bearing', 0.75, 0, 1, 0.1],
    ['cutShare', 'ratio', 'Share of the cutting power that warms the bearing', 0.005, 0, 1, 0.002],
  ]),
];

export const ambient = ambientInput('Temperature of the shop');

const nodes = ['winding', 'housing', 'bearing'] as const;

export const heatOutputs = nodes.map((node) =>
  // A coolant that fails shows in the bearing first, and a kelvin there is soon twenty.
  heatOutput('spindle', node, `Temperature of the spindle ${node}`, node === 'bearing' ? 12 : 20),
);
export const heatStates = nodes.map(heatState);

/** What drives the heat over a step; the caller fills it, and finds the temperatures in `network`. */
export const load = { squareA2: 0, radPerS: 0, dragW: 0, cuttingW: 0, ambientC: 22 };

/** `value` at the end and `mean` over the last step of winding, housing and bearing; set before it is read. */
export const network = newAffine();

export function copperW(p: Float64Array, p0: number, squareA2: number, windingC: number): number {
  return squareA2 * p[p0 + at.resistance]! * (1 + p[p0 + at.alpha]! * (windingC - referenceC));
}

/** The matrix of the network under `load`, for `stepHeat` as often as the load holds. */
export function prepareHeat(p: Float64Array, p0: number): void {
  const { a } = network;
  const { squareA2, radPerS, ambientC } = load;
  load.ambientC = possibleAmbient(ambientC);
  const windingToHousing = 1 / p[p0 + at.windingRth]!;
  const bearingToHousing = 1 / p[p0 + at.bearingRth]!;
  const housingOut = (1 + (p[p0 + at.airGain]! * radPerS) / 1000) / p[p0 + at.housingRth]!;
  const copperPerK = squareA2 * p[p0 + at.resistance]! * p[p0 + at.alpha]!;
  const winding = 1 / p[p0 + at.windingCapacity]!;
  const housing = 1 / p[p0 + at.housingCapacity]!;
  const bearing = 1 / p[p0 + at.bearingCapacity]!;
  a[0] = (copperPerK - windingToHousing) * winding;
  a[1] = windingToHousing * winding;
  a[2] = 0;
  a[3] = windingToHousing * housing;
  a[4] = -(windingToHousing + bearingToHousing + housingOut) * housing;
  a[5] = bearingToHousing * housing;
  a[6] = 0;
  a[7] = bearingToHousing * bearing;
  a[8] = -(bearingToHousing + 1 / p[p0 + at.coolingRth]!) * bearing;
}

/** Moves the three nodes by `dtS`; `network.value` holds where they start. */
export function stepHeat(p: Float64Array, p0: number, dtS: number): void {
  const { value, slope, mean } = network;
  const { squareA2, radPerS, dragW, cuttingW, ambientC } = load;
  const winding = value[0]!;
  const housing = value[1]!;
  const bearing = value[2]!;
  const speed = radPerS / 1000;
  const toHousingW = (winding - housing) / p[p0 + at.windingRth]!;
  const fromBearingW = (bearing - housing) / p[p0 + at.bearingRth]!;
  const outW = ((housing - ambientC) * (1 + p[p0 + at.airGain]! * speed)) / p[p0 + at.housingRth]!;
  const ironW = p[p0 + at.ironLoss]! * speed * Math.sqrt(speed);
  const bearingW = p[p0 + at.frictionShare]! * dragW + p[p0 + at.cutShare]! * cuttingW;
  const cooledW = (bearing - ambientC) / p[p0 + at.coolingRth]!;
  slope[0] = (copperW(p, p0, squareA2, winding) - toHousingW) / p[p0 + at.windingCapacity]!;
  slope[1] = (ironW + toHousingW + fromBearingW - outW) / p[p0 + at.housingCapacity]!;
  slope[2] = (bearingW - fromBearingW - cooledW) / p[p0 + at.bearingCapacity]!;
  advance(network, dtS);
  for (let node = 0; node < 3; node++) {
    value[node] = possibleHeat(value[node]!);
    mean[node] = possibleHeat(mean[node]!);
  }
}
