// Randomness for a forecast: a seed, and the same numbers on any thread. Nothing secret.

export interface Random {
  /** From 0 up to, without, 1. */
  uniform(): number;
  normal(): number;
  /** Of mean 1. */
  exponential(): number;
}

/** sfc32: three words and a counter. */
export function newRandom(seed: number): Random {
  let a = mixed(seed, 0x9e3779b9);
  let b = mixed(seed / 2 ** 32, 0x243f6a88);
  let c = 0xb7e15162;
  let counter = 1;
  const next = (): number => {
    const out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  const uniform = () => next() / 2 ** 32;
  let spare = Number.NaN;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal, exponential: () => -Math.log(1 - uniform()) };
}

function mixed(seed: number, salt: number): number {
  let word = Math.imul(Math.trunc(seed) ^ salt, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
