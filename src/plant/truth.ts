// The machine as it really is, advanced one millisecond at a time. Pure: no clock, no I/O, no chance but the
// seed's. It shares no line with the twin's model, or the twin would only be tested against itself.
import { type AxisState, newAxis, stepAxis } from './axis.ts';
import { type ControllerState, newController, stepController } from './controller.ts';
import { type Faults, newFaults, stepFaults } from './fault.ts';
import { type HeatState, newHeat, stepHeat } from './heat.ts';
import { drawHidden, type Hidden } from './hidden.ts';
import { bracket, type Programme } from './programme.ts';
import { newRandom, type Random } from './random.ts';
import { newSpindle, radPerSPerRpm, type SpindleState, stepSpindle } from './spindle.ts';
import { type CutState, newCut, stepCut } from './tool.ts';

export const stepS = 0.001;
const dullForce = 0.7;
const badBearing = 1.5;
const lostCooling = 3;
const coolantLPerMin = 8;

export interface Truth {
  readonly hidden: Hidden;
  readonly controller: ControllerState;
  readonly axes: readonly AxisState[];
  readonly spindle: SpindleState;
  readonly cut: CutState;
  readonly heat: HeatState;
  readonly faults: Faults;
  readonly random: Random;
  readonly startDayTimeS: number;
  /** Steps done; time is this times `stepS`. */
  steps: number;
}

/** `startDayTimeS`: seconds since midnight when the shop opens its doors, for the ambient. */
export function newTruth(seed: string, startDayTimeS = 8 * 3600, programme: Programme = bracket): Truth {
  const random = newRandom(seed);
  const hidden = drawHidden(random.fork('hidden'));
  return {
    hidden,
    controller: newController(programme),
    axes: [newAxis(), newAxis(), newAxis()],
    spindle: newSpindle(),
    cut: newCut(hidden.cut),
    heat: newHeat(hidden.heat, startDayTimeS),
    faults: newFaults(),
    random: random.fork('truth'),
    startDayTimeS,
    steps: 0,
  };
}

export function stepTruth(truth: Truth): void {
  const { hidden, controller, spindle, cut, heat, faults } = truth;
  stepFaults(faults, stepS);
  const { severity } = faults;
  stepController(controller, spindle.radPerS / radPerSPerRpm, stepS);
  stepCut(
    cut,
    hidden.cut,
    {
      tool: controller.tool,
      feedMmPerS: pathSpeed(truth) * 1000,
      depthMm: controller.depthMm,
      widthMm: controller.widthMm,
    },
    spindle.radPerS,
    1 + dullForce * severity['dull-tool'],
    truth.random,
    stepS,
  );
  stepSpindle(
    spindle,
    hidden.spindle,
    {
      commandRpm: controller.commandRpm,
      tool: controller.tool,
      cuttingNm: cut.torqueNm,
      bearingC: heat.bearingC,
      bearingFriction: 1 + badBearing * severity.bearing,
    },
    stepS,
  );
  for (let axis = 0; axis < 3; axis++) {
    const loadN = -controller.along[axis]! * cut.feedForceN;
    stepAxis(truth.axes[axis]!, hidden.axes[axis]!, controller.axes[axis]!, loadN, stepS);
  }
  stepHeat(
    heat,
    hidden.heat,
    {
      currentA: spindle.currentA,
      spindleRadPerS: spindle.radPerS,
      dragW: spindle.dragNm * spindle.radPerS,
      cuttingW: cut.powerW,
      coolingResistance: 1 + lostCooling * severity.cooling,
      dayTimeS: truth.startDayTimeS + truth.steps * stepS,
    },
    stepS,
  );
  truth.steps++;
}

/** What the table really does along the path, m/s: chips come from this, not from the command. */
export function pathSpeed(truth: Truth): number {
  const { along } = truth.controller;
  const [x, y, z] = truth.axes;
  return Math.abs(x!.tableMPerS * along[0]! + y!.tableMPerS * along[1]! + z!.tableMPerS * along[2]!);
}

export function coolantFlow(truth: Truth): number {
  return coolantLPerMin * (1 - 0.95 * truth.faults.severity.cooling);
}

/** At the mains: every drive's copper and work, and the cabinet. */
export function mainsPowerW(truth: Truth): number {
  const spindleW = Math.abs(truth.spindle.torqueNm) * truth.spindle.radPerS;
  const copperW = 3 * truth.spindle.currentA ** 2 * truth.hidden.heat.phaseOhm;
  let axesW = 0;
  for (const axis of truth.axes) axesW += Math.abs(axis.forceN * axis.motorMPerS) + 2 * axis.currentA;
  return 180 + spindleW + copperW + axesW;
}
