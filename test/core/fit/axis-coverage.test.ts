import { describe, expect, test } from 'vitest';
import { axisCoverage, slideTruth } from './coverage.ts';

describe('the 95 % intervals of an axis have the truth in them; bench/fit.ts counts them over more records', () => {
  test.each([
    ['output-error', 0],
    ['inverse', 0.7],
  ] as const)('%s, noise that keeps %d from sample to sample', (method, colour) => {
    const shares = axisCoverage(method, colour, 20);
    expect([...shares.keys()]).toEqual(Object.keys(slideTruth));
    let sum = 0;
    for (const [name, share] of shares) {
      expect(share, name).toBeGreaterThanOrEqual(0.849);
      sum += share;
    }
    expect(sum / shares.size).toBeGreaterThanOrEqual(0.9);
    expect(sum / shares.size).toBeLessThan(1);
  });
});
