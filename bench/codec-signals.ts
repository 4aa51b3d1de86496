// What sensors of a machine shop deliver, for the benches of the history: noise first, then the resolution of the
// sensor. Same seed, same samples.
import type { Series } from '../src/core/sample.ts';

export type Random = () => number;

export function newRandom(seed: number): Random {
  let state = (seed * 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A value at an instant; asked in order of time. */
export type Signal = (timeS: number) => number;

/** As a controller or a parser gives it: the nearest number with so many decimals. */
function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** °C at 0.1: a bearing that warms up and cools down over hours, with the noise of its amplifier. */
function temperature(random: Random): Signal {
  return (timeS) => {
    const slow = 42 + 6 * Math.sin(timeS / 2900) + 0.6 * Math.sin(timeS / 140);
    return rounded(slow + 0.06 * normal(random), 1);
  };
}

/** A at 0.01: a load that wanders, ripple of the drive, noise of five steps of the converter. */
function current(random: Random): Signal {
  let load = 6;
  return (timeS) => {
    load += 0.02 * (6 - load) + 0.08 * normal(random);
    return rounded(load + 0.04 * Math.sin(timeS * 13.7) + 0.05 * normal(random), 2);
  };
}

/** A set-point that somebody changes, or a programme. */
function steps(random: Random): Signal {
  let [value, untilS] = [50, 0];
  return (timeS) => {
    if (timeS >= untilS) {
      value = 5 * Math.floor(random() * 40);
      untilS = timeS + 5 + 60 * random();
    }
    return value;
  };
}

/** mm at 0.001: an axis from place to place with limited acceleration and speed, a dwell there, an encoder's last step. */
function position(random: Random): Signal {
  const [speedMax, acceleration] = [250, 800];
  let [from, to, startS, dwellS] = [0, 0, 0, 0];
  const travelS = () => {
    const way = Math.abs(to - from);
    const rampS = Math.min(speedMax / acceleration, Math.sqrt(way / acceleration));
    return { way, rampS, cruiseS: way / (acceleration * rampS || 1) - rampS };
  };
  const at = (s: number) => {
    const { way, rampS, cruiseS } = travelS();
    const speed = acceleration * rampS;
    if (s < rampS) return (acceleration * s * s) / 2;
    if (s < rampS + cruiseS) return (speed * rampS) / 2 + speed * (s - rampS);
    const leftS = Math.max(0, 2 * rampS + cruiseS - s);
    return way - (acceleration * leftS * leftS) / 2;
  };
  return (timeS) => {
    const { rampS, cruiseS } = travelS();
    if (timeS > startS + 2 * rampS + cruiseS + dwellS) {
      [from, to, startS, dwellS] = [to, 800 * random(), timeS, 0.2 + 2 * random()];
    }
    return rounded(from + Math.sign(to - from) * at(timeS - startS) + 0.0005 * normal(random), 3);
  };
}

/** No sensor: all bits of a number, as a worst case. */
function noise(random: Random): Signal {
  return () => normal(random) * 10;
}

/** A float32 register of a PLC, read at 0.1. */
function single(random: Random): Signal {
  const warm = temperature(random);
  return (timeS) => Math.fround(warm(timeS));
}

/** A double that a PLC computes: smooth, with all its bits. */
function computed(): Signal {
  return (timeS) => 21.37 + 4 * Math.sin(timeS / 31) + Math.sin(timeS / 7);
}

/** A meter of a plant, in its smallest unit, as an int64. */
function counter(random: Random): Signal {
  let counted = 5_000_000_000_000;
  return () => {
    counted += Math.floor(2400 + 130 * normal(random));
    return counted;
  };
}

export const signals: Readonly<Record<string, (random: Random) => Signal>> = {
  'temperature 0.1': temperature,
  'current 0.01': current,
  constant: () => () => 24,
  steps,
  'position 1 µm': position,
  'float32 at 0.1': single,
  'smooth double': computed,
  'double noise': noise,
  'int64 counter': counter,
};

export const realistic = ['temperature 0.1', 'current 0.01', 'constant', 'steps', 'position 1 µm'] as const;

export interface SeriesOptions {
  readonly seed: number;
  readonly samples: number;
  /** One standard deviation of the sampling instant; 0: a regular clock. */
  readonly jitterMs: number;
  /** It has a stamp of its own (whole ms) and arrives some milliseconds later. */
  readonly stamped?: boolean;
}

export const startMs = 1_763_700_000_000;
const periodMs = 100;

/** Ten samples a second. The value is that of the instant at which it was taken. */
export function seriesOf(signal: string, { seed, samples, jitterMs, stamped }: SeriesOptions): Series {
  const random = newRandom(seed);
  const valueAt = signals[signal]!(newRandom(seed + 1000));
  const column = () => new Float64Array(samples);
  const [timeMs, value, receiveMs, rawMs] = [column(), column(), column(), column()];
  let lastMs = 0;
  for (let i = 0; i < samples; i++) {
    const instantMs = i * periodMs + jitterMs * normal(random);
    timeMs[i] = startMs + Math.round(instantMs);
    value[i] = valueAt(instantMs / 1000);
    // A network: two milliseconds, and now and then some more; nothing overtakes.
    const delayMs = stamped ? 2 + Math.exp(0.5 * normal(random)) : 0;
    receiveMs[i] = lastMs = Math.max(lastMs, Math.ceil(timeMs[i]! + delayMs));
    rawMs[i] = stamped ? timeMs[i]! : Number.NaN;
  }
  return {
    length: samples,
    ...{ timeMs, value, receiveMs, rawMs },
    quality: new Uint32Array(samples),
    exact: signal.startsWith('int64') ? BigInt64Array.from(value, BigInt) : new BigInt64Array(0),
  };
}
