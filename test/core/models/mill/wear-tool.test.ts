import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { always, anyParameters, newStand } from '../stand.ts';

const nominal = {
  ...{ 'spindle.speed': 6000, 'cut.feed': 1440, 'cut.depth': 3, 'cut.width': 4 },
  ...{ 'tool.number': 2, 'tool.diameter': 250_000 / (Math.PI * 6000), 'tool.teeth': 4 },
};

/** Facing, pocketing, finishing and slotting: rpm, mm/min, mm deep, mm wide, and the tool's diameter and teeth. */
const cuts = [
  [4000, 1000, 2, 14, 40, 5],
  [6000, 1200, 4, 6, 16, 3],
  [8000, 2000, 8, 1.5, 12, 4],
  [3000, 600, 3, 8, 10, 2],
] as const;

function cutting(inputs: Readonly<Record<string, number>> = {}, parameters = {}) {
  const m = newStand(mill, parameters);
  m.set({ ...nominal, ...inputs });
  m.join();
  return m;
}

/** Minutes of cutting until the tool is worn out, by steps of `dtS`. */
function lifeMin(inputs: Readonly<Record<string, number>>, dtS = 10): number {
  const m = cutting({ ...inputs, 'tool.number': 2 });
  for (let s = 0; s < 40 * 3600; s += dtS) {
    if (m.state('tool.2.wear') >= 1) return s / 60;
    m.step(dtS);
  }
  return Number.POSITIVE_INFINITY;
}

describe('a tool', () => {
  it('lives as long as it is told at the reference values', () => {
    expect(lifeMin({})).toBeCloseTo(80, 0);
  });

  it('lives shorter with speed, feed and depth, by the exponents', () => {
    const twice = (input: string) => lifeMin({ [input]: 2 * nominal[input as 'cut.feed'] });
    expect(80 / twice('cut.feed')).toBeCloseTo(2 ** 0.6, 1);
    expect(80 / twice('cut.depth')).toBeCloseTo(2 ** 0.2, 1);
    const faster = lifeMin({ 'spindle.speed': 12_000, 'cut.feed': 2880 }, 1);
    expect(80 / faster).toBeCloseTo(4, 1);
  });

  it('lives tens of minutes to a few hours at every cut of the reference programme', () => {
    const lives = cuts.map(([rpm, feed, depth, width, diameter, teeth]) => {
      const tool = { 'tool.diameter': diameter, 'tool.teeth': teeth };
      const cut = { 'cut.feed': feed, 'cut.depth': depth, 'cut.width': width };
      return lifeMin({ 'spindle.speed': rpm, ...tool, ...cut }, 60);
    });
    expect(Math.min(...lives)).toBeGreaterThan(15);
    expect(Math.max(...lives)).toBeLessThan(10 * 60);
  });

  it('wears fast, then evenly, then fast again', () => {
    const rateAt = (wear: number) => {
      const m = cutting();
      m.put('tool.2.wear', wear);
      m.step(1);
      return m.state('tool.2.wear') - wear;
    };
    expect(rateAt(0.01) / rateAt(0.5)).toBeCloseTo(2, 6);
    expect(rateAt(0.9) / rateAt(0.5)).toBeCloseTo(2.5, 6);
  });

  it('wears the same in one step as in many, also across the borders of the zones', () => {
    const start = fc.double({ min: 0, max: 1, noNaN: true });
    const dt = fc.double({ min: 1, max: 7200, noNaN: true });
    always(
      fc.property(anyParameters(mill), start, dt, (parameters, wear, dtS) => {
        const [once, often] = [cutting({}, parameters), cutting({}, parameters)];
        for (const m of [once, often]) m.put('tool.2.wear', wear);
        once.step(dtS);
        often.step(dtS / 64, 64);
        expect(once.state('tool.2.wear')).toBeCloseTo(often.state('tool.2.wear'), 9);
      }),
      60,
    );
  });

  it('wears only while it is in the spindle, each for itself; an unknown one has a place too', () => {
    const m = cutting();
    m.step(60, 5);
    m.set({ 'tool.number': 24 });
    m.step(60);
    for (const number of [0, 25, -3, 1e9]) {
      const before = m.state('tool.other.wear');
      m.set({ 'tool.number': number });
      m.step(60);
      expect(m.state('tool.other.wear')).toBeGreaterThan(before);
    }
    expect(m.state('tool.2.wear')).toBeGreaterThan(m.state('tool.24.wear'));
    expect(m.state('tool.24.wear')).toBeGreaterThan(0);
    expect(m.state('tool.1.wear')).toBe(0);
  });

  it('shows the flank wear of the tool in the spindle', () => {
    const m = cutting();
    m.put('tool.2.wear', 0.5);
    m.put('tool.4.wear', 0.2);
    m.set({ 'cut.depth': 0, 'spindle.speed': 0 });
    m.join();
    m.step();
    expect(m.out('tool.flankWear')).toBeCloseTo(150, 9);
    m.set({ 'tool.number': 4 });
    m.step();
    expect(m.out('tool.flankWear')).toBeCloseTo(60, 9);
  });

  it('is new when the counter of exchanges changes, and not when it is first seen', () => {
    const m = cutting({ 'cut.depth': 0 });
    m.put('tool.2.wear', 0.9);
    m.put('tool.3.wear', 0.7);
    m.step();
    m.set({ 'tool.replaced': 17 });
    m.step();
    expect(m.state('tool.2.wear')).toBeCloseTo(0.9, 6);
    m.set({ 'tool.replaced': 18 });
    m.step();
    expect(m.state('tool.2.wear')).toBeLessThan(1e-6);
    expect(m.state('tool.3.wear')).toBe(0.7);
    m.put('tool.2.wear', 0.4);
    m.step(0.1, 10);
    expect(m.state('tool.2.wear')).toBeCloseTo(0.4, 6);
    m.set({ 'tool.replaced': 0 });
    m.step();
    expect(m.state('tool.2.wear')).toBeLessThan(1e-6);
  });

  it('wears a little while it turns in the air, and not at all at rest or switched off', () => {
    const wear = (inputs: Readonly<Record<string, number>>) => {
      const m = cutting({ ...inputs });
      m.step(3600);
      return m.state('tool.2.wear');
    };
    expect(wear({ 'cut.depth': 0 })).toBeCloseTo(1e-5, 9);
    expect(wear({ 'spindle.speed': 0 })).toBe(0);
    expect(wear({ 'machine.on': 0 })).toBe(0);
    expect(wear({ 'machine.eStop': 1 })).toBeCloseTo(1e-5, 9);
  });
});
