import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { always, newStand } from '../stand.ts';

function cutting(rpm: number, feed: number, more: Readonly<Record<string, number>> = {}) {
  const m = newStand(mill);
  m.set({ 'spindle.speed': rpm, 'cut.depth': 2, 'cut.width': 10, 'cut.feed': feed, ...more });
  m.join();
  m.step(0.1, 2);
  return m;
}

describe('the spindle', () => {
  it('draws nothing when it stands, even if a cut is commanded', () => {
    const m = newStand(mill);
    m.set({ 'cut.feed': 1000, 'cut.depth': 5, 'cut.width': 10 });
    m.step();
    expect(m.out('spindle.current')).toBe(0);
  });

  it('draws more with feed, and less torque at higher speed for the same power', () => {
    const current = (rpm: number, feed: number) => cutting(rpm, feed).out('spindle.current');
    expect(current(6000, 1200)).toBeGreaterThan(current(6000, 600));
    expect(current(9000, 600)).toBeLessThan(current(4000, 600));
    const omega = (6000 * 2 * Math.PI) / 60;
    const powerW = (1800 * 2 * 10 * 600) / 60_000;
    const active = (0.3 + 0.0005 * omega + powerW / omega) / 0.4;
    expect(current(6000, 600)).toBeCloseTo(Math.hypot(active, 0.55), 4);
  });

  it('takes the magnetising current also where it turns almost freely', () => {
    const m = newStand(mill, { 'spindle.dragCoulomb': 0, 'spindle.dragViscous': 0 });
    m.set({ 'spindle.speed': 3000 });
    m.join();
    m.step();
    expect(m.out('spindle.current')).toBeCloseTo(0.55, 12);
  });

  it('runs up within what its drive accelerates and draws', () => {
    always(
      fc.property(
        fc.double({ min: -1e300, max: 1e300, noNaN: true }),
        fc.double({ min: 0.001, max: 60, noNaN: true }),
        (rpm, dtS) => {
          const m = newStand(mill);
          m.set({ 'spindle.speed': rpm });
          m.step(dtS);
          const radPerS = (m.state('spindle.speed') * 2 * Math.PI) / 60;
          expect(Math.abs(radPerS)).toBeLessThanOrEqual(600 * dtS * (1 + 1e-12));
          expect(m.out('spindle.current')).toBeLessThanOrEqual(30);
        },
      ),
    );
  });

  it('draws more for the same cut with a worn tool, by the share that is told', () => {
    const powerOf = (wear: number) => {
      const m = newStand(mill, {
        'spindle.dragCoulomb': 0,
        'spindle.dragViscous': 0,
        'spindle.magnetising': 0,
      });
      m.put('tool.3.wear', wear);
      m.set({ 'spindle.speed': 6000, 'cut.depth': 2, 'cut.width': 10, 'cut.feed': 600, 'tool.number': 3 });
      m.join();
      m.step();
      return m.out('spindle.current');
    };
    expect(powerOf(0.5) / powerOf(0)).toBeCloseTo(1.2, 4);
  });

  it('takes the feed from the axes where none is told', () => {
    const told = cutting(6000, 600).out('spindle.current');
    const seen = cutting(6000, 0, { 'axis.x.velocity': 0.006, 'axis.y.velocity': 0.008 });
    expect(seen.out('spindle.current')).toBeCloseTo(told, 9);
    expect(cutting(6000, 0).out('spindle.current')).toBeLessThan(told);
  });

  it('shows at the mains what it turns, what it warms and what stands by', () => {
    const m = cutting(6000, 600);
    const omega = (6000 * 2 * Math.PI) / 60;
    const workW = (1800 * 2 * 10 * 600) / 60_000 + (0.3 + 0.0005 * omega) * omega;
    const temp = m.out('spindle.windingTemp');
    const copperW = m.out('spindle.current') ** 2 * 0.3 * (1 + 0.00393 * (temp - 25));
    expect(m.out('machine.power')).toBeCloseTo(180 + workW + copperW, 1);
    m.set({ 'machine.on': 0 });
    m.step();
    expect(m.out('machine.power')).toBe(0);
    expect(m.out('spindle.current')).toBe(0);
  });
});
