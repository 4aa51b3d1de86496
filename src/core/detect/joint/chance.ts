// Numbers that look random, whose state is a number: a snapshot keeps it and a replay rolls the same.

export interface Chance {
  state: number;
}

/** The next number from 0 up to, without, 1: a counter through a mixing function (splitmix, 32 bits). */
export function nextChance(chance: Chance): number {
  chance.state = (chance.state + 0x9e3779b9) >>> 0;
  let mixed = Math.imul(chance.state ^ (chance.state >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
