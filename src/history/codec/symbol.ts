// Differences in classes that an entropy code can count: small ones one by one, larger ones by their size in quarters
// of an octave, with the bits below as they are. Must cover all of 32 bits.

export const symbolMax = 127;
/** Below it each number is a symbol of its own. */
const singles = 16;

/** By symbol: how many bits follow, and the least number that has it. */
export const extraBits = Uint8Array.from({ length: symbolMax + 1 }, (_, symbol) =>
  symbol < singles ? 0 : 2 + ((symbol - singles) >> 2),
);
export const symbolBase = Uint32Array.from({ length: symbolMax + 1 }, (_, symbol) =>
  symbol < singles ? symbol : (4 + (symbol & 3)) * 2 ** extraBits[symbol]!,
);

/** Most are small: looked up. */
export const smallMax = 4095;
export const smallSymbol = Uint8Array.from({ length: smallMax + 1 }, (_, number) => symbolOf(number));

/** Of a number from 0 to 2^32 - 1. */
export function symbolOf(number: number): number {
  if (number < singles) return number;
  const octave = 31 - Math.clz32(number);
  return singles + ((octave - 4) << 2) + ((number >>> (octave - 2)) & 3);
}
