import { describe, expect, it } from 'vitest';
import { convertUnit } from '../../src/core/unit.ts';

describe('units', () => {
  it.each([
    ['mA', 'A', 1500, 1.5],
    ['degF', 'degC', 212, 100],
    ['degC', 'K', 25, 298.15],
    ['K', 'degC', 0, -273.15],
    ['mm/min', 'm/s', 6000, 0.1],
    ['Hz', 'rpm', 100, 6000],
    ['rad/s', 'rpm', 2 * Math.PI, 60],
    ['bar', 'psi', 1, 14.5037738],
    ['%', 'ratio', 42, 0.42],
    ['g', 'm/s2', 2, 19.6133],
  ])('%s to %s', (from, to, value, expected) => {
    const { scale, offset } = convertUnit(from, to)!;
    expect(value * scale + offset).toBeCloseTo(expected, 6);
  });

  it('knows what cannot be converted', () => {
    expect(convertUnit('A', 'V')).toBeUndefined();
    expect(convertUnit('furlong', 'm')).toBeUndefined();
  });

  it('takes any unit as itself', () => {
    expect(convertUnit('widgets', 'widgets')).toEqual({ scale: 1, offset: 0 });
  });
});
