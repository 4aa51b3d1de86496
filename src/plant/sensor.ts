// Between the truth and a number: offset, gain, noise and the steps of a converter.
import type { Random } from './random.ts';

export interface SensorSpec {
  /** Standard deviation of the noise, in the unit of the reading. */
  readonly noise: number;
  /** Size of one converter step. */
  readonly step: number;
  /** Largest offset and gain error as built; drawn once. */
  readonly offset?: number;
  readonly gain?: number;
  /** Readings never go below. */
  readonly floor?: number;
}

export type Sensor = (truth: number) => number;

export function newSensor(spec: SensorSpec, random: Random): Sensor {
  const offset = (spec.offset ?? 0) * random.between(-1, 1);
  const gain = 1 + (spec.gain ?? 0) * random.between(-1, 1);
  const floor = spec.floor ?? Number.NEGATIVE_INFINITY;
  const decimals = Math.max(0, Math.ceil(-Math.log10(spec.step)) + 1);
  return (truth) => {
    const raw = Math.max(floor, truth * gain + offset + spec.noise * random.gauss());
    return Number((Math.round(raw / spec.step) * spec.step).toFixed(decimals));
  };
}
