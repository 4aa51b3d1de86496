import { describe, expect, test } from 'vitest';
import { fitAxis } from '../../../src/core/fit/axis.ts';
import type { FitRecord } from '../../../src/core/fit/fit.ts';
import { FitRefusal } from '../../../src/core/fit/refusal.ts';
import { plainSlide, recordOf, shoot } from './lathe-slide.ts';

const shot = shoot(plainSlide, { seed: 9, rateHz: 200, durationS: 12 });
const whole = recordOf(shot, { force: shot.force });

describe('what an axis fit cannot tell, it says', () => {
  test('no motion, be it without noise or with', () => {
    const still = (position: Float64Array): FitRecord => ({
      ...whole,
      columns: { ...whole.columns, position },
    });
    expect(() => fitAxis(still(shot.position.map(() => 0.3)))).toThrow(/does not move/);
    const shaky = shot.position.map((_, i) => 0.3 + 1e-6 * Math.sin(i * i));
    expect(() => fitAxis(still(shaky))).toThrow(/does not move .* noise/);
  });

  test('one direction only, unless friction or offset is known', () => {
    const keep = [...shot.timeS.keys()].filter((i) => shot.velocity[i]! > -1e-3);
    const pick = (column: Float64Array): Float64Array => Float64Array.from(keep, (i) => column[i]!);
    const record: FitRecord = {
      timeS: pick(shot.timeS),
      columns: { velocity: pick(shot.velocity), force: pick(shot.force) },
      segments: [{ from: 0, to: keep.length, use: 'fit' }],
    };
    expect(() => fitAxis(record)).toThrow(/only moves up the scale: Coulomb friction and offset/);
    expect(() => fitAxis(record, { byDirection: true })).toThrow(/friction of the other direction/);
    const answer = fitAxis(record, { known: { offset: 30 } });
    const coulomb = answer.parameters.find((p) => p.name === 'coulomb')!;
    expect(Math.abs(coulomb.value / 85 - 1)).toBeLessThan(0.02);
  });

  test('too few rows', () => {
    const few: FitRecord = { ...whole, segments: [{ from: 60, to: 75, use: 'fit' }] };
    expect(() => fitAxis(few)).toThrow(/too few rows/);
    expect(() => fitAxis({ ...whole, segments: [] })).toThrow(/too few rows/);
    const mute = { ...whole.columns, force: shot.force.map(() => Number.NaN) };
    expect(() => fitAxis({ ...whole, columns: mute })).toThrow(/motion and what drives it/);
  });

  test('a force that pushes against the motion', () => {
    const against = { ...whole, columns: { ...whole.columns, force: shot.force.map((f) => -f) } };
    for (const method of ['inverse', 'output-error'] as const) {
      expect(() => fitAxis(against, { method })).toThrow(/Turn the sign of the force/);
    }
  });

  test('columns that are missing, and known quantities it does not know', () => {
    const { timeS, segments } = whole;
    expect(() => fitAxis({ timeS, segments, columns: { force: shot.force } })).toThrow(
      /position or velocity/,
    );
    expect(() => fitAxis({ timeS, segments, columns: { position: shot.position } })).toThrow(
      /force, torque or current/,
    );
    expect(() => fitAxis(whole, { known: { weight: 3 } })).toThrow(/"weight" is not a quantity/);
    expect(() => fitAxis(whole, { known: { kt: 0 } })).toThrow(/kt has to be above 0/);
    for (const columns of [{ force: shot.force }, { position: shot.position }]) {
      expect(() => fitAxis({ timeS, segments, columns })).toThrow(FitRefusal);
    }
  });

  test('an acceleration that is mostly noise', () => {
    const coarse = shoot(plainSlide, {
      seed: 3,
      rateHz: 200,
      durationS: 30,
      moveS: [9, 10],
      encoderStep: 2e-5,
    });
    const answer = fitAxis(recordOf(coarse, { force: coarse.force }), { cutoffHz: 40 });
    expect(answer.warnings.join()).toContain('hardly above its noise');
  });
});
