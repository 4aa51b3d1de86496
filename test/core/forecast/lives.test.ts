import { describe, expect, it } from 'vitest';
import { drawLeft, drawNormals, livesOf, newDraws } from '../../../src/core/forecast/lives.ts';
import { newRandom } from '../../../src/core/forecast/random.ts';
import { passage } from '../../../src/core/forecast/runs.ts';
import { wearing } from '../wear/wearing.ts';
import { jobFor, newMachine, run } from './machine.ts';
import { cumulative } from './reliability.ts';

const irregular = 0.05 ** 2;

describe('what is left of a life', () => {
  it('scatters as a gamma process with this load does: its first passage, drawn step by step', () => {
    // Steps of 1/400 of a life, gamma with the mean of the step and a variance of 0.05² a life.
    const random = newRandom(9);
    const step = 1 / 400;
    const shape = step / irregular;
    const walks = Array.from({ length: 4000 }, () => {
      let sum = 0;
      let steps = 0;
      for (; sum < 0.4; steps++) sum += irregular * gammaOne(shape, random);
      return steps * step;
    }).sort((a, b) => a - b);
    const drawn = Array.from({ length: 20_000 }, () => passage(0.4, irregular, random.normal())).sort(
      (a, b) => a - b,
    );
    for (const p of [0.05, 0.1, 0.5, 0.9, 0.95]) {
      const [one, other] = [walks, drawn].map((list) => list[Math.floor(p * list.length)]!);
      expect(Math.abs(one! - other!), `p ${p}`).toBeLessThan(0.006);
    }
  });

  it('has the distribution of the inverse Gaussian kind in closed form', () => {
    const random = newRandom(2);
    const drawn = Array.from({ length: 40_000 }, () => passage(0.3, irregular, random.normal())).sort(
      (a, b) => a - b,
    );
    for (const c of [0.26, 0.29, 0.3, 0.31, 0.34]) {
      const share = drawn.filter((each) => each <= c).length / drawn.length;
      expect(share, `${c}`).toBeCloseTo(cumulative((c - 0.3) / Math.sqrt(irregular * c)), 1.7);
    }
    expect(passage(0, irregular, 3)).toBe(0);
    expect(passage(-1, irregular, 3)).toBe(0);
    expect(passage(0.2, 0, 2)).toBeCloseTo(0.2, 12);
  });

  it('is drawn from the factor, what has grown with it and the start, as the watch believes', () => {
    const machine = newMachine(wearing, {}, { dtS: 60, fresh: false });
    run(machine, 4, () => ({ load: 1, tool: 1 }), 60);
    const { memory } = jobFor(machine);
    const failures = [{ name: 't', about: '', of: { component: 'tool.1' }, threshold: 1 }];
    const lives = livesOf(wearing, memory, failures);
    const [life] = lives.lives;
    expect(life!.startSigma).toBeCloseTo(0.3, 9);
    expect(life!.left).toBeLessThan(1);
    const random = newRandom(4);
    const draws = newDraws(lives);
    const left: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      drawNormals(draws, i % 2 === 1, random);
      left.push(drawLeft(lives, 0, draws));
    }
    // By hand: life left of half-normal start and log-normal factor, without the irregularity, by plain sampling.
    const other = newRandom(40);
    const sigma = lives.factorSigma[life!.factor]!;
    const plain = Array.from({ length: 20_000 }, () => {
      const l = sigma * other.normal();
      const start = Math.max(0, 0.3 * other.normal());
      return Math.max(0, (life!.left - life!.grown * Math.expm1(l) - start) / Math.exp(l));
    });
    const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
    expect(mean(left) / mean(plain)).toBeCloseTo(1, 1.5);
    expect(left.every((each) => each >= 0)).toBe(true);
  });
});

/** Any shape: a sum of steps below one, by Ahrens and Dieter. */
function gammaOne(shape: number, random: ReturnType<typeof newRandom>): number {
  let sum = 0;
  let left = shape;
  for (; left >= 1; left--) sum += random.exponential();
  if (left < 1e-9) return sum;
  for (;;) {
    const b = 1 + left / Math.E;
    const p = b * random.uniform();
    const x = p <= 1 ? p ** (1 / left) : -Math.log((b - p) / left);
    if (random.exponential() >= (p <= 1 ? x : (1 - left) * Math.log(x))) return sum + x;
  }
}
