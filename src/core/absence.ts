// The time in which nothing tells what the machine does. A twin goes on for a moment as it was, so that a short dropout
// costs nothing; then it holds still, for nobody knows. It never wears or counts on inputs of long ago.
import type { StateSpec } from './model.ts';
import type { Twin } from './twin.ts';

/** So long after the last input the machine is taken to do what it did. */
const bridgeS = 10;
/** Less is the rounding of a sum of ticks. */
const instantS = 1e-6;

/**
 * How far the twin moves in this step: not at all, once it has been offline for a while. Back from there it starts as
 * at first, from what is measured. `followed` by state: the input it remembers, or -1.
 */
export function passOffline(twin: Twin, followed: Int32Array, alive: boolean, dtS: number): number {
  const { offline } = twin;
  const leftS = bridgeS - offline[0]!;
  const held = leftS < instantS;
  const stepS = alive ? dtS : held ? 0 : Math.min(dtS, leftS);
  offline[0] = alive ? 0 : offline[0]! + dtS;
  offline[1] = dtS - stepS;
  if (alive && held) joinAgain(twin, followed);
  return stepS;
}

function joinAgain({ state, input, unseenS }: Twin, followed: Int32Array): void {
  unseenS.fill(Number.POSITIVE_INFINITY);
  for (let s = 0; s < state.length; s++) {
    if (followed[s]! >= 0) state[s] = input[followed[s]!]!;
  }
}

const coolStepS = 60;
const coolStepsMax = 240;
/** After so long every part of a machine has the temperature of the hall. */
const coldAfterS = 86_400;

/**
 * Temperatures go on as those of a machine at rest, but for those that a sensor has told since. All else of the model
 * stands still while nobody watches.
 */
export function coolAtRest({ model, parameters, state, unseenS }: Twin, gapS: number): void {
  const told = new Set(
    model.outputs.flatMap(({ observes }, o) => (unseenS[o] === 0 ? [observes?.state] : [])),
  );
  const warm = model.states.flatMap((spec, s) => (isTemperature(spec) ? [s] : []));
  const forS = Math.min(gapS, coldAfterS);
  if (warm.length === 0 || !(forS > 0)) return;
  const rest = Float64Array.from(model.inputs, (spec) => spec.initial);
  const output = new Float64Array(model.outputs.length);
  const asleep = Float64Array.from(model.states, (spec, s) =>
    isTemperature(spec) ? state[s]! : spec.initial,
  );
  const steps = Math.min(coolStepsMax, Math.ceil(forS / coolStepS));
  for (let k = 0; k < steps; k++) model.step(parameters, asleep, rest, forS / steps, output);
  for (const s of warm) {
    if (Number.isFinite(asleep[s]) && !told.has(model.states[s]!.name)) state[s] = asleep[s]!;
  }
}

export function isTemperature({ unit, persistent }: StateSpec): boolean {
  return unit === 'degC' && persistent !== true;
}
