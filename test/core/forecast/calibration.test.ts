// A few wear-outs of the bench's kind, so that a forecast that has lost its head is found before the bench is run.
import { describe, expect, it } from 'vitest';
import { riskOf } from '../../../src/core/forecast/risk.ts';
import { wearing } from '../wear/wearing.ts';
import { brierOf, decilesOf, evenNormals, type Said } from './reliability.ts';
import { wearOut } from './shop.ts';

const runs = Number(process.env['FORECAST_RUNS'] ?? 16);

describe('over wear-outs in a shop', () => {
  const factors = evenNormals(runs, () => 0.37);
  const asked = factors.flatMap((factorZ, i) =>
    wearOut(i + 1, { moments: 3, particles: 400, factorZ, lifeH: 20, watchedH: 12 }),
  );
  const told = asked.map(({ job, livedH }) => ({
    livedH,
    ...riskOf({ ...job, horizonH: 96 }, wearing).failures[0]!,
  }));

  it('most lives are in the band of nine in ten', () => {
    const held = told.filter(({ band90, livedH }) => band90!.p05 <= livedH && livedH <= band90!.p95);
    expect(held.length / told.length).toBeGreaterThanOrEqual(0.75);
  });

  it('what is said to be likely comes more often, and far better than the base rate says', () => {
    const said = told.flatMap(({ curve, livedH }): Said[] =>
      [1, 5, 11, 23, 47].map((k) => ({ probability: curve[k]!, came: livedH <= (96 * (k + 1)) / 48 })),
    );
    expect(brierOf(said).skill).toBeGreaterThan(0.3);
    const deciles = decilesOf(said);
    expect(deciles[0]!.came).toBeLessThan(0.25);
    expect(deciles[9]!.came).toBeGreaterThan(0.75);
    // A forecast that says the opposite fails: the figures do tell.
    expect(
      brierOf(said.map(({ probability, came }) => ({ probability: 1 - probability, came }))).skill,
    ).toBeLessThan(0);
  });
});
