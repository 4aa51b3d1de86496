// The power the mill takes from the mains.
//
//   P = standby + Σ axes U·I + |T·ω| + I²R(1 + α(T − 25)),   standby only while it is switched on
import type { ParameterSpec, SignalSpec } from '../../model.ts';
import { table } from '../table.ts';

export const powerParameters: readonly ParameterSpec[] = [
  ...table('power.', [['standby', 'W', 'Power of cabinet, pumps and lights', 180, 0, 1e5, 40]]),
  ...table('supply.', [['voltage', 'V', 'Voltage the axis drives are fed with', 24, 1, 1000, 2]]),
];

export const powerOutput: SignalSpec = {
  name: 'machine.power',
  unit: 'W',
  about: 'Power from the mains',
  align: 'linear',
  initial: 0,
  sigma: 30,
  span: 2000,
};
