// What a twin could find out of a machine of the plant, in the twin's own terms. From outside only ratios can be seen:
// a current against a motion never tells a force from the constant of its motor. So the truth of a parameter is the
// value with which the twin, with the drive constants it has been told, would draw the machine's current and heat.
// Nothing of it is handed to a twin but `declaredOf`. No test of its own.
import { type AxisHidden, axisNames, type Hidden } from '../../src/plant/hidden.ts';
import { radPerSPerRpm } from '../../src/plant/spindle.ts';
import type { Truth } from '../../src/plant/truth.ts';

/** A value of a parameter of the twin, by name. */
export type Known = (parameter: string) => number;

/** What is measured at commissioning: an ohmmeter between the terminals. Three phases warm the winding. */
export function declaredOf({ heat }: Hidden): Record<string, number> {
  return { 'winding.resistance': 3 * heat.phaseOhm };
}

/** Speeds of the parts that are made, rpm, and velocities of rapids and feeds, m/s. */
export const workingRpm = [3000, 4000, 6000, 8000] as const;
export const workingMPerS = [0.02, 0.1, 0.2, 0.35] as const;

/** The drive makes a current of a force by one constant, in the machine and in the twin; their ratio scales all forces. */
function forceScale(axis: AxisHidden, name: string, known: Known): number {
  const of = (constant: string) => known(`axis.${name}.${constant}`);
  return axis.amperePerN / (of('lever') / (of('gear') * of('efficiency') * of('kt')));
}

/** At working speeds nothing is left of stiction (Stribeck speeds are 2-6 mm/s). Mean of both directions, N. */
export function axisFrictionN({ hidden }: Truth, axis: number, mPerS: number, known: Known): number {
  const { coulombN, viscousNsPerM } = hidden.axes[axis]!;
  return forceScale(hidden.axes[axis]!, axisNames[axis]!, known) * (coulombN + viscousNsPerM * mPerS);
}

/** The spindle's torques scale as its constant is told to what it is. */
function torqueScale({ spindle }: Hidden, known: Known): number {
  return known('spindle.kt') / spindle.ktNmPerA;
}

/** Drag at a speed, now: with windage, with what the grease has thinned, and with what the bearing has. */
export function spindleDragNm({ hidden, heat, faults }: Truth, rpm: number, known: Known): number {
  const { dragCoulombNm, dragViscousNmsPerRad, windageNms2PerRad2 } = hidden.spindle;
  const omega = rpm * radPerSPerRpm;
  const thinning = Math.max(0.7, 1 - 0.004 * (heat.bearingC - 22));
  const friction =
    (dragCoulombNm + dragViscousNmsPerRad * omega * thinning) * (1 + 1.5 * faults.severity.bearing);
  return torqueScale(hidden, known) * (friction + windageNms2PerRad2 * omega * omega);
}

/** The straight line that fits the drag best over the speeds a ramp passes: the twin has no windage. */
function dragLine(truth: Truth, known: Known): { restNm: number; slopeNms: number } {
  const points = Array.from({ length: 78 }, (_, i) => {
    const rpm = 300 + i * 100;
    return { omega: rpm * radPerSPerRpm, torqueNm: spindleDragNm(truth, rpm, known) };
  });
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const omega = mean((point) => point.omega);
  const torqueNm = mean((point) => point.torqueNm);
  const slopeNms =
    mean((point) => (point.omega - omega) * (point.torqueNm - torqueNm)) /
    mean((point) => (point.omega - omega) ** 2);
  return { restNm: torqueNm - slopeNms * omega, slopeNms };
}

/** What the twin says of the same. */
export function twinDragNm(rpm: number, known: Known): number {
  return known('spindle.dragCoulomb') + known('spindle.dragViscous') * rpm * radPerSPerRpm;
}

export function twinFrictionN(axis: number, mPerS: number, known: Known): number {
  const name = axisNames[axis]!;
  return known(`axis.${name}.coulomb`) + known(`axis.${name}.viscous`) * mPerS;
}

/** The heat that really went through the housing, for what the twin takes from a data sheet. */
export interface HeatBook {
  copperJ: number;
  ironJ: number;
  fromBearingJ: number;
}

export function newHeatBook(): HeatBook {
  return { copperJ: 0, ironJ: 0, fromBearingJ: 0 };
}

export function keepHeat(book: HeatBook, { spindle, heat, hidden }: Truth, dtS: number): void {
  const ohm = hidden.heat.phaseOhm * (1 + 0.00393 * (heat.windingC - 25));
  book.copperJ += 3 * spindle.currentA ** 2 * ohm * dtS;
  book.ironJ += hidden.heat.ironWAt1000RadPerS * (spindle.radPerS / 1000) ** 1.5 * dtS;
  book.fromBearingJ += ((heat.bearingC - heat.housingC) / hidden.heat.bearingToHousingKPerW) * dtS;
}

/**
 * By name of the parameter. Heat: copper loss is known with the resistance, so the winding's are the true ones. Iron
 * loss is the data sheet's in the twin: its housing has to let out that much instead. Drag is seen through the
 * spindle's constants: the bearing's capacity and its way to the coolant are larger and smaller by as much, while its
 * way to the housing shows in the housing, in true watts.
 */
export function visibleTruth(truth: Truth, known: Known, book: HeatBook): Record<string, number> {
  const { hidden, faults } = truth;
  const { heat } = hidden;
  const visible: Record<string, number> = {};
  for (const [index, axis] of hidden.axes.entries()) {
    const name = axisNames[index]!;
    const scale = forceScale(axis, name, known);
    visible[`axis.${name}.mass`] = (axis.motorMassKg + axis.tableMassKg) * scale;
    visible[`axis.${name}.coulomb`] = axis.coulombN * scale;
    visible[`axis.${name}.viscous`] = axis.viscousNsPerM * scale;
    // A weight that the twin has not been told of is a force that differs by direction, and no more can be seen.
    const weightN = axis.weightN - known(`axis.${name}.gravity`) / scale;
    visible[`axis.${name}.asymmetry`] = axis.asymmetry + weightN / axis.coulombN;
  }
  const line = dragLine(truth, known);
  visible['spindle.dragViscous'] = line.slopeNms;
  visible['spindle.dragCoulomb'] = line.restNm;
  const out = 1 + 3 * faults.severity.cooling;
  const toldIronJ = (book.ironJ * known('housing.ironLoss')) / heat.ironWAt1000RadPerS;
  const throughJ = book.copperJ + book.fromBearingJ;
  const ironScale = throughJ > 0 ? (throughJ + book.ironJ) / (throughJ + toldIronJ) : 1;
  const dragScale = torqueScale(hidden, known);
  visible['spindle.inertia'] = hidden.spindle.inertiaKgM2 * dragScale;
  visible['spindle.magnetising'] = hidden.spindle.magnetisingA;
  visible['winding.rth'] = heat.windingToHousingKPerW;
  visible['winding.capacity'] = heat.windingJPerK;
  visible['housing.rth'] = heat.housingToAmbientKPerW * out * ironScale;
  visible['housing.capacity'] = heat.housingJPerK;
  visible['bearing.rth'] = heat.bearingToHousingKPerW;
  visible['bearing.coolingRth'] = (heat.bearingToCoolantKPerW * out) / dragScale;
  visible['bearing.capacity'] = heat.bearingJPerK * dragScale;
  return visible;
}
