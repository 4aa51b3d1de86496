// Seeded numbers for tests of fits.
export interface Dice {
  readonly uniform: () => number;
  readonly normal: () => number;
}

/** The generator of Tommy Ettinger, known as mulberry32; normal ones after Box and Muller. */
export function dice(seed: number): Dice {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}
