// Thermal fits against a network simulated by Runge-Kutta: what was put in comes out, to 2 % at 1 % noise.
import { describe, expect, test } from 'vitest';
import type { FitAnswer, FitSegment } from '../../../src/core/fit/fit.ts';
import { FitRefusal } from '../../../src/core/fit/refusal.ts';
import { fitThermal } from '../../../src/core/fit/thermal.ts';
import { thermalCoverage } from './coverage.ts';
import { dice } from './dice.ts';
import { recordOf } from './rk4-network.ts';
import { one, play, three, truthOfTwo, two } from './thermal-scene.ts';

function without(columns: Record<string, Float64Array>, ...names: string[]): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)));
}

function parted(rows: number, share: number): FitSegment[] {
  const cut = Math.floor(rows * share);
  return [
    { from: 0, to: cut, use: 'fit' },
    { from: cut, to: rows, use: 'validation' },
  ];
}

/** Each within 2 % of the truth, and its interval no wider than that tells something. */
function expectFound(answer: FitAnswer, truth: Record<string, number>, share = 0.02): void {
  expect(answer.converged).toBe(true);
  for (const [name, value] of Object.entries(truth)) {
    const found = answer.parameters.find((parameter) => parameter.name === name);
    expect(found, name).toBeDefined();
    expect(Math.abs(found!.value / value - 1), `${name} ${found!.value}`).toBeLessThan(share);
    expect(found!.atBound, name).toBe(false);
    expect((found!.high95 - found!.low95) / value, name).toBeLessThan(4 * share);
  }
}

const deep = play({ net: three, durationS: 60_000, stepS: 10 });

describe('recovers', () => {
  test('one node at 1 Hz, with its time constant', () => {
    const { timeS, columns } = play({ net: one, durationS: 7200, stepS: 1 });
    const answer = fitThermal(recordOf(timeS, columns));
    expectFound(answer, { capacity1: 400, resistance1a: 1.5, timeConstant1: 600 });
    expect(answer.heatUnit).toBe('W');
  });

  test('two nodes at 1 Hz, and predicts what it has not seen to within the noise', () => {
    const { timeS, columns } = play({ net: two, durationS: 14_400, stepS: 1 });
    const answer = fitThermal(recordOf(timeS, columns, parted(timeS.length, 0.7)));
    expectFound(answer, truthOfTwo);
    expect(answer.starts.agreed).toBeGreaterThan(1);
    for (const trace of answer.traces) {
      const noise = 0.01 * (Math.max(...trace.measured) - Math.min(...trace.measured));
      expect(trace.fit.rmse).toBeLessThan(1.1 * noise);
      expect(trace.validation!.rmse).toBeLessThan(1.3 * noise);
      expect(trace.predicted.every(Number.isFinite)).toBe(true);
    }
  });

  test('three nodes at 0.1 Hz', () => {
    const { timeS, columns } = deep;
    expectFound(fitThermal(recordOf(timeS, columns)), {
      ...{ capacity1: 400, capacity2: 2000, capacity3: 6000 },
      ...{ resistance12: 0.4, resistance23: 0.2, resistance3a: 0.6 },
    });
  });

  test('a last node that nobody measures', () => {
    const { timeS, columns } = play({ net: two, durationS: 14_400, stepS: 1 });
    const answer = fitThermal(recordOf(timeS, without(columns, 'temp2'), parted(timeS.length, 0.7)), {
      nodes: 2,
    });
    expectFound(answer, truthOfTwo);
    // It stands at 24 degC in the beginning; the validation goes on from where the fit left it.
    expect(answer.traces[0]!.validation!.r2).toBeGreaterThan(0.99);
  });

  test('a middle node that nobody measures', () => {
    const { timeS, columns } = deep;
    const answer = fitThermal(recordOf(timeS, without(columns, 'temp2')));
    expectFound(answer, { capacity1: 400, capacity3: 6000, resistance3a: 0.6 });
    expectFound(answer, { capacity2: 2000, resistance12: 0.4, resistance23: 0.2 }, 0.04);
  });

  test('an ambient temperature that nobody measures', () => {
    const { timeS, columns } = play({ net: two, durationS: 14_400, stepS: 2, ambient: () => 19.3 });
    const answer = fitThermal(recordOf(timeS, without(columns, 'ambient')));
    expectFound(answer, { ...truthOfTwo, ambient: 19.3 });
  });

  test('what is driven by a current in a winding that grows warm', () => {
    const copper = (level: number, [t1]: readonly number[]): number[] => [
      0.5 * (level / 6) ** 2 * (1 + 0.00393 * (t1! - 25)),
      0,
    ];
    const { timeS, columns } = play({ net: two, durationS: 14_400, stepS: 8, heat: copper });
    const record = recordOf(timeS, {
      ...without(columns, 'heat'),
      current: columns['heat']!.map((x) => x / 6),
    });
    const sources = [{ kind: 'copper', column: 'current', gain: 0.5 }] as const;
    expectFound(fitThermal(record, { sources, starts: 2 }), truthOfTwo);
    // Taken for a resistance that does not change it fits worse, and is further off.
    const cold = fitThermal(record, { sources: [{ ...sources[0], alpha: 0 }], starts: 2 });
    const found = cold.parameters.find(({ name }) => name === 'resistance2a')!;
    expect(found.value).toBeGreaterThan(1.03 * 0.8);
    // Neither resistance nor heat known: time constants all the same, and it says what the rest is counted in.
    const free = fitThermal(record);
    expectFound(free, { timeConstant1: 1858, timeConstant2: 103.3 });
    expect(free.heatUnit).toBe('A²');
    expect(free.warnings.join()).toContain('K/A²');
    // One capacity known gives everything its unit back.
    expectFound(fitThermal(record, { known: { capacity1: 300 }, starts: 2 }), {
      'current.gain': 0.5,
      resistance2a: 0.8,
    });
  });

  test('a loss that grows with speed and enters another node', () => {
    const both = (level: number, _t: readonly number[], speed: number): number[] => [
      level,
      40 * (speed / 3000) ** 1.7,
    ];
    const { timeS, columns } = play({ net: two, durationS: 28_800, stepS: 8, heat: both });
    const answer = fitThermal(recordOf(timeS, columns), {
      sources: [
        { kind: 'heat', column: 'heat' },
        { kind: 'speed', column: 'speed', into: [2], reference: 3000 },
      ],
    });
    expectFound(answer, { ...truthOfTwo, 'speed.gain': 40, 'speed.exponent': 1.7 }, 0.03);
  });
});

