// Numbers from bytes are the numbers JavaScript would read, to the last bit, and nothing else is a number.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDecimal } from '../../../src/sources/serial/decimal.ts';

const read = (text: string) => {
  const bytes = Buffer.from(`<${text}>`, 'latin1');
  return readDecimal(bytes, 1, bytes.length - 1);
};

test('every double survives, written in any of the usual ways', () => {
  const written = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .chain((value) =>
      fc.constantFrom(
        `${value}`,
        value.toExponential(),
        value.toPrecision(7),
        value.toFixed(3),
        `+${Math.abs(value)}`,
      ),
    );
  fc.assert(
    fc.property(written, (text) => Object.is(read(text), Number(text))),
    { numRuns: 3000 },
  );
});

test('digits, a dot and decimals, however many', () => {
  const digits = fc.stringMatching(/^\d{0,25}\.?\d{0,25}$/).filter((text) => /\d/.test(text));
  fc.assert(
    fc.property(digits, (text) => Object.is(read(text), Number(text))),
    { numRuns: 3000 },
  );
});

test('what is no decimal number is none', () => {
  for (const text of [
    '',
    '-',
    '+',
    '.',
    '-.',
    'e5',
    '1e',
    '1e+',
    '1e99999',
    '1e1.5',
    '--1',
    '+-1',
    '1.2.3',
    '1,5',
    '0x10',
    '1_000',
    'nan',
    'inf',
    'Infinity',
    ' 1',
    '1 ',
    '1f',
    '\u00b2',
    '1\u0000',
  ]) {
    expect(read(text), JSON.stringify(text)).toBeNaN();
  }
});

test('any bytes that are taken are what Number reads too', () => {
  const mess = fc.stringMatching(/^[-+.eE0-9 xXnN,]{0,12}$/);
  fc.assert(
    fc.property(mess, (text) => {
      const value = read(text);
      if (!Number.isNaN(value)) expect(value).toBe(Number(text));
    }),
    { numRuns: 3000 },
  );
});
