// A book with alarms that have been through everything, in a snapshot: read back it is written to the same bytes.
import { expect, test } from 'vitest';
import { readValue } from '../../../src/core/snapshot-read.ts';
import { writeValue } from '../../../src/core/snapshot-write.ts';
import { bookOf, condition } from './book-of.ts';

test('fields that say nothing come back too', () => {
  const conditions = [condition('hot'), condition('worn', 'cusum')];
  const one = bookOf(conditions);
  one.set('worn', 1);
  one.run(2);
  one.set('hot', 2);
  one.run(2);
  one.ask({ alarm: 'hot', action: 'shelve', forS: 5 });
  one.run(15);
  expect([...one.book.live.values()].some((alarm) => Object.values(alarm).includes(undefined))).toBe(true);
  const data = writeValue(one.book);
  const two = bookOf(conditions);
  readValue(data, two.book);
  expect(writeValue(two.book)).toEqual(data);
});
