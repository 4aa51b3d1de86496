// The spindle of the mill: how it turns, and what its motor draws for a speed and a cut.
//
//   ω → u by at most aMax·dt;   T = J·dω/dt + drag + Tcut,   drag = Tc·ω/√(ω² + ωs²) + b·ω
//   I = √((T/Kt)² + Im²), at most Imax;   0 at standstill
//
// A short step is one even change of speed, a long one a run-up at aMax and the rest of it at speed.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';

const restRpm = 0.1;
const rpmMax = 1e6;
const smoothRadPerS = 1;
/** Up to this a step is one even change of speed. */
const evenStepS = 1;
/** A rest shorter than this share of a step is none. */
const wholeShare = 1 - 1e-9;
export const radPerSPerRpm = (2 * Math.PI) / 60;

const at = { inertia: 0, coulomb: 1, viscous: 2, magnetising: 3, kt: 4, currentMax: 5, aMax: 6 } as const;
export const spindleParameterCount = 7;

export const spindleParameters: readonly ParameterSpec[] = table('spindle.', [
  ['inertia', 'kg·m²', 'Inertia of rotor, spindle and tool', 0.02, 1e-5, 100, 0.005],
  ['dragCoulomb', 'Nm', 'Drag that does not depend on speed', 0.3, 0, 100, 0.1],
  ['dragViscous', 'Nm·s/rad', 'Drag that grows with speed', 0.0005, 0, 1, 0.0003],
  [
    'magnetising',
    'A',
    'Current that makes the motor magnetic, at right angles to the torque',
    0.55,
    0,
    100,
    0.2,
  ],
  ['kt', 'Nm/A', 'Torque constant of the motor', 0.4, 0.001, 100, 0.04],
  ['currentMax', 'A', 'Current limit of the drive', 30, 0.1, 1000, 3],
  ['aMax', 'rad/s²', 'Largest acceleration of the drive', 600, 0.1, 1e5, 100],
]);

export const spindleInput: SignalSpec = {
  name: 'spindle.speed',
  unit: 'rpm',
  about: 'Speed of the spindle',
  align: 'linear',
  initial: 0,
};

export const spindleOutput: SignalSpec = {
  name: 'spindle.current',
  unit: 'A',
  about: 'Motor current of the spindle',
  align: 'linear',
  initial: 0,
  sigma: 0.25,
  span: 6,
};

export const spindleState: StateSpec = {
  name: 'spindle.speed',
  unit: 'rpm',
  initial: 0,
  follows: 'spindle.speed',
};

export function withinSpeed(rpm: number): number {
  return Math.min(rpmMax, Math.max(-rpmMax, rpm));
}

export function stands(rpmBefore: number, rpm: number): boolean {
  return Math.abs(rpm) < restRpm && Math.abs(rpmBefore) < restRpm;
}

/** The speed after a step towards `wanted`. */
export function spindleRpm(
  p: Float64Array,
  p0: number,
  rpmBefore: number,
  wanted: number,
  dtS: number,
): number {
  const change = (p[p0 + at.aMax]! * dtS) / radPerSPerRpm;
  return Math.min(rpmBefore + change, Math.max(rpmBefore - change, withinSpeed(wanted)));
}

/** How much of a long step the change of speed takes; 0 where it takes the whole of one, or nothing. */
export function runUpS(p: Float64Array, p0: number, rpmBefore: number, wanted: number, dtS: number): number {
  if (dtS <= evenStepS) return 0;
  const change = Math.abs(withinSpeed(wanted) - withinSpeed(rpmBefore)) * radPerSPerRpm;
  const seconds = change / p[p0 + at.aMax]!;
  return seconds < wholeShare * dtS ? seconds : 0;
}

export function dragNm(p: Float64Array, p0: number, omega: number): number {
  return (
    (p[p0 + at.coulomb]! * omega) / Math.sqrt(omega * omega + smoothRadPerS * smoothRadPerS) +
    p[p0 + at.viscous]! * omega
  );
}

/** Torque that changes the speed by `changeRpm` in `overS`. */
export function inertiaNm(p: Float64Array, p0: number, changeRpm: number, overS: number): number {
  return (p[p0 + at.inertia]! * changeRpm * radPerSPerRpm) / overS;
}

/** The square of the current, which is what warms. */
export function squareCurrent(p: Float64Array, p0: number, torqueNm: number): number {
  const active = torqueNm / p[p0 + at.kt]!;
  const magnetising = p[p0 + at.magnetising]!;
  const most = p[p0 + at.currentMax]!;
  return Math.min(most * most, active * active + magnetising * magnetising);
}

/** The most the drive can turn with. */
export function torqueMaxNm(p: Float64Array, p0: number): number {
  return p[p0 + at.currentMax]! * p[p0 + at.kt]!;
}
