// The plant's physics: the same shop from the same seed, and nothing a machine could not do.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Mode } from '../../src/plant/controller.ts';
import { drawHidden } from '../../src/plant/hidden.ts';
import { newRandom } from '../../src/plant/random.ts';
import { newTruth, stepTruth, type Truth } from '../../src/plant/truth.ts';
import { sentWithin } from './shop-floor.ts';

function hashOf(seed: number): string {
  const hash = createHash('sha256');
  for (const { topic, payload } of sentWithin(20, { seed })) hash.update(`${topic} ${payload}\n`);
  return hash.digest('hex');
}

function run(truth: Truth, seconds: number, each: (truth: Truth) => void): void {
  for (let i = 0; i < seconds * 1000; i++) {
    stepTruth(truth);
    each(truth);
  }
}

describe('a seed', () => {
  test('makes the same shop to the last byte', () => {
    expect(hashOf(7)).toBe(hashOf(7));
  });

  test('makes another shop than another seed', () => {
    expect(hashOf(7)).not.toBe(hashOf(8));
  });

  test('draws hidden parameters near the nominal ones, and not on them', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { axes, spindle } = drawHidden(newRandom(String(seed)));
      for (const axis of axes) {
        const massKg = axis.motorMassKg + axis.tableMassKg;
        expect(Math.abs(massKg / 100 - 1)).toBeLessThanOrEqual(0.15);
        expect(massKg).not.toBe(100);
        expect(Math.abs(axis.coulombN / 98 - 1)).toBeLessThanOrEqual(0.15);
      }
      expect(Math.abs(spindle.ktNmPerA / 0.4 - 1)).toBeLessThanOrEqual(0.15);
    }
  });
});

describe('one part', () => {
  const seen = new Set<Mode>();
  const tools = new Set<number>();
  let mostAxisA = 0;
  let mostSpindleA = 0;
  let restA = 0;
  let worstFollowingMm = 0;
  let partS = 0;
  const cutting: number[] = [];
  const truth = newTruth('3/mill-1');
  run(truth, 120, ({ controller, axes, spindle, cut, steps }) => {
    seen.add(controller.mode);
    tools.add(controller.tool);
    mostSpindleA = Math.max(mostSpindleA, spindle.currentA);
    axes.forEach((axis, index) => {
      mostAxisA = Math.max(mostAxisA, axis.currentA);
      const followingM = Math.abs(axis.tableM - controller.axes[index]!.positionM);
      worstFollowingMm = Math.max(worstFollowingMm, followingM * 1000);
    });
    if (controller.mode === 'idle' && controller.inBlockS > 0.2) {
      restA = Math.max(restA, spindle.currentA, ...axes.map((axis) => axis.currentA));
    }
    if (cut.powerW > 100) cutting.push(spindle.currentA);
    if (controller.parts === 1 && partS === 0) partS = steps / 1000;
  });

  test('is milled, with idling and changes of all four tools, in one to one and a half minutes', () => {
    expect([...seen].sort()).toEqual(['cutting', 'idle', 'rapid', 'spindle', 'tool-change']);
    expect(tools).toEqual(new Set([1, 2, 3, 4]));
    expect(partS).toBeGreaterThan(60);
    expect(partS).toBeLessThan(95);
  });

  test('draws currents a drive can give, and none at rest', () => {
    expect(mostAxisA).toBeGreaterThan(3);
    expect(mostAxisA).toBeLessThan(10);
    expect(mostSpindleA).toBeLessThan(10);
    expect(restA).toBe(0);
    const meanA = cutting.reduce((sum, value) => sum + value, 0) / cutting.length;
    expect(meanA).toBeGreaterThan(3);
    expect(meanA).toBeLessThan(8);
  });

  test('follows its path within a third of a millimetre', () => {
    expect(worstFollowingMm).toBeLessThan(0.35);
  });
});

test('after half an hour the winding is warm and steady, for any seed', () => {
  for (const seed of ['1/mill-1', '2/mill-1', '3/mill-1']) {
    const truth = newTruth(seed);
    let hottest = 0;
    run(truth, 1800, ({ heat }) => {
      hottest = Math.max(hottest, heat.windingC, heat.bearingC);
    });
    const { windingC, bearingC, housingC, ambientC } = truth.heat;
    expect(windingC).toBeGreaterThan(38);
    expect(hottest).toBeLessThan(62);
    expect(housingC).toBeGreaterThan(ambientC);
    expect(housingC).toBeLessThan(windingC);
    expect(bearingC).toBeGreaterThan(ambientC);
  }
}, 40_000);

test('the plant shares no line with the twin', () => {
  const folder = new URL('../../src/plant/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    expect(text, file).not.toMatch(/from '\.\.\/(core|runtime|sources|sinks|config|broker)\//);
  }
});
