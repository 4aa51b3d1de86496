import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { always, anyParameters, newStand, type Stand } from '../stand.ts';
import { anyDt, anyWork } from './work.ts';

const temps = ['winding.temp', 'housing.temp', 'bearing.temp'];
const wears = mill.wear!.map(({ state }) => state);

/** Within 1 % of what each has gained; `leastC` and the smallest wear are beyond what anybody can see. */
function expectAgreement(coarse: Stand, fine: Stand, startC: number, leastC: number): void {
  for (const name of temps) {
    const rise = Math.abs(fine.state(name) - startC);
    const apart = Math.abs(coarse.state(name) - fine.state(name));
    expect(apart, name).toBeLessThan(Math.max(0.01 * rise, leastC));
  }
  for (const name of wears) {
    const wear = fine.state(name);
    expect(Math.abs(coarse.state(name) - wear), name).toBeLessThanOrEqual(Math.max(0.01 * wear, 1e-15));
  }
}

describe('a one-minute step', () => {
  it('agrees within 1 % with 600 of a tenth of a second on heat and wear, joined to a working machine', () => {
    always(
      fc.property(
        anyParameters(mill),
        anyWork,
        fc.integer({ min: 1, max: 5 }),
        (parameters, work, minutes) => {
          const [coarse, fine] = [newStand(mill, parameters), newStand(mill, parameters)];
          for (const m of [coarse, fine]) {
            m.set(work);
            m.join();
            for (const name of temps) m.put(name, work['ambient.temp']!);
          }
          coarse.step(60, minutes);
          fine.step(0.1, 600 * minutes);
          expectAgreement(coarse, fine, work['ambient.temp']!, 0.005);
          expect(coarse.state('runningS')).toBeCloseTo(fine.state('runningS'), 6);
          expect(coarse.state('cuttingS')).toBeCloseTo(fine.state('cuttingS'), 6);
        },
      ),
      60,
    );
  });

  it('agrees also when the spindle has to run up first', () => {
    const ticks = fc.integer({ min: 1, max: 15 });
    always(
      fc.property(anyParameters(mill), anyWork, ticks, (parameters, work, runUpTicks) => {
        const [coarse, fine] = [newStand(mill, parameters), newStand(mill, parameters)];
        const radPerS = parameters['spindle.aMax']! * runUpTicks * 0.1;
        for (const m of [coarse, fine]) {
          m.set({ ...work, 'cut.depth': 0, 'spindle.speed': (radPerS * 60) / (2 * Math.PI) });
          for (const name of temps) m.put(name, work['ambient.temp']!);
        }
        coarse.step(60);
        fine.step(0.1, 600);
        expectAgreement(coarse, fine, work['ambient.temp']!, 0.005);
      }),
      60,
    );
  });
});

describe('the same inputs', () => {
  it('leave the same bits, whatever other mills did in between', () => {
    const script = fc.array(fc.tuple(anyWork, anyDt), { minLength: 1, maxLength: 10 });
    always(
      fc.property(anyParameters(mill), script, anyWork, (parameters, works, other) => {
        const [once, again, disturbing] = [
          newStand(mill, parameters),
          newStand(mill, parameters),
          newStand(mill),
        ];
        disturbing.set(other);
        for (const [work, dtS] of works) {
          once.set(work);
          once.step(dtS);
        }
        for (const [work, dtS] of works) {
          disturbing.step(37);
          again.set(work);
          again.step(dtS);
        }
        expect(again.all()).toEqual(once.all());
      }),
    );
  });
});
