// The spindle's winding: one heat node between copper loss and the ambient.
//
//   C·dT/dt = I²R(1 + α(T − 25)) − (T − Ta)/Rth
//
// With the current constant over the step this is linear in T and solved exactly, so any step is stable.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';

const at = { resistance: 0, alpha: 1, rth: 2, capacity: 3 } as const;

export const windingParameters: readonly ParameterSpec[] = [
  {
    name: 'winding.resistance',
    unit: 'ohm',
    about: 'Resistance of the winding at 25 °C',
    value: 0.3,
    min: 0.001,
    max: 100,
    priorSigma: 0.05,
  },
  {
    name: 'winding.alpha',
    unit: '1/K',
    about: 'Temperature coefficient of copper',
    value: 0.00393,
    min: 0,
    max: 0.01,
    priorSigma: 0.0001,
  },
  {
    name: 'winding.rth',
    unit: 'K/W',
    about: 'Thermal resistance from the winding to the ambient',
    value: 0.8,
    min: 0.001,
    max: 100,
    priorSigma: 0.2,
  },
  {
    name: 'winding.capacity',
    unit: 'J/K',
    about: 'Heat capacity of the winding',
    value: 250,
    min: 1,
    max: 1e6,
    priorSigma: 50,
  },
];

export const ambientInput: SignalSpec = {
  name: 'ambient.temp',
  unit: 'degC',
  about: 'Temperature of the shop',
  align: 'hold',
  initial: 22,
};

export const windingOutput: SignalSpec = {
  name: 'spindle.windingTemp',
  unit: 'degC',
  about: 'Temperature of the spindle winding',
  align: 'linear',
  initial: 22,
  sigma: 0.5,
  span: 60,
  observes: { state: 'winding.temp', gainTauS: 30 },
};

export const windingState: StateSpec = { name: 'winding.temp', unit: 'degC', initial: 22 };

export function windingTemp(
  p: Float64Array,
  p0: number,
  temp: number,
  current: number,
  ambient: number,
  dtS: number,
): number {
  const copperW = current * current * p[p0 + at.resistance]!;
  const capacity = p[p0 + at.capacity]!;
  const rth = p[p0 + at.rth]!;
  const slope = (copperW * (1 + p[p0 + at.alpha]! * (temp - 25)) - (temp - ambient) / rth) / capacity;
  // Rate of the exponential; zero or below only in a thermal runaway, where growth is as exact as decay.
  const rate = (1 / rth - copperW * p[p0 + at.alpha]!) / capacity;
  const held = Math.abs(rate * dtS) < 1e-9 ? dtS : -Math.expm1(-rate * dtS) / rate;
  return temp + slope * held;
}
