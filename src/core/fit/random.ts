// Numbers that look random and are the same for the same seed: for starts of searches, nothing secret.

/** The next number from 0 up to, without, 1 at each call: a counter through a mixing function (splitmix, 32 bits). */
export function uniformFrom(seed: number): () => number {
  let state = Math.trunc(seed) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
