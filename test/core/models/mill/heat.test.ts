import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { always, anyParameters, extremeParameters, newStand, type Stand } from '../stand.ts';
import { anyDt, anyWork } from './work.ts';

const omegaOf = (rpm: number) => (rpm * 2 * Math.PI) / 60;
const temps = (m: Stand) => ['winding', 'housing', 'bearing'].map((node) => m.out(`spindle.${node}Temp`));

function hot(): Stand {
  const m = newStand(mill);
  m.set({ 'spindle.speed': 6000, 'cut.feed': 1200, 'cut.depth': 3, 'cut.width': 12 });
  m.join();
  return m;
}

describe('the heat', () => {
  it('agrees between one-minute and tenth-of-a-second steps', () => {
    // Without growing force of a wearing tool the load is the same all the time, and so must the heat be.
    const coarse = newStand(mill, { 'cut.kcWear': 0 });
    const fine = newStand(mill, { 'cut.kcWear': 0 });
    for (const m of [coarse, fine]) {
      m.set({ 'spindle.speed': 6000, 'cut.feed': 1200, 'cut.depth': 5, 'cut.width': 12 });
      m.join();
    }
    coarse.step(60, 10);
    fine.step(0.1, 6000);
    expect(fine.out('spindle.windingTemp')).toBeGreaterThan(30);
    for (const [i, temp] of temps(coarse).entries())
      expect(Math.abs(temp - temps(fine)[i]!)).toBeLessThan(1e-6);
  });

  it('settles where what comes in goes out, at every node', () => {
    const m = hot();
    m.step(60, 400);
    const [winding, housing, bearing] = temps(m);
    const current = m.out('spindle.current');
    const omega = omegaOf(6000);
    const copperW = current ** 2 * 0.3 * (1 + 0.00393 * (winding! - 25));
    const toHousingW = (winding! - housing!) / 0.8;
    const fromBearingW = (bearing! - housing!) / 0.9;
    expect(copperW).toBeCloseTo(toHousingW, 6);
    const ironW = 12 * (omega / 1000) ** 1.5;
    const outW = ((housing! - 22) * (1 + (0.8 * omega) / 1000)) / 0.32;
    expect(ironW + toHousingW + fromBearingW).toBeCloseTo(outW, 6);
    const cutW = (1800 * 1.4 * 3 * 12 * 1200) / 60_000;
    const dragW = (0.3 + 0.0005 * omega) * omega;
    expect(0.75 * dragW + 0.005 * cutW).toBeCloseTo(fromBearingW + (bearing! - 22) / 0.09, 3);
  });

  it('keeps the energy: what came in less what went out is what is stored', () => {
    always(
      fc.property(anyParameters(mill), anyWork, fc.constantFrom(0.5, 5, 40), (parameters, work, spanS) => {
        const p: Record<string, number> = { ...parameters, 'cut.kcWear': 0 };
        const m = newStand(mill, p);
        m.set(work);
        m.join();
        m.put('winding.temp', 70);
        m.put('housing.temp', 40);
        m.put('bearing.temp', 30);
        m.step(1e-9);
        const before = temps(m);
        // What flows in a moment, by the equations; the integral over the span is Simpson's over fine steps.
        const count = 400;
        let [inJ, outJ] = [0, 0];
        for (let i = 0; i <= count; i++) {
          const weight = i === 0 || i === count ? 1 : i % 2 === 1 ? 4 : 2;
          const flow = flowW(m, p, work);
          inJ += (weight * flow.inW * spanS) / count / 3;
          outJ += (weight * flow.outW * spanS) / count / 3;
          if (i < count) m.step(spanS / count);
        }
        const capacities = ['winding', 'housing', 'bearing'].map((node) => p[`${node}.capacity`]!);
        const storedJ = capacities.reduce((sum, c, i) => sum + c * (temps(m)[i]! - before[i]!), 0);
        expect(Math.abs(inJ - outJ - storedJ)).toBeLessThan(1e-6 * (Math.abs(inJ) + Math.abs(outJ) + 100));
        // And one step over the whole of it ends where the fine ones did.
        const once = newStand(mill, p);
        once.set(work);
        once.join();
        for (const [i, node] of ['winding', 'housing', 'bearing'].entries())
          once.put(`${node}.temp`, before[i]!);
        once.step(spanS);
        for (const [i, temp] of temps(once).entries()) expect(temp).toBeCloseTo(temps(m)[i]!, 6);
      }),
      60,
    );
  });

  it('stays finite and between its bounds for any step', () => {
    const dt = fc.double({ min: 0.001, max: 3600, noNaN: true });
    const rpm = fc.double({ min: 0, max: 12_000, noNaN: true });
    always(
      fc.property(fc.array(fc.tuple(dt, rpm), { minLength: 1, maxLength: 50 }), (script) => {
        const m = newStand(mill);
        for (const [dtS, speed] of script) {
          m.set({ 'spindle.speed': speed });
          m.step(dtS);
          for (const temp of temps(m)) {
            expect(temp).toBeGreaterThan(21.9);
            expect(temp).toBeLessThan(2001);
          }
        }
      }),
    );
  });

  it('never leaves the range where there are machines, whatever the parameters and inputs', () => {
    const anything = anyWork.chain((work) =>
      fc.record(
        Object.fromEntries(
          Object.entries(work).map(([name, value]) => [
            name,
            fc.oneof(fc.constant(value), fc.double({ noNaN: true, noDefaultInfinity: true })),
          ]),
        ),
      ),
    );
    always(
      fc.property(extremeParameters(mill), anything, fc.oneof(anyDt, fc.constant(1e7)), (p, work, dtS) => {
        const m = newStand(mill, p);
        m.set(work);
        m.join();
        m.step(dtS, 2);
        expect(m.all().every(Number.isFinite)).toBe(true);
        for (const temp of temps(m)) {
          expect(temp).toBeGreaterThanOrEqual(-273.15);
          expect(temp).toBeLessThanOrEqual(2000);
        }
      }),
      300,
    );
  });

  it('goes back to the ambient when the spindle stands', () => {
    const m = hot();
    m.step(60, 60);
    expect(m.out('spindle.windingTemp')).toBeGreaterThan(30);
    m.set({ 'spindle.speed': 0 });
    m.step(3600, 24);
    for (const temp of temps(m)) expect(temp).toBeCloseTo(22, 6);
  });
});

