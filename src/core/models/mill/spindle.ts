// The spindle of the mill: what current its motor draws for a speed and a cut.
//
//   T = J·dω/dt + Tc·ω/√(ω² + ωs²) + b·ω + P/ω,   P = kc·ap·ae·vf,   I = |T| / Kt, at most Imax
//
// Feed and spindle speed enter the cut here. A spindle that stands does not cut.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';

const restSpeed = 0.1;
const cutSpeed = 10;
const smoothSpeed = 1;
const radPerSPerRpm = (2 * Math.PI) / 60;

const at = { inertia: 0, coulomb: 1, viscous: 2, kt: 3, currentMax: 4 } as const;
export const spindleParameterCount = 6;
/** Where the cutting force stands in the block. */
export const kcOffset = 5;

export const spindleParameters: readonly ParameterSpec[] = [
  {
    name: 'spindle.inertia',
    unit: 'kg·m²',
    about: 'Inertia of rotor, spindle and tool',
    value: 0.02,
    min: 1e-5,
    max: 100,
    priorSigma: 0.005,
  },
  {
    name: 'spindle.dragCoulomb',
    unit: 'Nm',
    about: 'Drag that does not depend on speed',
    value: 0.3,
    min: 0,
    max: 100,
    priorSigma: 0.1,
  },
  {
    name: 'spindle.dragViscous',
    unit: 'Nm·s/rad',
    about: 'Drag that grows with speed',
    value: 0.0005,
    min: 0,
    max: 1,
    priorSigma: 0.0003,
  },
  {
    name: 'spindle.kt',
    unit: 'Nm/A',
    about: 'Torque constant of the motor',
    value: 0.4,
    min: 0.001,
    max: 100,
    priorSigma: 0.04,
  },
  {
    name: 'spindle.currentMax',
    unit: 'A',
    about: 'Current limit of the drive',
    value: 30,
    min: 0.1,
    max: 1000,
    priorSigma: 3,
  },
  {
    name: 'cut.kc',
    unit: 'N/mm²',
    about: 'Specific cutting force of material and tool',
    value: 1800,
    min: 50,
    max: 10_000,
    priorSigma: 400,
  },
];

export const spindleInputs: readonly SignalSpec[] = [
  { name: 'spindle.speed', unit: 'rpm', about: 'Speed of the spindle', align: 'linear', initial: 0 },
  { name: 'cut.feed', unit: 'mm/min', about: 'Feed along the path', align: 'linear', initial: 0 },
  {
    name: 'cut.depth',
    unit: 'mm',
    about: 'Axial depth of cut; 0 out of the material',
    align: 'previous',
    initial: 0,
  },
  { name: 'cut.width', unit: 'mm', about: 'Radial width of cut', align: 'previous', initial: 0 },
];

export const spindleOutput: SignalSpec = {
  name: 'spindle.current',
  unit: 'A',
  about: 'Motor current of the spindle',
  align: 'linear',
  initial: 0,
  sigma: 0.25,
  span: 15,
};

export const spindleState: StateSpec = {
  name: 'spindle.speed',
  unit: 'rpm',
  initial: 0,
  follows: 'spindle.speed',
};

/** Cutting power in W from feed (mm/min), depth and width (mm). */
export function cuttingPowerW(kc: number, feed: number, depth: number, width: number): number {
  return (kc * depth * width * Math.abs(feed)) / 60_000;
}

export function spindleCurrent(
  p: Float64Array,
  p0: number,
  rpmBefore: number,
  rpm: number,
  powerW: number,
  dtS: number,
): number {
  if (Math.abs(rpm) < restSpeed && Math.abs(rpmBefore) < restSpeed) return 0;
  const omega = rpm * radPerSPerRpm;
  const alpha = ((rpm - rpmBefore) * radPerSPerRpm) / dtS;
  const drag =
    (p[p0 + at.coulomb]! * omega) / Math.sqrt(omega * omega + smoothSpeed * smoothSpeed) +
    p[p0 + at.viscous]! * omega;
  const cutting = Math.abs(rpm) < cutSpeed ? 0 : powerW / omega;
  const current = Math.abs(p[p0 + at.inertia]! * alpha + drag + cutting) / p[p0 + at.kt]!;
  return Math.min(current, p[p0 + at.currentMax]!);
}
