// A fault that the twin has learnt is still a fault. What was stated of an output when the parameters that move it were
// adopted stands until they are again what they were, somebody sets them, or a component is replaced.
import { influenceOf } from '../../calibrate/influence.ts';
import type { Model } from '../../model.ts';
import type { Twin } from '../../twin.ts';
import { isSure, type ResidualWatch } from './residual.ts';

/** Stated this long before the adoption still counts: what is learnt lets a residual go before it is adopted. */
const recentS = 240;
/** Back by so much of the way, it has healed. */
const backShare = 0.6;

export interface Holds {
  /** By group of the calibration: its parameters, and 1 for each output they move (group after group). */
  readonly groupParameters: readonly Int32Array[];
  readonly moves: Uint8Array;
  readonly groupNames: readonly string[];
  /** By parameter: as before and after the adoption for which it is held; NaN: it is held for none. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** By parameter: as it was in the tick before. */
  readonly known: Float64Array;
  /** By output: seconds since something was stated of it; and the group whose adoption holds it, -1 for none. */
  readonly sinceS: Float64Array;
  readonly heldBy: Int32Array;
}

export function newHolds(model: Model, parameters: Float64Array): Holds {
  const calibration = model.calibration ?? [];
  const outputs = model.outputs.length;
  const influence = influenceOf(model);
  const groupParameters = calibration.map((group) =>
    Int32Array.from(group.parameters, (name) => model.parameters.findIndex((spec) => spec.name === name)),
  );
  const moves = new Uint8Array(calibration.length * outputs);
  for (const [g, group] of groupParameters.entries()) {
    for (let o = 0; o < outputs; o++) {
      if (group.some((p) => influence.ofParameter(p, o))) moves[g * outputs + o] = 1;
    }
  }
  return {
    ...{ groupParameters, moves, groupNames: calibration.map(({ name }) => name) },
    from: new Float64Array(parameters.length).fill(Number.NaN),
    to: new Float64Array(parameters.length).fill(Number.NaN),
    known: parameters.slice(),
    sinceS: new Float64Array(outputs).fill(Number.POSITIVE_INFINITY),
    heldBy: new Int32Array(outputs).fill(-1),
  };
}

/** A tick: what is stated of each output now without being held. A young twin that mends itself is no fault. */
export function passTime({ sinceS }: Holds, residuals: ResidualWatch, dtS: number): void {
  for (let o = 0; o < sinceS.length; o++)
    sinceS[o] = residuals.level[o] === 1 && isSure(residuals, o) ? 0 : sinceS[o]! + dtS;
}

/** The group's set was adopted. True for an output that is held from now on, or still. */
export function holdAdopted(holds: Holds, twin: Twin, group: string): void {
  const { groupNames, groupParameters, moves, sinceS, heldBy, from, to, known } = holds;
  const g = groupNames.indexOf(group);
  if (g < 0) return;
  const outputs = sinceS.length;
  let holding = false;
  for (let o = 0; o < outputs; o++) {
    if (heldBy[o] === g && hasReturned(holds, twin, g)) heldBy[o] = -1;
    else if (heldBy[o]! < 0 && moves[g * outputs + o] === 1 && sinceS[o]! <= recentS) heldBy[o] = g;
    holding ||= heldBy[o] === g;
  }
  for (const p of groupParameters[g]!) {
    if (!holding) from[p] = to[p] = Number.NaN;
    else {
      if (Number.isNaN(from[p]!)) from[p] = known[p]!;
      to[p] = twin.parameters[p]!;
    }
  }
  known.set(twin.parameters);
}

/** All that had changed is back by most of the way. */
function hasReturned({ groupParameters, from, to }: Holds, { parameters, model }: Twin, g: number): boolean {
  let changed = false;
  for (const p of groupParameters[g]!) {
    const way = to[p]! - from[p]!;
    // What hardly moved says nothing.
    if (!(Math.abs(way) > 0.5 * model.parameters[p]!.priorSigma)) continue;
    changed = true;
    if ((to[p]! - parameters[p]!) / way < backShare) return false;
  }
  return changed;
}

/** Nothing is held of this output any more; of its group nothing is, once that holds no other. */
export function release({ heldBy, sinceS, groupParameters, from, to }: Holds, o: number): void {
  const g = heldBy[o]!;
  heldBy[o] = -1;
  sinceS[o] = Number.POSITIVE_INFINITY;
  if (g < 0 || heldBy.includes(g)) return;
  for (const p of groupParameters[g]!) from[p] = to[p] = Number.NaN;
}

/** Set from outside, or a part is new: nothing is held any more. */
export function letGo({ from, to, heldBy, sinceS, known }: Holds, twin: Twin): void {
  from.fill(Number.NaN);
  to.fill(Number.NaN);
  heldBy.fill(-1);
  sinceS.fill(Number.POSITIVE_INFINITY);
  known.set(twin.parameters);
}
