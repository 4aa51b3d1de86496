import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../src/core/models/mill/index.ts';
import { newTwin, parametersOf } from '../../src/core/twin.ts';

const inputs = Object.fromEntries(mill.inputs.map((spec, i) => [spec.name, i]));
const outputs = Object.fromEntries(mill.outputs.map((spec, i) => [spec.name, i]));

function mills(parameters: Record<string, number> = {}) {
  const twin = newTwin(mill, parametersOf(mill, parameters));
  return {
    twin,
    set: (name: string, value: number) => {
      twin.input[inputs[name]!] = value;
    },
    step: (dtS = 0.1, times = 1) => {
      for (let i = 0; i < times; i++) mill.step(twin.parameters, twin.state, twin.input, dtS, twin.output);
    },
    out: (name: string) => twin.output[outputs[name]!]!,
  };
}

describe('an axis', () => {
  it('draws nothing at rest', () => {
    const m = mills({ 'axis.z.gravity': 200 });
    m.step(0.1, 100);
    expect([m.out('axis.x.current'), m.out('axis.z.current')]).toEqual([0, 0]);
  });

  it('draws friction times lever over gear, efficiency and torque constant at constant speed', () => {
    const m = mills();
    m.set('axis.x.velocity', 0.2);
    m.step(0.1, 2);
    const torqueNm = ((20 * 0.2 + 98) * 0.1) / (10 * 0.85);
    expect(m.out('axis.x.current')).toBeCloseTo(torqueNm / 0.5, 3);
  });

  it('draws half with twice the gear: the gear divides', () => {
    const [single, double] = [mills(), mills({ 'axis.y.gear': 20 })];
    for (const m of [single, double]) {
      m.set('axis.y.velocity', 0.1);
      m.step(0.1, 2);
    }
    expect(double!.out('axis.y.current')).toBeCloseTo(single!.out('axis.y.current') / 2, 12);
  });

  it('draws the same both ways', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 2, noNaN: true }), (v) => {
        const [there, back] = [mills(), mills()];
        there.set('axis.x.velocity', v);
        back.set('axis.x.velocity', -v);
        there.step();
        back.step();
        expect(back.out('axis.x.current')).toBe(there.out('axis.x.current'));
      }),
    );
  });

  it('needs more current to accelerate, within the drive’s limit', () => {
    const m = mills();
    m.set('axis.x.velocity', 100);
    m.step();
    const limitN = 100 * 5 + 20 * 100 + 98;
    expect(m.out('axis.x.current')).toBeCloseTo((limitN * 0.1) / (10 * 0.85) / 0.5, 2);
  });
});

describe('the spindle', () => {
  it('draws nothing when it stands, even if a cut is commanded', () => {
    const m = mills();
    m.set('cut.feed', 1000);
    m.set('cut.depth', 5);
    m.set('cut.width', 10);
    m.step();
    expect(m.out('spindle.current')).toBe(0);
  });

  it('draws more with feed, and less torque at higher speed for the same power', () => {
    const current = (rpm: number, feed: number) => {
      const m = mills();
      m.set('spindle.speed', rpm);
      m.set('cut.depth', 2);
      m.set('cut.width', 10);
      m.set('cut.feed', feed);
      m.step(0.1, 2);
      return m.out('spindle.current');
    };
    expect(current(6000, 1200)).toBeGreaterThan(current(6000, 600));
    expect(current(9000, 600)).toBeLessThan(current(4000, 600));
    const omega = (6000 * 2 * Math.PI) / 60;
    const powerW = (1800 * 2 * 10 * 600) / 60_000;
    expect(current(6000, 600)).toBeCloseTo((0.3 + 0.0005 * omega + powerW / omega) / 0.4, 4);
  });
});

describe('the winding', () => {
  const hot = () => {
    const m = mills();
    m.set('spindle.speed', 6000);
    m.set('cut.feed', 1200);
    m.set('cut.depth', 3);
    m.set('cut.width', 12);
    m.step(0.1);
    return m;
  };

  it('agrees between one-minute and tenth-of-a-second steps', () => {
    const [coarse, fine] = [hot(), hot()];
    coarse.step(60, 10);
    fine.step(0.1, 6000);
    const [a, b] = [coarse.out('spindle.windingTemp'), fine.out('spindle.windingTemp')];
    expect(b).toBeGreaterThan(30);
    expect(Math.abs(a - b)).toBeLessThan(1e-6);
  });

  it('settles where copper loss and cooling balance', () => {
    const m = hot();
    m.step(60, 200);
    const [temp, current] = [m.out('spindle.windingTemp'), m.out('spindle.current')];
    const lossW = current ** 2 * 0.3 * (1 + 0.00393 * (temp - 25));
    expect(lossW).toBeCloseTo((temp - 22) / 0.8, 6);
  });

  it('stays finite and between its bounds for any step', () => {
    const dt = fc.double({ min: 0.001, max: 3600, noNaN: true });
    const rpm = fc.double({ min: 0, max: 12_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(dt, rpm), { minLength: 1, maxLength: 50 }), (script) => {
        const m = mills();
        for (const [dtS, speed] of script) {
          m.set('spindle.speed', speed);
          m.step(dtS);
          expect(m.out('spindle.windingTemp')).toBeGreaterThan(21.9);
          expect(m.out('spindle.windingTemp')).toBeLessThan(10_000);
        }
      }),
    );
  });

  it('goes back to the ambient when the spindle stands', () => {
    const m = hot();
    m.step(60, 60);
    m.set('spindle.speed', 0);
    m.step(3600, 24);
    expect(m.out('spindle.windingTemp')).toBeCloseTo(22, 6);
  });
});
