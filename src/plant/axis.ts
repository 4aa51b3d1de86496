// One feed axis as it really is: a motor and a table with an elastic, slack screw between them, Stribeck
// friction on both, a position loop, and a brake that holds when there is nothing to do.
import type { AxisHidden } from './hidden.ts';

const forceMaxN = 900;
const positionGainPerS = 20;
const velocityGainPerS = 60;
const integralPerS = 15;
const brakeAfterS = 0.05;
const inPositionM = 30e-6;
const creepMPerS = 1e-4;
const coggingPitchM = 0.004;
/** What the drive was told at commissioning; it feeds the nominal forces forward. */
const nominal = { massKg: 100, frictionN: 98 } as const;

export interface AxisState {
  motorM: number;
  motorMPerS: number;
  tableM: number;
  tableMPerS: number;
  integralN: number;
  forceN: number;
  quietS: number;
  braked: boolean;
  currentA: number;
}

export interface AxisSetpoint {
  positionM: number;
  velocityMPerS: number;
  accelerationMPerS2: number;
}

export function newAxis(): AxisState {
  return {
    motorM: 0,
    motorMPerS: 0,
    tableM: 0,
    tableMPerS: 0,
    integralN: 0,
    forceN: 0,
    quietS: 0,
    braked: true,
    currentA: 0,
  };
}

/** `loadN` pushes the table in the positive direction. */
export function stepAxis(
  axis: AxisState,
  hidden: AxisHidden,
  target: AxisSetpoint,
  loadN: number,
  dtS: number,
): void {
  if (brakeHolds(axis, target, dtS)) return;
  const forceN = controlForce(axis, target, dtS);
  const gapM = axis.motorM - axis.tableM;
  const slackM = hidden.backlashM / 2;
  const stretchM = gapM > slackM ? gapM - slackM : gapM < -slackM ? gapM + slackM : 0;
  const screwN =
    stretchM === 0
      ? 0
      : hidden.stiffnessNPerM * stretchM + hidden.dampingNsPerM * (axis.motorMPerS - axis.tableMPerS);
  axis.motorMPerS = slide(
    axis.motorMPerS,
    forceN - screwN,
    hidden.motorMassKg,
    frictionN(hidden, axis.motorMPerS) * 0.25,
    dtS,
  );
  axis.tableMPerS = slide(
    axis.tableMPerS,
    screwN + loadN - hidden.weightN,
    hidden.tableMassKg,
    frictionN(hidden, axis.tableMPerS) * 0.75,
    dtS,
  );
  axis.motorM += axis.motorMPerS * dtS;
  axis.tableM += axis.tableMPerS * dtS;
  axis.forceN = forceN;
  const cogging = 1 + hidden.cogging * Math.sin((2 * Math.PI * axis.motorM) / coggingPitchM);
  axis.currentA = Math.abs(forceN) * hidden.amperePerN * cogging;
}

/** At rest and in position for a moment: the brake closes and the drive lets go. */
function brakeHolds(axis: AxisState, target: AxisSetpoint, dtS: number): boolean {
  const still =
    target.velocityMPerS === 0 &&
    Math.abs(target.positionM - axis.motorM) < inPositionM &&
    Math.abs(axis.motorMPerS) < 10 * creepMPerS;
  axis.quietS = still ? axis.quietS + dtS : 0;
  axis.braked = axis.quietS > brakeAfterS;
  if (!axis.braked) return false;
  axis.motorMPerS = 0;
  axis.tableMPerS = 0;
  axis.integralN = 0;
  axis.forceN = 0;
  axis.currentA = 0;
  return true;
}

function controlForce(axis: AxisState, target: AxisSetpoint, dtS: number): number {
  const wanted = target.velocityMPerS + positionGainPerS * (target.positionM - axis.motorM);
  const error = wanted - axis.motorMPerS;
  const proportionalN = nominal.massKg * velocityGainPerS * error;
  axis.integralN = clamp(axis.integralN + proportionalN * integralPerS * dtS, 300);
  const feedForwardN =
    nominal.massKg * target.accelerationMPerS2 + nominal.frictionN * Math.sign(target.velocityMPerS);
  return clamp(proportionalN + axis.integralN + feedForwardN, forceMaxN);
}

/** Stribeck: more to break loose, less when sliding, then more again with speed. */
function frictionN(hidden: AxisHidden, velocityMPerS: number): number {
  const speed = Math.abs(velocityMPerS);
  const loose = Math.exp(-((speed / hidden.stribeckMPerS) ** 2));
  const side = 1 + hidden.asymmetry * Math.sign(velocityMPerS);
  return (hidden.coulombN + hidden.stictionN * loose) * side + hidden.viscousNsPerM * speed;
}

/** Friction taken implicitly: it can stop a mass but never push it, whatever the step. */
function slide(velocity: number, forceN: number, massKg: number, resistN: number, dtS: number): number {
  const free = velocity + (forceN / massKg) * dtS;
  return free / (1 + (dtS * resistN) / (massKg * (Math.abs(free) + creepMPerS)));
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
