import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { always, anyParameters, extremeParameters, newStand } from '../stand.ts';
import { anyDt, anyWork } from './work.ts';

const wears = mill.wear!.map(({ state }) => state);

/** Wear of a component in one hour of turning; temperatures as given. */
function inAnHour(
  state: string,
  inputs: Readonly<Record<string, number>>,
  parameters: Readonly<Record<string, number>> = {},
): number {
  const m = newStand(mill, parameters);
  m.set({ 'spindle.speed': 6000, 'cut.feed': 1000, 'cut.width': 8, ...inputs });
  m.join();
  for (let s = 0; s < 3600; s++) {
    for (const node of ['winding', 'housing', 'bearing']) m.put(`${node}.temp`, inputs['ambient.temp'] ?? 22);
    m.step(1);
  }
  return m.state(state);
}

describe('the bearing', () => {
  it('lasts 10,000 to 30,000 hours at nominal work', () => {
    const lives = [
      inAnHour('bearing.wear', { 'cut.depth': 4 }),
      inAnHour('bearing.wear', { 'spindle.speed': 4000, 'cut.depth': 4 }),
      inAnHour('bearing.wear', { 'spindle.speed': 8000, 'cut.depth': 4 }),
    ].map((perH) => 1 / perH);
    expect(Math.min(...lives)).toBeGreaterThan(10_000);
    expect(Math.max(...lives)).toBeLessThan(30_000);
  });

  it('has the life of ISO 281: (C/P)³ million turns', () => {
    const parameters = { 'wear.bearing.base': 0, 'wear.bearing.preload': 1000 };
    const perH = inAnHour('bearing.wear', { 'cut.depth': 0, 'spindle.speed': 6000 }, parameters);
    const l10Hours = (20_000 / 1000) ** 3 * 1e6 * (1 / (60 * 6000));
    expect(1 / perH / l10Hours).toBeCloseTo(1, 3);
  });

  it('lasts an eighth with twice the load, and half as long 15 K above 60 °C', () => {
    const bare = { 'wear.bearing.base': 0, 'wear.bearing.share': 0 };
    const at = (preload: number, temp: number) =>
      inAnHour('bearing.wear', { 'ambient.temp': temp }, { ...bare, 'wear.bearing.preload': preload });
    expect(at(2000, 22) / at(1000, 22)).toBeCloseTo(8, 6);
    expect(at(1000, 75) / at(1000, 22)).toBeCloseTo(2, 1);
    expect(at(1000, 50)).toBeCloseTo(at(1000, 22), 12);
  });
});

describe('the spindle', () => {
  const noStarts = { 'wear.spindle.starts': 1e15 };
  const perHour = (inputs: Readonly<Record<string, number>>) =>
    inAnHour('spindle.wear', { 'cut.depth': 0, ...inputs }, noStarts);

  it('wears by its base rate at nominal load, faster when loaded, hot or fast', () => {
    const calm = perHour({});
    expect(calm).toBeCloseTo(1e-6, 10);
    const loaded = newStand(mill, noStarts);
    loaded.set({ 'spindle.speed': 3000, 'cut.feed': 1500, 'cut.depth': 5, 'cut.width': 12 });
    loaded.join();
    loaded.step(3600);
    expect(loaded.out('spindle.current')).toBeGreaterThan(8);
    const over = loaded.out('spindle.current') / 8;
    expect(loaded.state('spindle.wear') / calm).toBeGreaterThan(0.8 * over ** 3);
    expect(perHour({ 'spindle.speed': 12_000 }) / calm).toBeCloseTo(1.5, 2);
    expect(perHour({ 'ambient.temp': 90 }) / calm).toBeGreaterThan(3);
  });

  it('wears by every run-up from rest, and not by a speed that is noise around zero', () => {
    const m = newStand(mill, { 'wear.spindle.base': 0, 'wear.spindle.starts': 1000 });
    for (let i = 0; i < 7; i++) {
      m.set({ 'spindle.speed': 3000 });
      m.step(0.1, 50);
      m.set({ 'spindle.speed': 0 });
      m.step(0.1, 50);
      for (const rpm of [0.5, -0.4, 3, 9, 0, -2, 60, 0]) {
        m.set({ 'spindle.speed': rpm });
        m.step(0.1);
      }
    }
    expect(m.state('spindle.wear')).toBeCloseTo(0.007, 9);
  });

  it('lasts thousands of hours where a tool is changed every twenty seconds', () => {
    const m = newStand(mill);
    for (let i = 0; i < 180; i++) {
      m.set({ 'spindle.speed': 5000 });
      m.step(0.5, 30);
      m.set({ 'spindle.speed': 0 });
      m.step(0.5, 10);
    }
    const hours = 0.8 / m.state('spindle.wear');
    expect(hours).toBeGreaterThan(5000);
    expect(hours).toBeLessThan(20_000);
  });
});

describe('wear', () => {
  it('comes of motion alone, where nothing tells that the machine runs', () => {
    const m = newStand(mill);
    m.set({ 'spindle.speed': 6000 });
    m.step(60, 60);
    for (const name of ['spindle.wear', 'bearing.wear', 'tool.other.wear'])
      expect(m.state(name)).toBeGreaterThan(0);
  });

  it('stands still while the machine does', () => {
    const m = newStand(mill);
    m.step(3600, 100);
    expect(wears.map((name) => m.state(name)).every((wear) => wear === 0)).toBe(true);
  });

  it('never goes back and never beyond 1, whatever is done for however long', () => {
    const script = fc.array(fc.tuple(anyWork, fc.oneof(anyDt, fc.constant(1e6))), {
      minLength: 1,
      maxLength: 12,
    });
    always(
      fc.property(fc.oneof(anyParameters(mill), extremeParameters(mill)), script, (parameters, works) => {
        const m = newStand(mill, parameters);
        let before = wears.map((name) => m.state(name));
        for (const [work, dtS] of works) {
          m.set(work);
          m.step(dtS);
          const after = wears.map((name) => m.state(name));
          for (const [i, wear] of after.entries()) {
            expect(wear).toBeGreaterThanOrEqual(before[i]!);
            expect(wear).toBeLessThanOrEqual(1);
          }
          before = after;
        }
      }),
      60,
    );
  });

  it('is multiplied by the factor of the component', () => {
    for (const [state, factor] of [
      ['spindle.wear', 'wear.spindle.factor'],
      ['bearing.wear', 'wear.bearing.factor'],
    ] as const) {
      const once = inAnHour(state, { 'cut.depth': 2 });
      expect(inAnHour(state, { 'cut.depth': 2 }, { [factor]: 3 }) / once).toBeCloseTo(3, 6);
    }
  });
});
