// As many tags as a file takes: more are not named, for the file would refuse every commit that names one.
import { expect, test } from 'vitest';
import { tagMax } from '../../../src/history/keys.ts';
import { createTagBook } from '../../../src/history/thread/tag-book.ts';

const tag = (name: string, unit = '') =>
  ({ source: 'shop', name, unit, kind: 'number', tier: 'raw' }) as const;

test('known ones have room for ever, new ones until there are too many; the twins still have some', () => {
  const named: string[] = [];
  const book = createTagBook({ name: ({ name }) => void named.push(name) });
  book.begin([{ ...tag('old'), id: tagMax - 10_000 }]);
  let taken = 0;
  while (book.hasRoomFor(tag(`new-${taken}`))) book.name(taken, tag(`new-${taken++}`));
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10_000 - 5000);
  expect(named).toHaveLength(taken);
  expect(book.hasRoomFor(tag('old'))).toBe(true);
  expect(book.hasRoomFor(tag('new-0'))).toBe(true);
  expect(book.hasRoomFor(tag('old', 'K'))).toBe(false);
});