function flowW(m: Stand, p: Record<string, number>, work: Record<string, number>) {
  const [winding, housing, bearing] = temps(m);
  const omega = omegaOf(Math.abs(work['spindle.speed']!));
  const ambient = work['ambient.temp']!;
  const alpha = p['winding.alpha']!;
  const copperW = m.out('spindle.current') ** 2 * p['winding.resistance']! * (1 + alpha * (winding! - 25));
  const ironW = p['housing.ironLoss']! * (omega / 1000) ** 1.5;
  const dragNm =
    (p['spindle.dragCoulomb']! * omega) / Math.hypot(omega, 1) + p['spindle.dragViscous']! * omega;
  const { 'cut.depth': depth, 'cut.width': width, 'cut.feed': feed } = work;
  const most = p['spindle.currentMax']! * p['spindle.kt']! * omega;
  const cutW = omega > 1.05 ? Math.min(most, (p['cut.kc']! * depth! * width! * feed!) / 60_000) : 0;
  const bearingW = p['bearing.frictionShare']! * dragNm * omega + p['bearing.cutShare']! * cutW;
  const air = 1 + (p['housing.airGain']! * omega) / 1000;
  const housingOutW = ((housing! - ambient) * air) / p['housing.rth']!;
  const coolantW = (bearing! - ambient) / p['bearing.coolingRth']!;
  return { inW: copperW + ironW + bearingW, outW: housingOutW + coolantW };
}