describe('data as they come', () => {
  /** Rows lost at random, two long gaps, holes in the columns, a clock that counts from 1970. */
  function torn(seed: number): ReturnType<typeof recordOf> {
    const { timeS, columns } = play({ net: two, durationS: 28_800, stepS: 1, seed });
    const roll = dice(seed + 50);
    const inGap = (k: number): boolean => (k > 5000 && k < 6000) || (k > 15_000 && k < 17_000);
    const kept = [...timeS.keys()].filter((k) => roll.uniform() < 0.7 && !inGap(k));
    const pick = (column: Float64Array, holes: number): Float64Array =>
      Float64Array.from(kept, (k) => (roll.uniform() < holes ? Number.NaN : column[k]!));
    const time = Float64Array.from(kept, (k) => timeS[k]! + 1.7e9);
    const edges = [0, ...[...time.keys()].filter((k) => k > 0 && time[k]! - time[k - 1]! > 100), time.length];
    const segments = edges.slice(1).map((to, k): FitSegment => {
      return { from: edges[k]!, to, use: k < 2 ? 'fit' : 'validation' };
    });
    const { heat, ambient, temp1, temp2 } = columns as Record<
      'heat' | 'ambient' | 'temp1' | 'temp2',
      Float64Array
    >;
    const torn = {
      heat: pick(heat, 0.1),
      ambient: pick(ambient, 0),
      temp1: pick(temp1, 0.2),
      temp2: pick(temp2, 0),
    };
    return { timeS: time, columns: torn, segments };
  }

  test('gaps, missing values and an uneven clock', () => {
    const record = torn(3);
    expect(record.segments).toHaveLength(3);
    const answer = fitThermal(record);
    expectFound(answer, truthOfTwo);
    expect(answer.traces[1]!.validation!.samples).toBeGreaterThan(5000);
    expect(answer.traces[1]!.validation!.r2).toBeGreaterThan(0.98);
  });

  test('100,000 rows at 2 Hz are thinned as far as the time constants allow, and it says so', () => {
    const { timeS, columns } = play({ net: three, durationS: 50_000, stepS: 0.5 });
    const answer = fitThermal(recordOf(timeS, columns), { starts: 2 });
    expectFound(answer, { capacity1: 400, capacity3: 6000, resistance12: 0.4, resistance3a: 0.6 });
    expect(answer.method).toMatch(/every 6\.\d+ s \(means over 12 rows/);
    expect(answer.traces[0]!.predicted).toHaveLength(100_001);
  });

  test('sensors that are off', () => {
    const { timeS, columns } = play({ net: two, durationS: 28_800, stepS: 8 });
    const off = {
      ...columns,
      temp1: columns['temp1']!.map((t) => t + 1.2),
      temp2: columns['temp2']!.map((t) => t - 0.8),
    };
    const answer = fitThermal(recordOf(timeS, off), { offsetSigma: 1.5 });
    expectFound(answer, truthOfTwo);
    expectFound(answer, { offset1: 1.2, offset2: -0.8 }, 0.15);
  });

  test('as many nodes as the data ask for', () => {
    const { timeS, columns } = play({ net: two, durationS: 14_400, stepS: 24 });
    const only = without(columns, 'temp2');
    const byValidation = fitThermal(recordOf(timeS, only, parted(timeS.length, 0.7)), {
      nodes: 'auto',
      starts: 4,
    });
    expect([byValidation.nodes, byValidation.method]).toEqual([2, expect.stringContaining('validation')]);
    const byBic = fitThermal(recordOf(timeS, only), { nodes: 'auto', starts: 4 });
    expect([byBic.nodes, byBic.method]).toEqual([2, expect.stringContaining('BIC')]);
  });

  test('the same data give the same answer', () => {
    const { timeS, columns } = play({ net: one, durationS: 3600, stepS: 2 });
    const values = (): number[] => fitThermal(recordOf(timeS, columns)).parameters.map(({ value }) => value);
    expect(values()).toEqual(values());
  });
});

test('the 95 % intervals hold the truth; bench/fit.ts counts them over more records', () => {
  const share = thermalCoverage(8);
  expect(share).toBeGreaterThanOrEqual(0.875);
  expect(share).toBeLessThan(1);
});

describe('refuses in one sentence', () => {
  const { timeS, columns } = play({ net: one, durationS: 600, stepS: 10 });
  test.each([
    ['nothing heats', without(columns, 'heat'), {}, /needs a column heat or current/],
    ['nothing is measured', without(columns, 'temp1'), {}, /needs a column temp1/],
    ['heat that is always zero', { ...columns, heat: columns['heat']!.map(() => 0) }, {}, /heat is zero/],
    [
      'a source for a node that is not there',
      columns,
      { sources: [{ kind: 'heat', column: 'heat', into: [4] }] },
      /4/,
    ],
    [
      'a column that is not there',
      columns,
      { sources: [{ kind: 'copper', column: 'amps' }] },
      /no column amps/,
    ],
  ] as const)('%s', (_name, given, options, sentence) => {
    const attempt = (): unknown => fitThermal(recordOf(timeS, given), options);
    expect(attempt).toThrow(FitRefusal);
    expect(attempt).toThrow(sentence);
  });

  test('too few temperatures', () => {
    const few = { ...columns, temp1: columns['temp1']!.map((t, k) => (k % 20 === 0 ? t : Number.NaN)) };
    expect(() => fitThermal(recordOf(timeS, few))).toThrow(
      /4 measured temperatures are too few for 2 parameters/,
    );
  });

  test('and warns where a run is shorter than what it should show', () => {
    const slow = play({ net: { ...one, capacity: [4000] }, durationS: 1200, stepS: 2, ambient: () => 20 });
    expect(fitThermal(recordOf(slow.timeS, slow.columns)).warnings.join()).toMatch(
      /longer than the longest run/,
    );
  });
});
