// How well probabilities kept their word: by decile what was said and what came, the Brier score, and bands.

export interface Said {
  readonly probability: number;
  readonly came: boolean;
}

export interface Decile {
  readonly count: number;
  readonly said: number;
  readonly came: number;
}

export function decilesOf(all: readonly Said[]): Decile[] {
  return Array.from({ length: 10 }, (_, d) => {
    const own = all.filter(({ probability }) => Math.min(9, Math.floor(probability * 10)) === d);
    const mean = (of: (said: Said) => number) => own.reduce((sum, each) => sum + of(each), 0) / own.length;
    return {
      count: own.length,
      said: mean((each) => each.probability),
      came: mean((each) => Number(each.came)),
    };
  });
}

/** And the skill over the base rate: 1 is perfect, 0 no better than always saying how often it comes. */
export function brierOf(all: readonly Said[]): { score: number; base: number; skill: number } {
  const mean = (of: (said: Said) => number) => all.reduce((sum, each) => sum + of(each), 0) / all.length;
  const score = mean(({ probability, came }) => (probability - Number(came)) ** 2);
  const base = mean(({ came }) => Number(came));
  return { score, base, skill: 1 - score / (base * (1 - base)) };
}

/** Standard normal numbers that fill the distribution evenly, in a shuffled order. */
export function evenNormals(count: number, uniform: () => number): number[] {
  const all = Array.from({ length: count }, (_, i) => normalQuantile((i + 0.5) / count));
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** By halving: the cumulative is summed from its series. */
export function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (cumulative(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export function cumulative(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let term = z;
  let sum = z;
  for (let k = 1; Math.abs(term) > 1e-17 && k < 400; k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
