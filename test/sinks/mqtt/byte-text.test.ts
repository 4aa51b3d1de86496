// Numbers written as bytes are the numbers that are written as text.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createByteText } from '../../../src/sinks/mqtt/byte-text.ts';
import { sixDigits } from '../../../src/sinks/mqtt/digits.ts';

const text = createByteText();
const written = (value: number) => {
  text.value(value);
  return text.take();
};

test('any number is as six digits have it', () => {
  const decimal = fc.tuple(fc.integer({ min: -10_000_000, max: 10_000_000 }), fc.integer({ min: 0, max: 9 }));
  const any = fc.oneof(
    fc.double(),
    fc.double({ min: -2e6, max: 2e6 }),
    fc.double({ min: -2, max: 2 }),
    decimal.map(([digits, places]) => digits / 10 ** places),
  );
  fc.assert(
    fc.property(any, (value) => {
      expect(written(value)).toBe(sixDigits(value));
    }),
    { numRuns: 5000 },
  );
  for (const value of [
    0, -0, 0.1, 0.099_999_95, 0.999_999_5, 9.999_995, 99_999.95, 999_999.5, 1e6, -2.5e-7,
  ]) {
    expect(written(value)).toBe(sixDigits(value));
  }
});

test('times with and without a fraction; texts of any script; more than there was room for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1e15 })),
      fc.string({ unit: 'grapheme' }),
      (times, name) => {
        text.add(name);
        for (const time of times) {
          text.comma();
          text.time(time);
          text.comma();
          text.time(time + 0.125);
        }
        expect(text.take()).toBe(name + times.map((time) => `,${time},${time + 0.125}`).join(''));
      },
    ),
  );
  for (let i = 0; i < 20_000; i++) text.time(1_795_218_360_100 + i);
  expect(text.take()).toHaveLength(20_000 * 13);
});
