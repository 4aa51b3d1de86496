// What an alarm says of its numbers is true at every moment of its life.
import { expect, test } from 'vitest';
import { bookOf, condition } from './book-of.ts';

const hot = condition('hot');

test('never call a number beyond a bound that it is not beyond', () => {
  const mill = bookOf([hot]);
  const is = (level: 0 | 1 | 2, value: number, bound: number) => {
    mill.set('hot', level);
    mill.standing.value[0] = value;
    mill.standing.bound[0] = bound;
  };
  is(1, 70, 60);
  mill.run(0.5);
  is(2, 90, 85);
  mill.run(0.6);
  // The warning counts already, the trip not yet: its limit is passed all the same.
  expect(mill.alarm('hot')).toMatchObject({
    trip: false,
    text: expect.stringContaining('trip limit of 85'),
  });
  mill.run(1);
  is(1, 70, 60);
  mill.run(1);
  is(0, 20, 60);
  mill.run(4.5);
  expect(mill.told('hot').filter((kind) => kind !== 'evidence')).toEqual(['raised', 'escalated', 'eased']);
  expect(mill.alarm('hot')?.text).toBe('spindle.windingTemp is 90 °C, beyond its trip limit of 85 °C');
});
