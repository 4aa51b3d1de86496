// Chance with a seed. Each part of the plant forks a stream of its own, so that adding a sensor does not
// change another's noise. Must never be replaced by Math.random: the same seed is the same shop.

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  /** Normal with mean 0 and standard deviation 1. */
  gauss(): number;
  fork(label: string): Random;
}

export function newRandom(seed: string): Random {
  const next = sfc32(seed);
  let spare = Number.NaN;
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    gauss() {
      if (!Number.isNaN(spare)) {
        const kept = spare;
        spare = Number.NaN;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    fork: (label) => newRandom(`${seed}/${label}`),
  };
}

/** Small fast counter generator (Doty-Humphrey): 128 bits of state, passes PractRand. */
function sfc32(seed: string): () => number {
  let [a, b, c, counter] = scramble(seed);
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Four words from a text, each a differently keyed FNV-1a with a final mix. */
function scramble(text: string): [number, number, number, number] {
  const word = (basis: number) => {
    let hash = basis;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) | 0;
  };
  return [word(0x811c9dc5), word(0x9e3779b9), word(0x7f4a7c15), word(0x2545f491)];
}
