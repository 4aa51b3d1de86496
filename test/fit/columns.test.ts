// How a column is named and what its numbers become.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNames, readRanges, readValues } from '../../src/fit/assignments.ts';
import { chooseColumn, mapColumn } from '../../src/fit/column-word.ts';
import { type FileColumn, readHeader } from '../../src/fit/file-column.ts';
import { conversion, unitWords } from '../../src/fit/unit-words.ts';

const columns = [
  't (ms)',
  'x [mm]',
  'I (mA)',
  'F*',
  'a:b',
  'T / °C',
  'Sensor (1)',
  'n [U/min]',
  'p (raw)',
].map((header, index): FileColumn => ({ number: index + 1, header, ...readHeader(header), samples: [] }));

function mapped(word: string, ...targets: string[]) {
  const { column, unit, scale, offset, note } = mapColumn(
    '--x',
    chooseColumn('--x', word, 'log.csv', columns),
    targets,
  );
  return { header: column.header, unit, scale, offset, note };
}

test.each([
  ['x', ['m', 'rad'], { header: 'x [mm]', unit: 'm', scale: 1e-3 }],
  ['X [MM]', ['m'], { header: 'x [mm]', scale: 1e-3 }],
  ['x:in', ['m'], { scale: 0.0254 }],
  ['x*2', ['m'], { scale: 2e-3 }],
  ['x:rev', ['m', 'rad'], { unit: 'rad', scale: 2 * Math.PI }],
  ['2:µm*-1', ['m'], { header: 'x [mm]', scale: -1e-6 }],
  ['I', ['A'], { scale: 1e-3 }],
  // A gain goes from the base of the unit it has: newtons for each ampere.
  ['I*40', ['N'], { unit: 'N', scale: 0.04 }],
  // Names that look like more than a name.
  ['F*', ['N'], { header: 'F*', scale: 1 }],
  ['F**2.5e1', ['N'], { header: 'F*', scale: 25 }],
  ['a:b', ['N'], { header: 'a:b' }],
  ['a:b:kN*2', ['N'], { header: 'a:b', scale: 2000 }],
  ['T', ['degC'], { header: 'T / °C', scale: 1, offset: 0 }],
  ['T:K', ['degC'], { scale: 1, offset: -273.15 }],
  ['T:degF*1', ['degC'], { scale: 5 / 9, offset: -160 / 9 }],
  ['n', ['rad/s'], { scale: Math.PI / 30 }],
  ['Sensor (1)', ['N'], { header: 'Sensor (1)', scale: 1 }],
])('%s to %j', (word, targets, wanted) => {
  const found = mapped(word, ...targets);
  for (const [name, value] of Object.entries(wanted)) {
    const got = found[name as keyof typeof found];
    if (typeof value === 'number') expect(got, name).toBeCloseTo(value, 10);
    else expect(got, name).toBe(value);
  }
});

test('what a column does not say of its unit is told', () => {
  expect(mapped('F*', 'N').note).toBe('--x: the column "F*" says no unit, so its numbers are taken as N');
  expect(mapped('p (raw)', 'Nm').note).toContain('says "raw", which is no known unit');
  expect(mapped('F**3', 'N').note).toBeUndefined();
  expect(mapped('x', 'm').note).toBeUndefined();
});

test.each([
  ['xx', 'there is no column "xx", did you mean "x"'],
  ['x:mmm', '"mmm" is no unit'],
  ['99', 'there is no column "99"'],
  ['x:N', '"x" is in N, which is no m'],
])('%s is refused', (word, text) => {
  expect(() => mapped(word, 'm')).toThrow(text);
});

test('two columns of one name are told apart by number', () => {
  const twice = [...columns, { ...columns[1]!, number: 10 }];
  expect(() => chooseColumn('--x', 'x', 'log.csv', twice)).toThrow('columns 2 and 10 are both called "x"');
  expect(chooseColumn('--x', '10', 'log.csv', twice).column.number).toBe(10);
});

test('a unit to another and back changes nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...unitWords),
      fc.constantFrom('m', 'rad', 'm/s', 'rad/s', 'N', 'Nm', 'A', 'W', 'degC', 's', 'rpm', 'µm', 'h'),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      (from, to, value) => {
        const there = conversion(from, to);
        const back = conversion(to, from);
        fc.pre(there !== undefined && back !== undefined);
        const again = (value * there!.scale + there!.offset) * back!.scale + back!.offset;
        expect(Math.abs(again - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
      },
    ),
  );
});

describe('assignments', () => {
  test('one by one or with commas', () => {
    expect(readValues('--known', ['mass=95.1,kt=0.5', 'gear=1e1'])).toEqual({
      mass: 95.1,
      kt: 0.5,
      gear: 10,
    });
    expect(readRanges('--bounds', ['mass=10..500, kt=-1..1'])).toEqual({
      mass: { min: 10, max: 500 },
      kt: { min: -1, max: 1 },
    });
    expect(readNames(['mass, viscous', 'coulomb'])).toEqual(['mass', 'viscous', 'coulomb']);
  });

  test.each(['mass', 'mass=', 'mass=x', '=3'])('%s is refused', (word) => {
    expect(() => readValues('--known', [word])).toThrow(/--known .*: expected/);
  });

  test.each(['mass=1', 'mass=5..1', 'mass=1..', 'mass=1..2..3'])('%s is no range', (word) => {
    expect(() => readRanges('--bounds', [word])).toThrow('LOW..HIGH');
  });
});
