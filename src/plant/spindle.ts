// The spindle: a rotor behind a speed loop with a ramp, a motor that needs current to be magnetic at all, and
// drag of bearings that thins as their grease warms.
import type { SpindleHidden } from './hidden.ts';
import { magazine } from './tool.ts';

const rampRadPerS2 = 110;
const torqueMaxNm = 4;
const gainNmsPerRad = 0.6;
const integralPerS = 6;
const stoppedRadPerS = 0.5;
const greaseThinningPerK = 0.004;
const polePairs = 2;

export const radPerSPerRpm = (2 * Math.PI) / 60;

export interface SpindleState {
  radPerS: number;
  angle: number;
  rampRadPerS: number;
  integralNm: number;
  torqueNm: number;
  dragNm: number;
  currentA: number;
  /** Acceleration at the nose, m/s². */
  vibrationMPerS2: number;
}

export function newSpindle(): SpindleState {
  return {
    radPerS: 0,
    angle: 0,
    rampRadPerS: 0,
    integralNm: 0,
    torqueNm: 0,
    dragNm: 0,
    currentA: 0,
    vibrationMPerS2: 0,
  };
}

export interface SpindleLoad {
  readonly commandRpm: number;
  readonly tool: number;
  readonly cuttingNm: number;
  readonly bearingC: number;
  /** 1 is a sound bearing. */
  readonly bearingFriction: number;
}

export function stepSpindle(
  spindle: SpindleState,
  hidden: SpindleHidden,
  load: SpindleLoad,
  dtS: number,
): void {
  const command = load.commandRpm * radPerSPerRpm;
  const change = rampRadPerS2 * dtS;
  spindle.rampRadPerS += Math.max(-change, Math.min(change, command - spindle.rampRadPerS));
  if (command === 0 && spindle.rampRadPerS === 0 && spindle.radPerS < stoppedRadPerS) {
    stand(spindle);
    return;
  }
  const thinning = Math.max(0.7, 1 - greaseThinningPerK * (load.bearingC - 22));
  const omega = spindle.radPerS;
  spindle.dragNm =
    (hidden.dragCoulombNm + hidden.dragViscousNmsPerRad * omega * thinning) * load.bearingFriction +
    hidden.windageNms2PerRad2 * omega * omega;
  const teeth = magazine[load.tool - 1]?.teeth ?? 2;
  const toothPass = Math.sin(teeth * spindle.angle);
  const cuttingNm = load.cuttingNm * (1 + 0.2 * toothPass);
  spindle.torqueNm = controlTorque(spindle, dtS);
  const resistNm = spindle.dragNm * (omega > 0.1 ? 1 : 0) + cuttingNm;
  spindle.radPerS = Math.max(0, omega + ((spindle.torqueNm - resistNm) / hidden.inertiaKgM2) * dtS);
  spindle.angle = (spindle.angle + spindle.radPerS * dtS) % (2 * Math.PI);
  spindle.currentA = phaseCurrent(spindle, hidden);
  vibrate(spindle, hidden, load, toothPass);
}

function stand(spindle: SpindleState): void {
  spindle.radPerS = 0;
  spindle.integralNm = 0;
  spindle.torqueNm = 0;
  spindle.dragNm = 0;
  spindle.currentA = 0;
  spindle.vibrationMPerS2 = 0;
}

function controlTorque(spindle: SpindleState, dtS: number): number {
  const error = spindle.rampRadPerS - spindle.radPerS;
  const wanted = gainNmsPerRad * error + spindle.integralNm;
  const torque = Math.max(-torqueMaxNm, Math.min(torqueMaxNm, wanted));
  // No wind-up while the drive is at its limit.
  if (torque === wanted) spindle.integralNm += gainNmsPerRad * integralPerS * error * dtS;
  return torque;
}

/** What a clamp around a phase sees as RMS: the torque and the magnetising part at right angles, with ripple. */
function phaseCurrent(spindle: SpindleState, hidden: SpindleHidden): number {
  const torqueA = spindle.torqueNm / hidden.ktNmPerA;
  const ripple = 1 + hidden.rippleShare * Math.sin(6 * polePairs * spindle.angle);
  return Math.hypot(torqueA, hidden.magnetisingA) * ripple;
}

/** Unbalance turns with the shaft, teeth beat on the work, a bad bearing rolls over its pits. */
function vibrate(spindle: SpindleState, hidden: SpindleHidden, load: SpindleLoad, toothPass: number): void {
  const speed = spindle.radPerS / 838;
  const unbalance = hidden.unbalance * speed * speed * Math.sin(spindle.angle);
  const teeth = 0.9 * load.cuttingNm * toothPass;
  const pits = 2.2 * (load.bearingFriction - 1) * speed * Math.sin(4.3 * spindle.angle);
  spindle.vibrationMPerS2 = unbalance + teeth + pits;
}
