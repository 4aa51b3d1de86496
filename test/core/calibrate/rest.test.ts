// What thermometers are off by is learnt from a machine that has stood, and from no other.
import { describe, expect, it } from 'vitest';
import type { EkfLearner } from '../../../src/core/calibrate/jacobian.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { type Bed, newBed, strokes } from './bed.ts';

const errors = { 'winding.temp': 0.5, 'frame.temp': -0.4 } as const;
const truth = { 'winding.rth': 0.6, 'frame.rth': 0.85 };
const standsS = 6;

/** Thermometers that are off, on a motor that stands for a moment and then works. */
function follow(warmerK: number, stands: number, seconds: number): Bed {
  const bed = newBed({
    truth,
    noise: 0.15,
    motion: (atS) => (atS < stands ? { rpm: 0, load: 0 } : strokes(atS - stands)),
  });
  for (const [name, error] of Object.entries(errors)) {
    const output = motor.outputs.find((spec) => spec.observes?.state === name)!.name;
    bed.lies[output] = (value) => value + error;
    const state = motor.states.findIndex((spec) => spec.name === name);
    bed.truth.state[state] = bed.truth.state[state]! + warmerK;
  }
  bed.run(seconds);
  return bed;
}

/** By sensor: what it is believed to be off by, and one standard deviation. */
function believed(bed: Bed): { value: number; sigma: number }[] {
  const { group, estimate } = bed.calibrator.filters[0] as EkfLearner;
  return Array.from(group.outputs, (_, k) => {
    const i = group.states.length + k;
    return { value: estimate.mean[i]!, sigma: Math.sqrt(estimate.covariance[i * estimate.size + i]!) };
  });
}

describe('a machine that has stood', () => {
  it('shows what its thermometers are off by, and that is still known hours later', () => {
    for (const seconds of [60, 2 * 3600]) {
      const [winding, frame] = believed(follow(0, standsS, seconds));
      expect(Math.abs(winding!.value - errors['winding.temp'])).toBeLessThan(0.15);
      expect(Math.abs(frame!.value - errors['frame.temp'])).toBeLessThan(0.15);
      expect(Math.max(winding!.sigma, frame!.sigma)).toBeLessThan(0.15);
    }
  });

  it('tells its resistances within 5 % in an hour, with sensors that are off by 0.9 K between them', () => {
    const worst = (bed: Bed) =>
      Math.max(...Object.entries(truth).map(([name, value]) => Math.abs(bed.parameter(name) / value - 1)));
    expect(worst(follow(0, standsS, 3600))).toBeLessThan(0.05);
    // Control: nobody has seen it stand.
    expect(worst(follow(0, 0, 3600))).toBeGreaterThan(0.05);
  });
});

describe.each([
  ['a machine that is warm', 8, standsS],
  ['a machine at work', 0, 0],
])('%s', (_, warmerK, stands) => {
  it('says nothing about its thermometers at first sight', () => {
    for (const { value, sigma } of believed(follow(warmerK, stands, 30))) {
      expect(Math.abs(value)).toBeLessThan(0.2);
      expect(sigma).toBeGreaterThan(0.2);
    }
  });
});
