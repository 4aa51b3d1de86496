import { describe, expect, test } from 'vitest';
import { fitAxis } from '../../../src/core/fit/axis.ts';
import type { AxisOptions } from '../../../src/core/fit/axis-setup.ts';
import type { FitAnswer, FitRecord, FittedParameter } from '../../../src/core/fit/fit.ts';
import { plainSlide, recordOf, type Shot, shoot } from './lathe-slide.ts';

const methods = ['inverse', 'output-error'] as const;
const truth = { mass: 120, viscous: 340, coulomb: 85, offset: 30 };
const drive = { lever: 0.1, gear: 10, efficiency: 0.85 };
/** Amperes for each newton at a torque constant of 0.5 Nm/A. */
const ampere = drive.lever / (drive.gear * drive.efficiency * 0.5);

function parameter(answer: FitAnswer, name: string): FittedParameter {
  const found = answer.parameters.find((p) => p.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${answer.parameters.map((p) => p.name).join()}`);
  return found;
}

function within(answer: FitAnswer, wanted: Readonly<Record<string, number>>, share: number): void {
  for (const [name, value] of Object.entries(wanted)) {
    expect(Math.abs(parameter(answer, name).value / value - 1), name).toBeLessThan(share);
  }
}

const fast = shoot(plainSlide, { seed: 1, rateHz: 1000, durationS: 25 });
const plain = shoot(plainSlide, { seed: 4, rateHz: 200, durationS: 20 });
const slow = shoot(plainSlide, { seed: 2, rateHz: 10, durationS: 150, moveS: [2, 5] });
const resting = shoot(plainSlide, { seed: 7, rateHz: 200, durationS: 60, dwellS: 5 });
const coarse = shoot(plainSlide, { seed: 6, rateHz: 1000, durationS: 8, encoderStep: 2e-5 });
const oneSided = shoot(
  { ...plainSlide, viscous: [300, 380], coulomb: [70, 100], offset: 0 },
  { seed: 3, rateHz: 500, durationS: 15 },
);

describe.each(methods)('an axis by %s', (method) => {
  const solve = (record: FitRecord, options: AxisOptions = {}): FitAnswer =>
    fitAxis(record, { method, ...options });
  const amperes = (shot: Shot): Float64Array => shot.force.map((f) => f * ampere);

  test('25,000 samples at 1 kHz: mass, friction and offset within 2 %, and the unseen third as well predicted', () => {
    const answer = solve(recordOf(fast, { force: fast.force }));
    within(answer, truth, 0.02);
    const [trace] = answer.traces;
    expect(trace!.fit.r2).toBeGreaterThan(0.998);
    expect(trace!.validation!.r2).toBeGreaterThan(0.998);
    expect(trace!.validation!.relativeError).toBeLessThan(0.04);
    expect(trace!.predicted.every(Number.isFinite)).toBe(true);
    expect(answer).toMatchObject({ converged: true, method });
    expect(answer.notes.join('\n')).toContain('low-pass at');
    expect(answer.warnings).toEqual([]);
  });

  test('slow data: 10 samples a second', () => {
    const answer = solve(recordOf(slow, { force: slow.force }), { smoothing: plainSlide.turn });
    within(answer, { viscous: 340, coulomb: 85, offset: 30, mass: 120 }, 0.02);
  });

  test('friction by direction, with what an offset cannot be told from said', () => {
    const shot = oneSided;
    const answer = solve(recordOf(shot, { force: shot.force }), { byDirection: true });
    const wanted = { viscousPositive: 380, viscousNegative: 300, coulombPositive: 100, coulombNegative: 70 };
    within(answer, { ...wanted, mass: 120 }, 0.02);
    expect(parameter(answer, 'offset')).toMatchObject({ known: true, value: 0 });
    expect(answer.notes.join()).toContain('the offset is taken as 0');
    const lifted = recordOf(shot, { force: shot.force.map((f) => f + 50) });
    within(solve(lifted, { byDirection: true, known: { offset: 50 } }), wanted, 0.02);
  });

  test('with the mass known, a current tells the torque constant', () => {
    const answer = solve(recordOf(plain, { current: amperes(plain) }), { known: { mass: 120, ...drive } });
    within(answer, { kt: 0.5, viscous: 340, coulomb: 85, offset: 30 }, 0.02);
    expect(parameter(answer, 'kt')).toMatchObject({ unit: 'Nm/A', known: false });
    expect(parameter(answer, 'mass')).toMatchObject({ value: 120, known: true, sigma: Number.NaN });
    const bare = solve(recordOf(plain, { current: amperes(plain) }), { known: { mass: 120 } });
    within(bare, { forcePerAmpere: 1 / ampere, coulomb: 85 }, 0.02);
  });

  test('with the torque constant known, a current tells the mass; so does a torque', () => {
    const known = { kt: 0.5, ...drive };
    within(solve(recordOf(plain, { current: amperes(plain) }), { known }), truth, 0.02);
    const torque = plain.force.map((f) => (f * drive.lever) / (drive.gear * drive.efficiency));
    within(solve(recordOf(plain, { torque }), { known: drive }), truth, 0.02);
  });

  test('with nothing known, all is in amperes, and that is said', () => {
    const answer = solve(recordOf(plain, { current: amperes(plain) }));
    within(answer, { mass: 120 * ampere, viscous: 340 * ampere, coulomb: 85 * ampere }, 0.02);
    expect(parameter(answer, 'mass').unit).toBe('A/(m/s²)');
    expect(answer.warnings.join()).toContain('neither the mass nor the force per A is known');
  });

  test('a clamp that only tells the size of the current', () => {
    const size = amperes(plain).map(Math.abs);
    const answer = solve(recordOf(plain, { current: size }), {
      unsigned: true,
      known: { kt: 0.5, ...drive },
    });
    within(answer, truth, 0.02);
    const [trace] = answer.traces;
    expect(Math.min(...trace!.predicted)).toBeGreaterThanOrEqual(0);
    expect(trace!.validation!.r2).toBeGreaterThan(0.99);
  });

  test('long rests, in which friction holds any force, do not weigh', () => {
    const shot = resting;
    const still = shot.velocity.map((v) => (Math.abs(v) < 1e-4 ? 1 : 0));
    const record = recordOf(shot, { force: shot.force.map((f, i) => f + 70 * still[i]!) });
    const answer = solve(record);
    within(answer, truth, 0.02);
    expect(answer.notes.join()).toMatch(/\d+ % of the rows are at rest.* N on unseen data/);
  });
});

describe('both methods differentiate alike: an axis by output error', () => {
  const solve = (record: FitRecord): FitAnswer => fitAxis(record);

  test('a coarse encoder, gaps, holes and a velocity instead of a position', () => {
    within(solve(recordOf(coarse, { force: coarse.force })), truth, 0.02);
    const kept = [...plain.timeS.keys()].filter((i) => i % 900 < 780);
    const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
    const force = pick(plain.force).map((f, i) => (i % 41 === 0 ? Number.NaN : f));
    const holed = recordOf({ ...plain, timeS: pick(plain.timeS), position: pick(plain.position) }, { force });
    within(solve(holed), truth, 0.02);
    const { timeS, segments } = recordOf(plain, {});
    within(
      solve({ timeS, segments, columns: { velocity: plain.velocity, force: plain.force } }),
      truth,
      0.02,
    );
  });

  test('stamps that jitter, are rounded, or come twice', () => {
    const force = plain.force;
    const stamped = (stamp: (t: number, i: number) => number): FitRecord =>
      recordOf({ ...plain, timeS: plain.timeS.map(stamp) }, { force });
    within(solve(stamped((t, i) => t + 0.001 * Math.sin(7 * i))), truth, 0.02);
    within(solve(stamped((t) => Math.round(t * 500) / 500)), truth, 0.02);
    within(solve(stamped((t, i) => (i % 50 === 1 ? plain.timeS[i - 1]! : t))), truth, 0.02);
  });

  test('tiny and huge axes alike', () => {
    for (const scale of [1e-6, 1e6]) {
      const shot = { ...plain, position: plain.position.map((x) => x * 1e-3) };
      const force = plain.force.map((f) => f * scale);
      const answer = solve(recordOf(shot, { force }));
      within(answer, { mass: 120e3 * scale, viscous: 340e3 * scale, coulomb: 85 * scale }, 0.02);
    }
  });

  test('what validates has no say: another ending changes no digit of a parameter', () => {
    const record = recordOf(plain, { force: plain.force });
    const edge = record.segments[1]!.from;
    const bend = (column: Float64Array, factor: number): Float64Array =>
      column.map((value, i) => (i >= edge ? factor * value + 0.01 * (i % 7) : value));
    const other = {
      ...record,
      columns: { position: bend(plain.position, -2), force: bend(plain.force, 5) },
    };
    const [one, two] = [solve(record), solve(other)];
    expect(two.parameters).toEqual(one.parameters);
    expect(two.traces[0]!.fit).toEqual(one.traces[0]!.fit);
    expect(two.traces[0]!.validation!.rmse).toBeGreaterThan(10 * one.traces[0]!.validation!.rmse);
    const third = {
      ...record,
      columns: { ...record.columns, force: plain.force.map((f, i) => (i < edge ? 1.1 * f : f)) },
    };
    expect(parameter(solve(third), 'mass').value).not.toBe(parameter(one, 'mass').value);
  });

  test('the same record gives the same bits', () => {
    const record = recordOf(plain, { force: plain.force });
    expect(solve(record)).toEqual(solve(record));
  });
});

describe('an axis with creep', () => {
  test('its Stribeck friction is told apart from Coulomb friction', () => {
    const slide = { ...plainSlide, stribeck: { force: 60, velocity: 0.02 } };
    const shot = shoot(slide, { seed: 5, rateHz: 1000, durationS: 14, moveS: [0.5, 4] });
    const answer = fitAxis(recordOf(shot, { force: shot.force }), { stribeck: true, starts: 3 });
    within(answer, { ...truth, stribeck: 60, stribeckVelocity: 0.02 }, 0.02);
    const without = fitAxis(recordOf(shot, { force: shot.force }));
    expect(without.traces[0]!.fit.rmse).toBeGreaterThan(2 * answer.traces[0]!.fit.rmse);
  });

  test('the accuracy of the force sensor is in every interval', () => {
    const shot = shoot(plainSlide, { seed: 8, rateHz: 200, durationS: 10 });
    const answer = fitAxis(recordOf(shot, { force: shot.force }), { gainSigma: 0.03 });
    const { value, sigma } = parameter(answer, 'mass');
    expect(sigma / value).toBeCloseTo(0.03, 3);
  });

  test('a force that comes 5 ms after the motion is noticed, one in time is not', () => {
    const late = recordOf(
      { ...plain, timeS: plain.timeS.subarray(1), position: plain.position.subarray(1) },
      {
        force: plain.force.subarray(0, -1),
      },
    );
    for (const method of methods) {
      expect(fitAxis(late, { method }).warnings.join()).toMatch(/come (4\.\d+|5|5\.\d+) ms after the motion/);
      const inTime = recordOf(plain, { force: plain.force });
      expect(fitAxis(inTime, { method }).warnings.join()).not.toContain('the motion (±');
    }
  });
});
