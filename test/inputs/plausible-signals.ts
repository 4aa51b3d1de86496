// Signals as machines make them, seeded: what a rule against faults must leave alone. Each gives one value a call.
export type Signal = () => number;

/** Normal noise, by Box and Muller. */
export function noise(random: () => number, sigma: number): number {
  return sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const between = (random: () => number, low: number, high: number) => low + random() * (high - low);
/** Sizes as they come: as often between 0.1 and 1 as between 100 and 1000. */
const anySize = (random: () => number) => 10 ** between(random, -1, 4);

/** What moves by itself, or is moved, but does not step: temperatures, positions, levels, loads. */
export const gradual: Record<string, (random: () => number) => Signal> = {
  'a steady level with noise': (random) => {
    const level = anySize(random);
    const sigma = level * between(random, 0, 0.2);
    return () => level + noise(random, sigma);
  },
  'a ramp up and down through zero': (random) => {
    const size = anySize(random);
    const samples = Math.round(between(random, 20, 400));
    let i = 0;
    return () => size * (Math.abs((i++ % samples) / samples - 0.5) - 0.25) + noise(random, size * 0.001);
  },
  'a sine, fast or slow': (random) => {
    const size = anySize(random);
    const mean = random() < 0.5 ? 0 : size * between(random, 0.5, 2);
    const samples = between(random, 4, 500);
    let i = 0;
    return () => mean + size * Math.sin((2 * Math.PI * i++) / samples) + noise(random, size * 0.01);
  },
  'first-order answers to setpoints': (random) => {
    let value = anySize(random);
    let goal = value;
    const tau = between(random, 5, 50);
    return () => {
      if (random() < 0.01) goal = anySize(random);
      value += (goal - value) / tau;
      return value + noise(random, 0.002 * value);
    };
  },
  'a spindle from 0 to its speed and back, on a ramp': (random) => {
    const speed = Math.round(anySize(random));
    const samples = Math.round(between(random, 3, 30));
    let value = 0;
    let goal = 0;
    return () => {
      if (random() < 0.02) goal = goal === 0 ? speed : 0;
      value += Math.max(-speed / samples, Math.min(speed / samples, goal - value));
      return Math.round(value);
    };
  },
  'on and off, from zero': (random) => {
    const level = Math.round(anySize(random) * 10) / 10;
    let on = false;
    return () => {
      if (random() < 0.03) on = !on;
      return on ? level : 0;
    };
  },
  'pulse width modulation': (random) => {
    const [low, high] = [anySize(random), anySize(random)];
    const period = Math.round(between(random, 2, 14));
    const duty = between(random, 0.1, 0.9);
    let i = 0;
    return () => ((i++ % period) / period < duty ? high : low);
  },
  'single spikes on a level': (random) => {
    const level = anySize(random);
    return () => (random() < 0.02 ? level * [1000, 60, 100, 25.4, 0.001][Math.floor(random() * 5)]! : level);
  },
  'pure noise around zero': (random) => {
    const size = anySize(random);
    return () => noise(random, size);
  },
};

/** What steps by itself to any of many levels: commands, programmes, switched ranges. */
export function setpoints(random: () => number): Signal {
  let level = anySize(random);
  return () => {
    if (random() < 0.02) level = anySize(random);
    return level;
  };
}
