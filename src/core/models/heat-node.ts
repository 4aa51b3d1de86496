// What the heat nodes of every model have in common: their specs, and the limits beyond which no equation holds.
import type { SignalSpec, StateSpec } from '../model.ts';

/** At which the resistance of a winding is told. */
export const referenceC = 25;
/** No shop is outside, and no winding above: copper has melted, and the equations have ended. */
const ambientMinC = -60;
const ambientMaxC = 100;
const coldestC = -273.15;
const hottestC = 2000;
const initialC = 22;

export function ambientInput(about: string): SignalSpec {
  return { name: 'ambient.temp', unit: 'degC', about, align: 'hold', initial: initialC };
}

export function heatState(node: string): StateSpec {
  return { name: `${node}.temp`, unit: 'degC', initial: initialC };
}

/** The thermometer of a node, which draws its state along. */
export function heatOutput(part: string, node: string, about: string, span = 20): SignalSpec {
  return {
    name: `${part}.${node}Temp`,
    unit: 'degC',
    about,
    align: 'linear',
    initial: initialC,
    sigma: 0.5,
    span,
    observes: { state: heatState(node).name, gainTauS: 30 },
  };
}

export function possibleAmbient(temperature: number): number {
  return Math.min(ambientMaxC, Math.max(ambientMinC, temperature));
}

/** A runaway ends at the top, also one that is no number any more. */
export function possibleHeat(temperature: number): number {
  return temperature < hottestC ? Math.max(coldestC, temperature) : hottestC;
}
