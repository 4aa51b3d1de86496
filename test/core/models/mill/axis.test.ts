import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { always, anyParameters, newStand } from '../stand.ts';
import { anyDt, anyWork } from './work.ts';

const axes = ['x', 'y', 'z'] as const;

describe('an axis', () => {
  it('draws nothing at rest', () => {
    const m = newStand(mill, { 'axis.z.gravity': 200 });
    m.step(0.1, 100);
    expect([m.out('axis.x.current'), m.out('axis.z.current')]).toEqual([0, 0]);
  });

  it('draws nothing at rest whatever its parameters, the cut and the tick', () => {
    const resting = anyWork.map((work) => {
      return { ...work, 'axis.x.velocity': 0, 'axis.y.velocity': 0, 'axis.z.velocity': 0 };
    });
    always(
      fc.property(anyParameters(mill), resting, anyDt, (parameters, work, dtS) => {
        const m = newStand(mill, parameters);
        m.set(work);
        m.step(dtS);
        expect(axes.map((axis) => m.out(`axis.${axis}.current`))).toEqual([0, 0, 0]);
      }),
    );
  });

  it('draws friction times lever over gear, efficiency and torque constant at constant speed', () => {
    const m = newStand(mill);
    m.set({ 'axis.x.velocity': 0.2 });
    m.step(0.1, 2);
    const torqueNm = ((20 * 0.2 + 98) * 0.1) / (10 * 0.85);
    expect(m.out('axis.x.current')).toBeCloseTo(torqueNm / 0.5, 3);
  });

  it('draws half with twice the gear: the gear divides', () => {
    const [single, double] = [newStand(mill), newStand(mill, { 'axis.y.gear': 20 })];
    for (const m of [single, double]) {
      m.set({ 'axis.y.velocity': 0.1 });
      m.step(0.1, 2);
    }
    expect(double.out('axis.y.current')).toBeCloseTo(single.out('axis.y.current') / 2, 12);
  });

  it('draws the same both ways', () => {
    always(
      fc.property(fc.double({ min: 0.001, max: 2, noNaN: true }), anyParameters(mill), (v, any) => {
        const parameters = { ...any, 'axis.x.asymmetry': 0, 'axis.x.gravity': 0 };
        const [there, back] = [newStand(mill, parameters), newStand(mill, parameters)];
        there.set({ 'axis.x.velocity': v });
        back.set({ 'axis.x.velocity': -v });
        there.step();
        back.step();
        expect(back.out('axis.x.current')).toBe(there.out('axis.x.current'));
      }),
    );
  });

  it('draws more in the direction that slides harder, by the share that is told', () => {
    const current = (v: number) => {
      const m = newStand(mill, { 'axis.x.asymmetry': 0.05, 'axis.x.viscous': 0 });
      m.set({ 'axis.x.velocity': v });
      m.step(0.1, 2);
      return m.out('axis.x.current');
    };
    expect(current(0.2) / current(-0.2)).toBeCloseTo(1.05 / 0.95, 4);
  });

  it('needs more current to accelerate, within the drive’s limit', () => {
    const m = newStand(mill);
    m.set({ 'axis.x.velocity': 100 });
    m.step();
    const limitN = 100 * 5 + 20 * 0.5 + 98;
    expect(m.out('axis.x.current')).toBeCloseTo((limitN * 0.1) / (10 * 0.85) / 0.5, 2);
  });

  it('keeps its limits of velocity and acceleration, whatever is commanded', () => {
    const command = fc.oneof(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const script = fc.array(fc.tuple(command, anyDt), { minLength: 1, maxLength: 20 });
    always(
      fc.property(anyParameters(mill), script, (parameters, moves) => {
        const m = newStand(mill, parameters);
        const [aMax, vMax] = [parameters['axis.y.aMax']!, parameters['axis.y.vMax']!];
        for (const [v, dtS] of moves) {
          const before = m.state('axis.y.velocity');
          m.set({ 'axis.y.velocity': v });
          m.step(dtS);
          const after = m.state('axis.y.velocity');
          expect(Math.abs(after)).toBeLessThanOrEqual(vMax);
          expect(Math.abs(after - before)).toBeLessThanOrEqual(aMax * dtS * (1 + 1e-12));
        }
      }),
    );
  });

  it('tracks a command until it is there', () => {
    const m = newStand(mill);
    m.set({ 'axis.x.velocity': 1.2 });
    m.step(0.1);
    expect(m.state('axis.x.velocity')).toBeCloseTo(0.5, 12);
    m.step(0.1, 2);
    expect(m.state('axis.x.velocity')).toBe(1.2);
  });

  it('feels the feed force of a cut along the path, shared out by direction', () => {
    const cutting = (depth: number) => {
      const m = newStand(mill);
      const [x, y] = [0.012, -0.016];
      m.set({ 'axis.x.velocity': x, 'axis.y.velocity': y, 'spindle.speed': 6000 });
      m.set({ 'cut.depth': depth, 'cut.width': 6, 'cut.feed': 1200, 'tool.diameter': 16 });
      m.join();
      m.step();
      return m;
    };
    const [inAir, inCut] = [cutting(0), cutting(4)];
    const edgeN = (1800 * 4 * 6 * 1200) / 60_000 / ((6000 * 2 * Math.PI) / 60) / 0.008;
    const ampere = (newton: number) => (newton * 0.1) / (10 * 0.85) / 0.5;
    const more = (axis: string) => inCut.out(`axis.${axis}.current`) - inAir.out(`axis.${axis}.current`);
    expect(more('x')).toBeCloseTo(ampere(0.2 * edgeN * 0.6), 4);
    expect(more('y')).toBeCloseTo(ampere(0.2 * edgeN * 0.8), 4);
    expect(more('z')).toBe(0);
  });

  it('comes to rest within a tenth of a second of an emergency stop, though the command goes on', () => {
    const m = newStand(mill);
    m.set({ 'axis.x.velocity': 0.35 });
    m.step(0.1, 2);
    expect(m.state('axis.x.velocity')).toBe(0.35);
    m.set({ 'machine.eStop': 1 });
    m.step(0.01, 8);
    expect(m.state('axis.x.velocity')).toBe(0);
  });

  it('takes power from current and speed, at most what the supply gives', () => {
    const power = (supply: number) => {
      const m = newStand(mill, { 'power.standby': 0, 'supply.voltage': supply });
      m.set({ 'axis.x.velocity': 0.35 });
      m.join();
      m.step();
      return { watt: m.out('machine.power'), ampere: m.out('axis.x.current') };
    };
    const { watt, ampere } = power(24);
    expect(watt).toBeCloseTo(ampere * (0.5 * ampere + (0.5 * 0.35 * 10) / 0.1), 9);
    expect(power(5).watt).toBeCloseTo(5 * ampere, 9);
  });
});
