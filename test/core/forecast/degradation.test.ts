import { describe, expect, it } from 'vitest';
import { forecastFrom, forecastWear } from '../../../src/core/forecast/degradation.ts';
import { fleetPrior, type WearMeasure } from '../../../src/core/forecast/degradation-prior.ts';
import { newRandom, type Random } from '../wear/wearing.ts';

const limit = 300;

/** Parts of one kind: lives scatter, measurements are noisy, the curve is a power of use. */
function part(random: Random, spread = 0.25, exponent = 1.2, noise = 0.02) {
  const life = 100 * Math.exp(spread * random.normal());
  const points: WearMeasure[] = Array.from({ length: 12 }, (_, i) => {
    const use = ((i + 1) * life) / 11;
    return { use, wear: limit * ((use / life) ** exponent + noise * random.normal()) };
  });
  return { life, points };
}

const fleetOf = (count: number, seed: number) => {
  const random = newRandom(seed);
  return Array.from({ length: count }, () => part(random).points);
};

describe('a curve of wear with a fleet behind it', () => {
  const fleet = fleetOf(8, 1);
  const prior = fleetPrior(fleet, [], limit, 0, 3);
  const options = { seed: 3, particles: 300 };

  it('is the band of the fleet where nothing was measured', () => {
    const { life, notes, parts, points } = forecastFrom(prior, [], limit, options);
    expect(life.p50).toBeGreaterThan(85);
    expect(life.p50).toBeLessThan(118);
    expect(life.p95 / life.p05).toBeGreaterThan(1.7);
    expect(life.p95 / life.p05).toBeLessThan(4);
    expect([parts, points]).toEqual([8, 0]);
    expect(notes.join()).toMatch(/nothing of this part was measured/);
  });

  it('becomes its own band with every point, about its own life', () => {
    const own = part(newRandom(77), 0, 1.2);
    // A part that lasts half as long again as the others.
    const slow = own.points.map(({ use, wear }) => ({ use: 1.5 * use, wear }));
    const bands = [0, 2, 5, 9].map((count) => forecastFrom(prior, slow.slice(0, count), limit, options).life);
    const widths = bands.map(({ p05, p95 }) => p95 / p05);
    expect([...widths].sort((a, b) => b - a)).toEqual(widths);
    expect(widths[3]).toBeLessThan(1.35);
    expect(bands[3]!.p50 / 150).toBeCloseTo(1, 1);
    expect(bands[2]!.p50).toBeGreaterThan(bands[0]!.p50);
  });

  it('tells what is left from now, and how likely it is over', () => {
    const own = part(newRandom(5), 0).points.slice(0, 8);
    const early = forecastFrom(prior, own, limit, options);
    const late = forecastFrom(prior, own, limit, { ...options, now: 140 });
    expect(early.now).toBe(own.at(-1)!.use);
    expect(early.left.p50).toBeCloseTo(early.life.p50 - early.now, 6);
    expect(early.wornNow).toBeLessThan(0.05);
    expect(late.wornNow).toBeGreaterThan(0.95);
    expect(late.left.p90).toBe(0);
    const { curve } = early;
    for (const [k, point] of curve.entries()) {
      expect(point.p05).toBeLessThanOrEqual(point.p50);
      expect(point.probability).toBeGreaterThanOrEqual(curve[Math.max(0, k - 1)]!.probability);
    }
    expect(curve.at(-1)!.probability).toBeGreaterThan(0.9);
  });

  it('without a fleet says much less, and says so; with nothing at all it refuses', () => {
    const own = part(newRandom(5), 0).points.slice(0, 3);
    const alone = forecastWear(own, [], limit, options);
    const among = forecastFrom(prior, own, limit, options);
    expect(Math.log(alone.life.p95 / alone.life.p05)).toBeGreaterThan(
      2 * Math.log(among.life.p95 / among.life.p05),
    );
    expect(alone.notes.join()).toMatch(/no earlier parts are known/);
    expect(() => forecastWear([], [], limit)).toThrow(/nothing tells how long it lasts/);
    expect(() => forecastWear(own, fleet, 0)).toThrow(/not above the wear of what is new/);
  });

  it('is the same for the same seed, and outlives points that are no numbers', () => {
    const own = part(newRandom(8)).points.slice(0, 4);
    const one = forecastWear(own, fleet, limit, options);
    expect(forecastFrom(prior, own, limit, options)).toEqual(one);
    const spoilt = [...own, { use: Number.NaN, wear: 3 }, { use: -4, wear: Number.POSITIVE_INFINITY }];
    expect(forecastFrom(prior, spoilt, limit, options)).toEqual(one);
  });

  // Over fleets that are all different, parts of which nothing, little and much was measured. FORECAST_FLEETS=60 for more.
  it('holds nine in ten lives in its band of nine in ten', () => {
    const fleets = Number(process.env['FORECAST_FLEETS'] ?? 2);
    let held = 0;
    let count = 0;
    for (let seed = 1; seed <= fleets; seed++) {
      const random = newRandom(1000 + seed);
      const [spread, exponent] = [0.1 + 0.3 * random.uniform(), Math.exp(0.3 * random.normal())];
      const earlier = Array.from({ length: 6 }, () => part(random, spread, exponent, 0.03).points);
      const known = fleetPrior(earlier, [], limit, 0, seed);
      for (const points of [0, 1, 2, 4, 0, 1, 2, 4]) {
        const own = part(random, spread, exponent, 0.03);
        const { life } = forecastFrom(known, own.points.slice(0, points), limit, { seed, particles: 200 });
        count++;
        if (life.p05 <= own.life && own.life <= life.p95) held++;
      }
    }
    expect(held / count).toBeGreaterThanOrEqual(0.8);
  });
});
