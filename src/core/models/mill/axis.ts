// One feed axis of the mill: how it moves within its limits, and what its motor draws for that.
//
//   v → u by at most aMax·dt, within ±vMax;   a = Δv/dt;   s = v/√(v² + vs²)
//   F = m·a + Fv·v + Fc·(s + asymmetry·s²) + Fg + Fcut       (Coulomb friction, smooth through zero)
//   τ = F·lever / (gear·efficiency),   I = |τ| / Kt           (the gear divides)
//   P = U·I,   U = min(supply, R·I + Kt·|v|·gear/lever)
//
// At rest the brake holds: no current.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';

export const axes = ['x', 'y', 'z'] as const;

const restVelocity = 1e-5;
const smoothVelocity = 1e-3;

/** Offsets within an axis's block of parameters. */
const at = {
  mass: 0,
  viscous: 1,
  coulomb: 2,
  asymmetry: 3,
  gravity: 4,
  lever: 5,
  gear: 6,
  efficiency: 7,
  kt: 8,
  aMax: 9,
  vMax: 10,
  resistance: 11,
} as const;
export const axisParameterCount = 12;

export function axisParameters(axis: string): ParameterSpec[] {
  return table(`axis.${axis}.`, [
    ['mass', 'kg', 'Moved mass, with the inertia of the drive reduced to it', 100, 1, 10_000, 20],
    ['viscous', 'N·s/m', 'Friction that grows with velocity', 20, 0, 10_000, 20],
    ['coulomb', 'N', 'Friction that does not', 98, 0, 10_000, 30],
    ['asymmetry', 'ratio', 'Share by which sliding forward is harder than the mean', 0, -0.5, 0.5, 0.05],
    ['gravity', 'N', 'Weight left after the counterbalance', 0, -10_000, 10_000, 20],
    ['lever', 'm', 'Lever of the drive', 0.1, 1e-4, 1, 0.01],
    ['gear', 'ratio', 'Gear ratio, motor to screw', 10, 0.01, 1000, 0.1],
    ['efficiency', 'ratio', 'Efficiency of the drive train', 0.85, 0.05, 1, 0.05],
    ['kt', 'Nm/A', 'Torque constant of the motor', 0.5, 0.001, 100, 0.05],
    ['aMax', 'm/s²', 'Largest acceleration of the drive', 5, 0.01, 100, 0.5],
    ['vMax', 'm/s', 'Largest velocity of the drive', 2, 0.001, 100, 0.2],
    ['resistance', 'ohm', 'Resistance of the motor', 0.5, 0, 100, 0.2],
  ]);
}

export function axisInput(axis: string): SignalSpec {
  return {
    name: `axis.${axis}.velocity`,
    unit: 'm/s',
    about: `Velocity of the ${axis} axis`,
    align: 'linear',
    initial: 0,
  };
}

export function axisOutput(axis: string): SignalSpec {
  return {
    name: `axis.${axis}.current`,
    unit: 'A',
    about: `Motor current of the ${axis} axis`,
    align: 'linear',
    initial: 0,
    sigma: 0.15,
    span: 5,
  };
}

export function axisState(axis: string): StateSpec {
  const name = `axis.${axis}.velocity`;
  return { name, unit: 'm/s', initial: 0, follows: name };
}

export function withinVelocity(p: Float64Array, p0: number, velocity: number): number {
  const vMax = p[p0 + at.vMax]!;
  return Math.min(vMax, Math.max(-vMax, velocity));
}

/** The velocity after a step towards `wanted`, from `vBefore` within the limit. */
export function axisVelocity(
  p: Float64Array,
  p0: number,
  vBefore: number,
  wanted: number,
  dtS: number,
): number {
  const target = withinVelocity(p, p0, wanted);
  const change = p[p0 + at.aMax]! * dtS;
  return Math.min(vBefore + change, Math.max(vBefore - change, target));
}

/** Current for moving at `v` against `cutN` along the motion; `p0` is the block's start. */
export function axisCurrent(
  p: Float64Array,
  p0: number,
  vBefore: number,
  v: number,
  cutN: number,
  dtS: number,
): number {
  if (Math.abs(v) < restVelocity && Math.abs(vBefore) < restVelocity) return 0;
  const side = v / Math.sqrt(v * v + smoothVelocity * smoothVelocity);
  const friction =
    p[p0 + at.viscous]! * v + p[p0 + at.coulomb]! * (side + p[p0 + at.asymmetry]! * side * side);
  const forceN = (p[p0 + at.mass]! * (v - vBefore)) / dtS + friction + p[p0 + at.gravity]! + cutN;
  const torqueNm = (forceN * p[p0 + at.lever]!) / (p[p0 + at.gear]! * p[p0 + at.efficiency]!);
  return Math.abs(torqueNm) / p[p0 + at.kt]!;
}

export function axisPowerW(
  p: Float64Array,
  p0: number,
  v: number,
  currentA: number,
  supplyV: number,
): number {
  const turning = (Math.abs(v) * p[p0 + at.gear]!) / p[p0 + at.lever]!;
  return currentA * Math.min(supplyV, p[p0 + at.resistance]! * currentA + p[p0 + at.kt]! * turning);
}
