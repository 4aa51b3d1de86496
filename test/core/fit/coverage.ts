// How often intervals have the truth in them, over as many records as asked: few in tests, many in the bench.
import { fitAxis } from '../../../src/core/fit/axis.ts';
import type { IntervalOptions } from '../../../src/core/fit/intervals.ts';
import { fitThermal } from '../../../src/core/fit/thermal.ts';
import { fitWear } from '../../../src/core/fit/wear-curve.ts';
import { type Curve, fitted, free, noise } from './curves.ts';
import { dice } from './dice.ts';
import { plainSlide, recordOf, type Shot, shoot } from './lathe-slide.ts';
import { recordOf as thermalRecord } from './rk4-network.ts';
import { play, truthOfTwo, two } from './thermal-scene.ts';
import { type shapes, told, wornOut, recordOf as wornRecord } from './worn-tools.ts';

export const slideTruth: Readonly<Record<string, number>> = {
  mass: 120,
  viscous: 340,
  coulomb: 85,
  offset: 30,
};

/** Ten motions share the noises. */
const motions = 10;

function noisy(shot: Shot, seed: number, colour: number): Float64Array {
  const { normal } = dice(seed + 77);
  const rms = Math.sqrt(shot.force.reduce((sum, f) => sum + f * f, 0) / shot.force.length);
  let kept = normal();
  return shot.force.map((f) => {
    kept = colour * kept + Math.sqrt(1 - colour * colour) * normal();
    return f + 0.01 * rms * kept;
  });
}

/** By name, of so many records. */
export function axisCoverage(
  method: 'inverse' | 'output-error',
  colour: number,
  records: number,
): Map<string, number> {
  const shots = Array.from({ length: Math.min(motions, records) }, (_, seed) =>
    shoot(plainSlide, { seed, rateHz: 100, durationS: 8, noise: 0 }),
  );
  const held = new Map<string, number>();
  for (let seed = 0; seed < records; seed++) {
    const shot = shots[seed % shots.length]!;
    const record = recordOf(shot, { force: noisy(shot, seed, colour) }, 1);
    for (const { name, low95, high95 } of fitAxis(record, { method }).parameters) {
      const value = slideTruth[name];
      if (value === undefined) continue;
      held.set(name, (held.get(name) ?? 0) + (low95 <= value && value <= high95 ? 1 : 0));
    }
  }
  return new Map([...held].map(([name, count]) => [name, count / records]));
}

/** Of all four parameters of two nodes, over so many records. */
export function thermalCoverage(records: number): number {
  let held = 0;
  for (let seed = 1; seed <= records; seed++) {
    const { timeS, columns } = play({ net: two, durationS: 5400, stepS: 6, seed });
    const { parameters } = fitThermal(thermalRecord(timeS, columns));
    for (const [name, value] of Object.entries(truthOfTwo)) {
      const { low95, high95 } = parameters.find((parameter) => parameter.name === name)!;
      if (low95 <= value && value <= high95) held++;
    }
  }
  return held / (4 * records);
}

/** How often the true life lies between p10 and p90 of the last tool, seen to 60 % of its life. */
export function wearCoverage(shape: keyof typeof shapes, before: number, tools: number): number {
  let inside = 0;
  for (let seed = 1; seed <= tools; seed++) {
    const roll = dice(1000 * before + seed);
    const lives = Array.from({ length: before + 1 }, () => 40 * Math.exp(0.2 * roll.normal()));
    const seen = lives.flatMap((life, k) =>
      k < before ? wornOut(roll, shape, k + 1, life, 1, 10) : wornOut(roll, shape, k + 1, life, 0.6, 10),
    );
    const life = fitWear(wornRecord(seen), told).runs.at(-1)!.life!;
    if (life.p10 <= lives.at(-1)! && lives.at(-1)! <= life.p90) inside++;
  }
  return inside / tools;
}

const mix: Curve = (b, i) => b[0]! * Math.sin(i / 6.4) + b[1]! * Math.sign(Math.cos(i / 10.7)) + b[2]!;
const bursts: Curve = (b, i) => b[0]! * (i % 250 < 15 ? 1 : 0) + b[1]! * Math.sign(Math.sin(i / 40)) + b[2]!;
const decay: Curve = (b, i) => b[0]! * Math.exp(-i / b[1]!) + b[2]!;
const truths = { mix: [1, 2, 0.5], bursts: [5, 2, 1], decay: [10, 60, 3] };
const curves = { mix, bursts, decay };

/** Name, rows, and what noise keeps from row to row. */
export const intervalCases = [
  ['mix', 400, 0],
  ['mix', 400, 0.9],
  ['bursts', 600, 0],
  ['bursts', 600, 0.9],
  ['decay', 300, 0.5],
] as const;

/** By parameter, over so many noises. */
export function intervalCoverage(
  name: keyof typeof curves,
  rows: number,
  colour: number,
  noises: number,
  options: IntervalOptions = {},
): number[] {
  const truth = truths[name];
  const hits = truth.map(() => 0);
  for (let seed = 1; seed <= noises; seed++) {
    const y = noise(rows, colour, seed).map((value, i) => curves[name](truth, i) + 0.5 * value);
    const parameters = truth.map((value, j) => free(`p${j}`, value));
    const { low95, high95 } = fitted(curves[name], y, parameters, options);
    for (const [j, value] of truth.entries()) {
      if (low95[j]! <= value && value <= high95[j]!) hits[j] = hits[j]! + 1;
    }
  }
  return hits.map((count) => count / noises);
}
