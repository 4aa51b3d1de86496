// The shaft of a motor drive: a load with inertia and friction, turned by a motor through a gear.
//
//   ω → u by at most aMax·dt, within ±speedMax;   T = J·dω/dt + Tc·ω/√(ω² + ωs²) + b·ω + Tload
//   I = |T| / (gear·efficiency·Kt);   at rest the brake holds and nothing is drawn
//
// The load torque always opposes the motion. Speeds and torques are the load's; the motor's are `gear` times faster.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';

export const radPerSPerRpm = (2 * Math.PI) / 60;
const restRpm = 0.05;
const smoothRpm = 1;

const at = {
  inertia: 0,
  coulomb: 1,
  viscous: 2,
  gear: 3,
  efficiency: 4,
  kt: 5,
  aMax: 6,
  speedMax: 7,
} as const;
export const axisParameterCount = 8;

export const axisParameters: readonly ParameterSpec[] = table('axis.', [
  ['inertia', 'kg·m²', 'Inertia of the load, with the motor reduced to it', 0.5, 1e-5, 1e4, 0.1],
  ['coulomb', 'Nm', 'Friction that does not depend on speed', 4, 0, 1e4, 1.5],
  ['viscous', 'Nm·s/rad', 'Friction that grows with speed', 0.1, 0, 1e3, 0.05],
  ['gear', 'ratio', 'Gear ratio, motor to load', 10, 0.01, 1000, 0.1],
  ['efficiency', 'ratio', 'Efficiency of the gear', 0.9, 0.05, 1, 0.05],
  ['kt', 'Nm/A', 'Torque constant of the motor', 0.5, 0.001, 100, 0.05],
  ['aMax', 'rad/s²', 'Largest acceleration of the drive', 50, 0.01, 1e5, 10],
  ['speedMax', 'rpm', 'Largest speed of the drive', 600, 0.1, 1e6, 60],
]);

export const axisInputs: readonly SignalSpec[] = [
  { name: 'axis.speed', unit: 'rpm', about: 'Speed of the load', align: 'linear', initial: 0 },
  { name: 'axis.load', unit: 'Nm', about: 'Torque the load takes', align: 'linear', initial: 0 },
];

export const axisOutput: SignalSpec = {
  name: 'axis.current',
  unit: 'A',
  about: 'Motor current',
  align: 'linear',
  initial: 0,
  sigma: 0.1,
  span: 5,
};

export const axisState: StateSpec = {
  name: 'axis.speed',
  unit: 'rpm',
  initial: 0,
  follows: 'axis.speed',
};

export function withinSpeed(p: Float64Array, p0: number, rpm: number): number {
  const most = p[p0 + at.speedMax]!;
  return Math.min(most, Math.max(-most, rpm));
}

export function axisRpm(p: Float64Array, p0: number, before: number, wanted: number, dtS: number): number {
  const change = (p[p0 + at.aMax]! * dtS) / radPerSPerRpm;
  return Math.min(before + change, Math.max(before - change, withinSpeed(p, p0, wanted)));
}

/** How long the change of speed takes at `aMax`, at most the step: short steps are one even change. */
export function changeS(p: Float64Array, p0: number, changeRpm: number, dtS: number): number {
  return dtS <= 1 ? dtS : Math.min(dtS, (Math.abs(changeRpm) * radPerSPerRpm) / p[p0 + at.aMax]!);
}

/** Torque of friction and load at a steady speed. */
export function steadyNm(p: Float64Array, p0: number, rpm: number, loadNm: number): number {
  const side = rpm / Math.sqrt(rpm * rpm + smoothRpm * smoothRpm);
  return side * (p[p0 + at.coulomb]! + Math.abs(loadNm)) + p[p0 + at.viscous]! * rpm * radPerSPerRpm;
}

export function inertiaNm(p: Float64Array, p0: number, changeRpm: number, overS: number): number {
  return (p[p0 + at.inertia]! * changeRpm * radPerSPerRpm) / overS;
}

export function stands(before: number, rpm: number): boolean {
  return Math.abs(before) < restRpm && Math.abs(rpm) < restRpm;
}

export function currentA(p: Float64Array, p0: number, torqueNm: number, currentMax: number): number {
  const current = Math.abs(torqueNm) / (p[p0 + at.gear]! * p[p0 + at.efficiency]! * p[p0 + at.kt]!);
  return Math.min(currentMax, current);
}

/** How many times faster the motor turns. */
export function gearOf(p: Float64Array, p0: number): number {
  return p[p0 + at.gear]!;
}
