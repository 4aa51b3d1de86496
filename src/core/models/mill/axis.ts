// One feed axis of the mill: what current its motor draws for a motion.
//
//   F = m·a + Fv·v + Fc·v/√(v² + vs²) + Fg          (Coulomb friction, smooth through zero)
//   τ = F·lever / (gear·efficiency),   I = |τ| / Kt   (the gear divides)
//
// a is the mean acceleration over the step, within ±aMax. At rest the brake holds: no current.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';

const restVelocity = 1e-5;
const smoothVelocity = 1e-3;

/** Offsets within an axis's block of parameters. */
const at = {
  mass: 0,
  viscous: 1,
  coulomb: 2,
  gravity: 3,
  lever: 4,
  gear: 5,
  efficiency: 6,
  kt: 7,
  aMax: 8,
} as const;
export const axisParameterCount = 9;

export function axisParameters(axis: string): ParameterSpec[] {
  const row = (
    name: string,
    unit: string,
    about: string,
    value: number,
    min: number,
    max: number,
    priorSigma: number,
  ): ParameterSpec => ({ name: `axis.${axis}.${name}`, unit, about, value, min, max, priorSigma });
  return [
    row('mass', 'kg', 'Moved mass, with the inertia of the drive reduced to it', 100, 1, 10_000, 20),
    row('viscous', 'N·s/m', 'Friction that grows with velocity', 20, 0, 10_000, 20),
    row('coulomb', 'N', 'Friction that does not', 98, 0, 10_000, 30),
    row('gravity', 'N', 'Weight left after the counterbalance', 0, -10_000, 10_000, 20),
    row('lever', 'm', 'Lever of the drive', 0.1, 1e-4, 1, 0.01),
    row('gear', 'ratio', 'Gear ratio, motor to screw', 10, 0.01, 1000, 0.1),
    row('efficiency', 'ratio', 'Efficiency of the drive train', 0.85, 0.05, 1, 0.05),
    row('kt', 'Nm/A', 'Torque constant of the motor', 0.5, 0.001, 100, 0.05),
    row('aMax', 'm/s²', 'Largest acceleration of the drive', 5, 0.01, 100, 0.5),
  ];
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
    span: 10,
  };
}

export function axisState(axis: string): StateSpec {
  const name = `axis.${axis}.velocity`;
  return { name, unit: 'm/s', initial: 0, follows: name };
}

/** Current for moving at `v`, having moved at `vBefore` at the start of the step; `p0` is the block's start. */
export function axisCurrent(p: Float64Array, p0: number, vBefore: number, v: number, dtS: number): number {
  const aMax = p[p0 + at.aMax]!;
  const a = Math.min(aMax, Math.max(-aMax, (v - vBefore) / dtS));
  if (Math.abs(v) < restVelocity && Math.abs(vBefore) < restVelocity) return 0;
  const friction =
    p[p0 + at.viscous]! * v + (p[p0 + at.coulomb]! * v) / Math.sqrt(v * v + smoothVelocity * smoothVelocity);
  const forceN = p[p0 + at.mass]! * a + friction + p[p0 + at.gravity]!;
  const torqueNm = (forceN * p[p0 + at.lever]!) / (p[p0 + at.gear]! * p[p0 + at.efficiency]!);
  return Math.abs(torqueNm) / p[p0 + at.kt]!;
}
