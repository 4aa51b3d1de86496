import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { motor } from '../../../src/core/models/motor/index.ts';
import { always, anyParameters, newStand } from './stand.ts';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const temps = ['winding.temp', 'frame.temp'] as const;

function turning(rpm: number, loadNm: number, parameters: Readonly<Record<string, number>> = {}) {
  const m = newStand(motor, parameters);
  m.set({ 'axis.speed': rpm, 'axis.load': loadNm });
  m.join();
  m.step();
  return m;
}

describe('a motor drive', () => {
  it('draws for friction and load, over gear, efficiency and torque constant', () => {
    const omega = (300 * 2 * Math.PI) / 60;
    const torqueNm = 4 + 0.1 * omega + 20;
    expect(turning(300, 20).out('axis.current')).toBeCloseTo(torqueNm / (10 * 0.9 * 0.5), 4);
    expect(turning(-300, 20).out('axis.current')).toBe(turning(300, 20).out('axis.current'));
  });

  it('draws nothing at rest, whatever the load', () => {
    expect(turning(0, 500).out('axis.current')).toBe(0);
  });

  it('keeps its limits of speed, acceleration and current', () => {
    const command = fc.oneof(between(-5000, 5000), fc.double({ noNaN: true, noDefaultInfinity: true }));
    always(
      fc.property(anyParameters(motor), command, between(0.001, 60), (p, rpm, dtS) => {
        const m = newStand(motor, p);
        m.set({ 'axis.speed': rpm, 'axis.load': 1e6 });
        m.step(dtS);
        const most = (p['axis.aMax']! * dtS * 60) / (2 * Math.PI);
        expect(Math.abs(m.state('axis.speed'))).toBeLessThanOrEqual(
          Math.min(p['axis.speedMax']!, most) * 1.000001,
        );
        expect(m.out('axis.current')).toBeLessThanOrEqual(p['drive.currentMax']!);
      }),
    );
  });

  it('settles where copper loss and cooling balance, in both nodes', () => {
    const m = turning(300, 20);
    m.step(60, 1000);
    const [winding, frame] = temps.map((name) => m.state(name));
    const lossW = m.out('axis.current') ** 2 * 0.4 * (1 + 0.00393 * (winding! - 25));
    expect(lossW).toBeCloseTo((winding! - frame!) / 0.5, 6);
    expect(lossW).toBeCloseTo((frame! - 22) / 0.7, 6);
  });

  it('agrees within 1 % between one-minute and tenth-of-a-second steps', () => {
    always(
      fc.property(anyParameters(motor), between(-600, 600), between(0, 40), (parameters, rpm, load) => {
        const [coarse, fine] = [turning(rpm, load, parameters), turning(rpm, load, parameters)];
        coarse.step(60, 3);
        fine.step(0.1, 1800);
        for (const name of temps)
          expect(Math.abs(coarse.state(name) - fine.state(name))).toBeLessThan(
            1e-3 + 0.01 * (fine.state(name) - 22),
          );
        const wear = fine.state('bearing.wear');
        expect(Math.abs(coarse.state('bearing.wear') - wear)).toBeLessThanOrEqual(0.01 * wear);
      }),
      40,
    );
  });

  it('wears its bearing as ISO 281 says, and never backwards', () => {
    const hours = (belt: number) => {
      const m = turning(300, 0, {
        'wear.bearing.base': 0,
        'wear.bearing.belt': belt,
        'axis.coulomb': 0,
        'axis.viscous': 0,
      });
      m.step(60, 600);
      return 10 / m.state('bearing.wear');
    };
    expect(hours(1000) / (((14_000 / 1000) ** 3 * 1e6) / (3000 * 60))).toBeCloseTo(1, 3);
    expect(hours(500) / hours(1000)).toBeCloseTo(8, 3);
    always(
      fc.property(
        fc.array(fc.tuple(between(-600, 600), between(0.001, 1e5)), { maxLength: 20 }),
        (script) => {
          const m = newStand(motor);
          let before = 0;
          for (const [rpm, dtS] of script) {
            m.set({ 'axis.speed': rpm, 'axis.load': 30 });
            m.step(dtS);
            expect(m.state('bearing.wear')).toBeGreaterThanOrEqual(before);
            before = m.state('bearing.wear');
          }
          expect(before).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('says whether it runs, and for how long it has', () => {
    const m = turning(300, 0);
    expect(motor.behaviour!.names[m.state('behaviour')]).toBe('running');
    m.step(0.1, 99);
    expect(m.state('runningS')).toBeCloseTo(10, 9);
    m.set({ 'axis.speed': 0 });
    m.step(60, 2);
    expect(motor.behaviour!.names[m.state('behaviour')]).toBe('idle');
  });
});
