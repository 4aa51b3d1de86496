// Machines that grow warm, for tests of thermal fits: their truth, and an hour or a day of it with 1 % noise.
import { dice } from './dice.ts';
import { evenTime, noisy, simulateTruth, type TrueNetwork, workload } from './rk4-network.ts';

const outside = (timeS: number): number => 20 + 3 * Math.sin(timeS / 3000);
const none = Number.POSITIVE_INFINITY;
export const one = { capacity: [400], between: [], toAmbient: [1.5], start: [22] };
export const two = { capacity: [300, 2000], between: [0.4], toAmbient: [none, 0.8], start: [26, 24] };
export const three = {
  capacity: [400, 2000, 6000],
  between: [0.4, 0.2],
  toAmbient: [none, none, 0.6],
  start: [30, 25, 22],
};

interface Scene {
  readonly net: Pick<TrueNetwork, 'capacity' | 'between' | 'toAmbient' | 'start'>;
  readonly durationS: number;
  readonly stepS: number;
  readonly ambient?: (timeS: number) => number;
  readonly heat?: (level: number, temperatures: readonly number[], speed: number) => number[];
  readonly seed?: number;
}

/** Columns by name, with 1 % noise on temp1, temp2, temp3. */
export function play({ net, durationS, stepS, ambient = outside, heat, seed = 1 }: Scene): {
  timeS: Float64Array;
  columns: Record<string, Float64Array>;
} {
  const roll = dice(seed);
  const timeS = evenTime(durationS, stepS);
  const level = workload(roll, durationS, 100, durationS / 60);
  const speed = workload(roll, durationS, 3000, durationS / 80);
  const truth = simulateTruth(
    {
      ...net,
      ambient,
      heat: (at, t) => heat?.(level(at), t, speed(at)) ?? t.map((_, i) => (i === 0 ? level(at) : 0)),
    },
    timeS,
    2,
  );
  const columns: Record<string, Float64Array> = {
    heat: timeS.map(level),
    speed: timeS.map(speed),
    ambient: timeS.map(ambient),
  };
  for (const [i, trace] of truth.entries()) columns[`temp${i + 1}`] = noisy(roll, trace, 0.01);
  return { timeS, columns };
}

export const truthOfTwo = { capacity1: 300, capacity2: 2000, resistance12: 0.4, resistance2a: 0.8 };
