// What a twin learns from a motor whose parameters are not the ones it was given.
import { describe, expect, it } from 'vitest';
import { motor } from '../../../src/core/models/motor/index.ts';
import { type Bed, newBed, parameterOf } from './bed.ts';

const off = { 'axis.inertia': 0.6, 'axis.coulomb': 3.2, 'axis.viscous': 0.12 };
const warmer = { 'winding.rth': 0.65, 'frame.rth': 0.55 };

function expectWithin(bed: Bed, truth: Readonly<Record<string, number>>, share: number): void {
  for (const [name, value] of Object.entries(truth)) {
    expect(Math.abs(bed.parameter(name) / value - 1), name).toBeLessThan(share);
  }
}

function adopted(bed: Bed, group: string) {
  return bed.news.filter((item) => item.kind === 'recalibrated').filter((item) => item.group === group);
}

describe('friction and inertia', () => {
  it('are found within 3 % in ten minutes, and adopted with their windows and errors', () => {
    const bed = newBed({ truth: off });
    bed.run(600);
    expectWithin(bed, off, 0.03);
    const news = adopted(bed, 'axis')[0]!;
    expect(news.errorAfter).toBeLessThan(0.5 * news.errorBefore);
    expect(news.learnt.fromMs).toBeLessThan(news.learnt.toMs);
    expect(news.trial.fromMs).toBeGreaterThanOrEqual(news.learnt.toMs);
    expect(Object.keys(news.sigma).sort()).toEqual(Object.keys(off).sort());
  });

  it('follow a change that shows as a divergence, and say so in the mode', () => {
    const bed = newBed();
    bed.run(300);
    expect(adopted(bed, 'axis')).toEqual([]);
    bed.change({ 'axis.coulomb': 9 });
    bed.run(300);
    expect(bed.news.find((item) => item.kind === 'diverged')).toMatchObject({ output: 'axis.current' });
    expect(bed.modes).toContain('recalibrating');
    expect(adopted(bed, 'axis').map(({ reason }) => reason)).toContain('divergence');
    expectWithin(bed, { 'axis.coulomb': 9 }, 0.05);
    expect(bed.frame.mode).toBe('tracking');
  });

  it('stay as they are where nothing in the data speaks of them, and are reported as not learnt', () => {
    // Always one speed: friction is one number, and inertia none.
    const bed = newBed({ truth: off, motion: () => ({ rpm: 300, load: 0 }) });
    bed.run(900);
    expect(bed.parameter('axis.inertia')).toBe(motor.parameters[parameterOf('axis.inertia')]!.value);
    for (const { sigma } of adopted(bed, 'axis')) expect(sigma).not.toHaveProperty('axis.inertia');
  });

  it('never leave their bounds', () => {
    const { min } = motor.parameters[parameterOf('axis.viscous')]!;
    // A motor that takes less the faster it turns, which no viscous friction in its bounds can explain.
    const bed = newBed({ truth: { 'axis.viscous': -0.03, 'axis.coulomb': 5 } });
    bed.run(900, () => expect(bed.parameter('axis.viscous')).toBeGreaterThanOrEqual(min));
    expect(adopted(bed, 'axis').length).toBeGreaterThan(0);
    expect(bed.parameter('axis.viscous')).toBeLessThan(0.02);
  });
});

describe('the heat network', () => {
  it('shows its two resistances within 5 % in an hour', () => {
    const bed = newBed({ truth: warmer });
    bed.run(3600);
    expectWithin(bed, warmer, 0.05);
    for (const { errorBefore, errorAfter } of adopted(bed, 'heat'))
      expect(errorAfter).toBeLessThan(errorBefore);
  });
});

describe('what is adopted', () => {
  it('is nothing while the twin is right', () => {
    const bed = newBed();
    bed.run(1800);
    expect(bed.news.filter((item) => item.kind === 'recalibrated')).toEqual([]);
    expect([...bed.modes]).toEqual(['tracking']);
  });

  it('is nothing where calibration is off, however wrong the twin is', () => {
    const bed = newBed({ truth: off, options: { mode: 'off' } });
    bed.run(600);
    expect([...bed.twin.parameters]).toEqual(motor.parameters.map(({ value }) => value));
    expect(bed.news.filter((item) => item.kind !== 'diverged')).toEqual([]);
    expect(bed.modes).not.toContain('recalibrating');
  });

  it('moves at one time by no more than it may', () => {
    const bed = newBed({ truth: { 'axis.coulomb': 9 }, options: { mode: 'auto', changeMax: 1 } });
    const { value, priorSigma } = motor.parameters[parameterOf('axis.coulomb')]!;
    let before = value;
    bed.run(900, () => {
      const now = bed.parameter('axis.coulomb');
      expect(Math.abs(now - before)).toBeLessThanOrEqual(priorSigma * 1.000001);
      before = now;
    });
    expect(before).toBeGreaterThan(value);
  });
});
