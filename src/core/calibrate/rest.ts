// A machine that has stood is as warm as its shop: what its thermometers then say beside the shop's is what they are off
// by. Looked at once, before a filter knows anything; a filter that has begun learns the same from its own states. One
// that comes to a warm machine, or to one at work, learns nothing here.
import { type Frame, Origins } from '../frame.ts';
import { isCode, isGood, Quality } from '../quality.ts';
import type { Group } from './group.ts';
import type { SensorGuard } from './guard.ts';

/** It may not have stood for long enough: a state may be so far from its input still, of the sensor's sigma. */
const lagShare = 0.1;
/** Farther apart than this, of the sensor's sigma, it is not the sensors. */
const apartShare = 1.5;
const enoughS = 1;

/** What was seen at rest, by output of the group: the mean difference to the input, and Σ(difference − mean)². */
export interface Rest {
  readonly mean: Float64Array;
  readonly squares: Float64Array;
  ticks: number;
  seconds: number;
  /** 1: it has moved, or was warm: there is nothing more to be seen. */
  over: number;
}

export function newRest({ outputs, rest }: Group): Rest {
  const column = () => new Float64Array(outputs.length);
  return { mean: column(), squares: column(), ticks: 0, seconds: 0, over: rest === undefined ? 1 : 0 };
}

/** Once a tick, until it is over. */
export function watchRest(rest: Rest, group: Group, guard: SensorGuard, frame: Frame, dtS: number): void {
  if (rest.over === 1 || group.rest === undefined || !isTold(group, guard, frame)) return;
  const from = frame.value[group.rest.input]!;
  const first = frame.machine.model.inputs.length;
  if (!stands(group, frame) || !isCold(group, guard, frame, from)) {
    rest.over = 1;
    return;
  }
  rest.ticks++;
  rest.seconds += dtS;
  for (let k = 0; k < group.outputs.length; k++) {
    const o = group.outputs[k]!;
    if (guard.connected[o] === 0) continue;
    const difference = frame.value[first + o]! - from;
    const change = difference - rest.mean[k]!;
    rest.mean[k] = rest.mean[k]! + change / rest.ticks;
    rest.squares[k] = rest.squares[k]! + change * (difference - rest.mean[k]!);
  }
}

/** What moves it, what warms it and every sensor that a tag feeds say something. */
function isTold({ outputs, rest }: Group, guard: SensorGuard, frame: Frame): boolean {
  const first = frame.machine.model.inputs.length;
  if (!isUsable(frame, rest!.input)) return false;
  for (let i = 0; i < rest!.ranges.length; i++) {
    if (!isGood(frame.quality[rest!.ranges[i]!.input]!)) return false;
  }
  for (let k = 0; k < outputs.length; k++) {
    if (guard.connected[outputs[k]!] === 1 && !isUsable(frame, first + outputs[k]!)) return false;
  }
  return true;
}

/** Uncertain is what has no time yet that can be trusted: of something that does not change it may be of any time. */
function isUsable({ quality, origin }: Frame, row: number): boolean {
  const code = quality[row]!;
  return (isGood(code) || isCode(code, Quality.uncertain)) && origin[row] !== Origins.predicted;
}

function stands({ rest }: Group, { value }: Frame): boolean {
  for (let i = 0; i < rest!.ranges.length; i++) {
    const { input, atLeast, atMost } = rest!.ranges[i]!;
    const size = Math.abs(value[input]!);
    if (size < atLeast || size > atMost) return false;
  }
  return true;
}

function isCold({ outputs }: Group, guard: SensorGuard, frame: Frame, from: number): boolean {
  const first = frame.machine.model.inputs.length;
  for (let k = 0; k < outputs.length; k++) {
    const o = outputs[k]!;
    if (guard.connected[o] === 0) continue;
    if (!(Math.abs(frame.value[first + o]! - from) <= apartShare * guard.sigma[o]!)) return false;
  }
  return true;
}

/** It has stood for long enough for something to be said. */
export function hasRested({ seconds }: Rest): boolean {
  return seconds >= enoughS;
}

/** Of what the sensor of output `k` is off by at rest, `sigma` its own. About one reading in a second is independent. */
export function restVariance({ squares, ticks, seconds }: Rest, k: number, sigma: number): number {
  return (lagShare * sigma) ** 2 + squares[k]! / (ticks * seconds);
}

/** All of its numbers, for a hash. */
export function restNumbers({ mean, squares, ticks, seconds, over }: Rest): readonly ArrayLike<number>[] {
  return [mean, squares, [ticks, seconds, over]];
}
