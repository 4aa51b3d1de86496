import { describe, expect, test } from 'vitest';
import { fitAxis } from '../../../src/core/fit/axis.ts';
import { dice } from './dice.ts';
import { plainSlide, recordOf, type Shot, shoot } from './lathe-slide.ts';

const truth: Readonly<Record<string, number>> = { mass: 120, viscous: 340, coulomb: 85, offset: 30 };

// Ten motions, each with ten noises of its own.
const motions = Array.from({ length: 10 }, (_, seed) =>
  shoot(plainSlide, { seed, rateHz: 100, durationS: 8, noise: 0 }),
);

function noisy(shot: Shot, seed: number, colour: number): Float64Array {
  const { normal } = dice(seed + 77);
  const rms = Math.sqrt(shot.force.reduce((sum, f) => sum + f * f, 0) / shot.force.length);
  let kept = normal();
  return shot.force.map((f) => {
    kept = colour * kept + Math.sqrt(1 - colour * colour) * normal();
    return f + 0.01 * rms * kept;
  });
}

/** Of a hundred records: how often each interval has the truth in it. */
function coverage(method: 'inverse' | 'output-error', colour: number): Map<string, number> {
  const shares = new Map<string, number>();
  for (let seed = 0; seed < 100; seed++) {
    const shot = motions[seed % motions.length]!;
    const record = recordOf(shot, { force: noisy(shot, seed, colour) }, 1);
    for (const { name, low95, high95 } of fitAxis(record, { method }).parameters) {
      const value = truth[name];
      if (value === undefined) continue;
      shares.set(name, (shares.get(name) ?? 0) + (low95 <= value && value <= high95 ? 0.01 : 0));
    }
  }
  return shares;
}

describe('the 95 % intervals of an axis have the truth in them 90 to 99 times in 100', () => {
  for (const [method, colour] of [
    ['inverse', 0],
    ['output-error', 0],
    ['inverse', 0.7],
  ] as const) {
    test(`${method}, noise that keeps ${colour} from sample to sample`, () => {
      const shares = coverage(method, colour);
      expect([...shares.keys()]).toEqual(Object.keys(truth));
      for (const [name, share] of shares) {
        expect(share, name).toBeGreaterThanOrEqual(0.899);
        expect(share, name).toBeLessThanOrEqual(0.991);
      }
    });
  }
});
