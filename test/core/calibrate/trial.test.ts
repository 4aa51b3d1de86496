// A candidate is adopted when it predicts better what neither has learnt from, and for no other reason.
import { describe, expect, it } from 'vitest';
import { setParameters } from '../../../src/core/calibrate/calibrate.ts';
import { learntSigma } from '../../../src/core/calibrate/calibrator.ts';
import { judgeTrial, newTrial, openTrial, stepTrial } from '../../../src/core/calibrate/trial.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { forkTwin, snapshotTwin } from '../../../src/core/twin.ts';
import { type Bed, newBed, outputOf, parameterOf } from './bed.ts';

const axis = 0;

/** Two minutes of trial of a friction against the twin's 4 Nm, on a motor that has 5. */
function tried(coulomb: number) {
  const bed = newBed({ truth: { 'axis.coulomb': 5 }, options: { mode: 'auto' } });
  bed.run(30);
  const group = bed.calibrator.groups[axis]!;
  const trial = newTrial(motor);
  const candidate = Float64Array.from(group.parameters, (p) => motor.parameters[p]!.value);
  candidate[group.spec.parameters.indexOf('axis.coulomb')] = coulomb;
  openTrial(trial, group, bed.twin, candidate, 0);
  bed.run(60, () => stepTrial(trial, group, bed.twin, bed.calibrator.guard, bed.frame, true, 0.1));
  return judgeTrial(trial, group);
}

describe('a trial', () => {
  it('finds for the better candidate, and against the worse', () => {
    const better = tried(4.9);
    expect(better.errorAfter).toBeLessThan(0.3 * better.errorBefore);
    expect(better.certainty).toBeGreaterThan(2);
    expect(better.worse).toBe(-1);
    const worse = tried(3.5);
    expect(worse.errorAfter).toBeGreaterThan(worse.errorBefore);
    expect(worse.certainty).toBeLessThan(0);
    expect(worse.worse).toBe(outputOf('axis.current'));
  });

  it('refuses, in a running twin, what was true when it was learnt and is not any more', () => {
    const adoptedAfter = (changesBack: boolean) => {
      const bed = newBed({ truth: { 'axis.coulomb': 6 } });
      while (bed.calibrator.answers[axis]!.phase !== 'trial') bed.run(1);
      if (changesBack) bed.change({ 'axis.coulomb': 4 });
      while (bed.calibrator.answers[axis]!.phase === 'trial') bed.run(1);
      return { bed, verdicts: bed.news.filter((item) => 'group' in item && item.group === 'axis') };
    };
    const refused = adoptedAfter(true);
    expect(refused.verdicts.map(({ kind }) => kind)).toEqual(['not-recalibrated']);
    expect(refused.bed.parameter('axis.coulomb')).toBe(4);
    // Control: the truth stays.
    const adopted = adoptedAfter(false);
    expect(adopted.verdicts.map(({ kind }) => kind)).toEqual(['recalibrated']);
  });
});

describe('parameters from outside', () => {
  function rolledBack(): Bed {
    const bed = newBed({ truth: { 'axis.coulomb': 6 } });
    bed.run(600);
    expect(bed.parameter('axis.coulomb')).toBeCloseTo(6, 0);
    setParameters(bed.calibrator, bed.twin, { 'axis.coulomb': 4.5 }, { 'axis.coulomb': 0.2 });
    return bed;
  }

  it('are the twin’s at once, within their bounds, with the sigma they came with', () => {
    const bed = rolledBack();
    expect(bed.parameter('axis.coulomb')).toBe(4.5);
    expect(learntSigma(bed.calibrator, motor)['axis.coulomb']).toBe(0.2);
    setParameters(bed.calibrator, bed.twin, { 'axis.coulomb': 1e9 }, {});
    expect(bed.parameter('axis.coulomb')).toBe(motor.parameters[parameterOf('axis.coulomb')]!.max);
    expect(learntSigma(bed.calibrator, motor)).not.toHaveProperty('axis.coulomb');
  });

  it('are where learning begins again: the old belief is gone, the data has to earn it anew', () => {
    const bed = rolledBack();
    bed.run(20);
    expect(bed.parameter('axis.coulomb')).toBe(4.5);
    bed.run(900);
    expect(bed.parameter('axis.coulomb')).toBeCloseTo(6, 0);
  });
});

describe('the calibrator', () => {
  it('comes to the same bits from the same data', () => {
    const run = (seed: number) => {
      const bed = newBed({ seed, truth: { 'axis.coulomb': 6, 'winding.rth': 0.7 } });
      bed.run(400);
      expect(bed.parameter('axis.coulomb')).not.toBe(4);
      return bed.hash();
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
  });

  it('is not touched by a scenario on a fork, not by one bit, in the middle of a trial', () => {
    const bed = newBed({ truth: { 'axis.coulomb': 6 } });
    while (bed.calibrator.answers[axis]!.phase !== 'trial') bed.run(1);
    const [hash, twin] = [bed.hash(), snapshotTwin(bed.twin)];
    const fork = forkTwin(bed.twin);
    fork.parameters.fill(1);
    fork.input.set([500, 30, 40]);
    for (let i = 0; i < 10_000; i++) motor.step(fork.parameters, fork.state, fork.input, 1, fork.output);
    expect(bed.hash()).toBe(hash);
    expect(snapshotTwin(bed.twin)).toEqual(twin);
    expect(snapshotTwin(fork)).not.toEqual(twin);
  });
});
