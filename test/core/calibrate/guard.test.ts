// A sensor that lies teaches nothing. Each lie has a control: the same lie, told so that no guard could know, teaches.
import { describe, expect, it } from 'vitest';
import { motor } from '../../../src/core/models/motor/index.ts';
import { type Bed, gauss, type Lie, newBed } from './bed.ts';

const hour = 3600;
const heat = ['winding.capacity', 'winding.rth', 'frame.capacity', 'frame.rth'];
const axis = ['axis.inertia', 'axis.coulomb', 'axis.viscous'];

/** From a minute on it says what it said then. */
function stuck(dither = 0): Lie {
  const random = gauss(5);
  let at = Number.NaN;
  return (truth, atS) => {
    if (atS < 62) return truth;
    if (Number.isNaN(at)) at = truth;
    return at + dither * random();
  };
}

function values(bed: Bed, names: readonly string[]): number[] {
  return names.map((name) => bed.parameter(name));
}

const initial = (names: readonly string[]) =>
  names.map((name) => motor.parameters.find((spec) => spec.name === name)!.value);

function reasons(bed: Bed): string[] {
  return bed.news.flatMap((item) => (item.kind === 'not-recalibrated' ? [item.why] : []));
}

describe('a stuck temperature', () => {
  it('leaves every parameter of the heat as it is, to the bit, for an hour', () => {
    const bed = newBed();
    bed.lies['motor.windingTemp'] = stuck();
    bed.run(hour);
    expect(values(bed, heat)).toEqual(initial(heat));
  });

  it('control: with the last digit alive it would change them', () => {
    const bed = newBed();
    bed.lies['motor.windingTemp'] = stuck(0.15);
    bed.run(hour);
    expect(values(bed, heat)).not.toEqual(initial(heat));
  });
});

describe('a stuck current', () => {
  it('leaves friction and inertia as they are, to the bit, for an hour, and says why', () => {
    const bed = newBed();
    bed.lies['axis.current'] = stuck();
    bed.run(hour);
    expect(values(bed, axis)).toEqual(initial(axis));
    expect(bed.modes).toContain('diverged');
    expect(reasons(bed).filter((why) => why === 'axis.current teaches nothing: it is stuck')).toHaveLength(1);
  });

  it('control: with the last digit alive it would change them', () => {
    const bed = newBed();
    bed.lies['axis.current'] = stuck(0.02);
    bed.run(hour);
    expect(values(bed, axis)).not.toEqual(initial(axis));
  });

  it('teaches again once it moves', () => {
    const bed = newBed();
    const lie = stuck();
    bed.lies['axis.current'] = (truth, atS) => (atS < 600 ? lie(truth, atS) : truth);
    bed.change({ 'axis.coulomb': 6 });
    bed.run(580);
    expect(bed.parameter('axis.coulomb')).toBe(4);
    bed.run(900);
    expect(bed.parameter('axis.coulomb')).toBeCloseTo(6, 0);
  });
});

describe('other lies', () => {
  it('a sensor that spikes changes nothing', () => {
    const bed = newBed();
    const random = gauss(9);
    let next = 0;
    bed.lies['axis.current'] = (truth, atS) => {
      if (atS < next) return truth;
      next = atS + 1 + Math.abs(random());
      return truth + 12;
    };
    bed.run(hour);
    expect(values(bed, axis)).toEqual(initial(axis));
  });

  it('a sensor that falls silent changes nothing, and the twin stands in for it', () => {
    const bed = newBed();
    bed.lies['motor.windingTemp'] = (truth, atS) => (atS < 300 ? truth : undefined);
    bed.run(hour);
    expect(values(bed, heat)).toEqual(initial(heat));
    expect(bed.frame.mode).toBe('substituted');
  });
});
