// Where the heat goes: winding, housing and bearing as three nodes, air that moves with the spindle, a coolant
// that takes most of the bearing's heat, and a shop that is warmer in the afternoon.
import { copper, type HeatHidden } from './hidden.ts';

const dayS = 86_400;
const airGainAt1000RadPerS = 0.8;
const bearingShareOfDrag = 0.75;

export interface HeatState {
  windingC: number;
  housingC: number;
  bearingC: number;
  ambientC: number;
}

export interface HeatLoad {
  readonly currentA: number;
  readonly spindleRadPerS: number;
  readonly dragW: number;
  readonly cuttingW: number;
  /** 1 is a sound cooling; more is a higher thermal resistance to the outside. */
  readonly coolingResistance: number;
  /** Seconds since midnight in the shop. */
  readonly dayTimeS: number;
}

export function ambientAt(hidden: HeatHidden, dayTimeS: number): number {
  const hour = (dayTimeS / dayS) * 2 * Math.PI;
  // Coldest about 04:00, warmest about 16:00.
  return hidden.ambientC + hidden.ambientSwingC * Math.sin(hour - (10 / 12) * Math.PI + hidden.ambientPhase);
}

export function newHeat(hidden: HeatHidden, dayTimeS: number): HeatState {
  const ambientC = ambientAt(hidden, dayTimeS);
  return { windingC: ambientC, housingC: ambientC, bearingC: ambientC, ambientC };
}

/** Explicit Euler: the fastest node has a time constant of tens of seconds, the step is milliseconds. */
export function stepHeat(heat: HeatState, hidden: HeatHidden, load: HeatLoad, dtS: number): void {
  heat.ambientC = ambientAt(hidden, load.dayTimeS);
  const ohm = hidden.phaseOhm * (1 + copper.perK * (heat.windingC - copper.referenceC));
  const speed = load.spindleRadPerS / 1000;
  const copperW = 3 * load.currentA * load.currentA * ohm;
  const ironW = hidden.ironWAt1000RadPerS * speed ** 1.5;
  const windingToHousingW = (heat.windingC - heat.housingC) / hidden.windingToHousingKPerW;
  const bearingToHousingW = (heat.bearingC - heat.housingC) / hidden.bearingToHousingKPerW;
  const air = 1 + airGainAt1000RadPerS * speed;
  const housingOutW =
    ((heat.housingC - heat.ambientC) * air) / (hidden.housingToAmbientKPerW * load.coolingResistance);
  const bearingOutW =
    (heat.bearingC - heat.ambientC) / (hidden.bearingToCoolantKPerW * load.coolingResistance);
  const bearingInW = bearingShareOfDrag * load.dragW + 0.005 * load.cuttingW;
  heat.windingC += ((copperW - windingToHousingW) / hidden.windingJPerK) * dtS;
  heat.housingC +=
    ((ironW + windingToHousingW + bearingToHousingW - housingOutW) / hidden.housingJPerK) * dtS;
  heat.bearingC += ((bearingInW - bearingToHousingW - bearingOutW) / hidden.bearingJPerK) * dtS;
}
