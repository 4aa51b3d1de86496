// Topic filters: the tree against the definition.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coveringFilters,
  covers,
  isUnder,
  topicLevels,
  validFilter,
  validPrefix,
} from '../../src/broker/topic.ts';
import { createTopicTree } from '../../src/broker/topic-tree.ts';

/** The definition, level by level (MQTT 3.1.1, 4.7). */
function matches(filter: string, topic: string): boolean {
  const f = filter.split('/');
  const t = topic.split('/');
  if (topic.startsWith('$') && (f[0] === '#' || f[0] === '+')) return false;
  for (let i = 0; i < f.length; i++) {
    if (f[i] === '#') return true;
    if (i >= t.length || (f[i] !== '+' && f[i] !== t[i])) return false;
  }
  return f.length === t.length;
}

const level = fc.constantFrom('a', 'b', 'c', '', '$x');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 0, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => (rest || levels.length === 0 ? [...levels, '#'] : levels).join('/'));

describe('topic tree', () => {
  test('finds exactly the filters that match, also after removals', () => {
    fc.assert(
      fc.property(
        fc.array(filter, { maxLength: 12 }),
        fc.array(fc.nat(20), { maxLength: 6 }),
        topic,
        (all, gone, name) => {
          const tree = createTopicTree<number>();
          for (const [i, one] of all.entries()) tree.add(one, i);
          const removed = new Set(gone.filter((i) => i < all.length));
          for (const i of removed) tree.remove(all[i]!, i);
          const expected = all.flatMap((one, i) => (!removed.has(i) && matches(one, name) ? [i] : []));
          expect(tree.match(name).sort((a, b) => a - b)).toEqual(expected);
          expect(tree.has(name)).toBe(expected.length > 0);
          expect(tree.size).toBe(all.length - removed.size);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('filters within filters', () => {
  test('what covers another matches all its topics', () => {
    fc.assert(
      fc.property(filter, filter, topic, (wide, narrow, name) => {
        if (covers(wide, narrow) && matches(narrow, name)) expect(matches(wide, name)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('the covering ones match whatever any of them matched, and none lies within another', () => {
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 6 }), topic, (all, name) => {
        const kept = [...coveringFilters(new Map(all.map((one) => [one, 0]))).keys()];
        expect(kept.some((one) => matches(one, name))).toBe(all.some((one) => matches(one, name)));
        for (const one of kept) {
          for (const other of kept) if (one !== other) expect(covers(one, other)).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the highest quality of service is kept', () => {
    const filters = new Map<string, 0 | 1>([
      ['shop/#', 0],
      ['shop/+/temp', 1],
      ['other/+', 0],
    ]);
    expect([...coveringFilters(filters)]).toEqual([
      ['shop/#', 1],
      ['other/+', 0],
    ]);
  });
});

describe('words', () => {
  test.each([
    ['a/b', true],
    ['#', true],
    ['a/+/b', true],
    ['a/#', true],
    ['', false],
    ['a/#/b', false],
    ['a#', false],
    ['a/b+', false],
    ['a/\0', false],
  ])('filter %j is well formed: %s', (text, fine) => expect(validFilter(text)).toBe(fine));

  test.each([
    ['shop/m1', true],
    ['', false],
    ['$SYS', false],
    ['a/', false],
    ['a/+', false],
    ['#', false],
  ])('prefix %j may stand: %s', (text, fine) => expect(validPrefix(text)).toBe(fine));

  test('under a prefix means the prefix itself or a level below it', () => {
    expect(isUnder('a/b', 'a')).toBe(true);
    expect(isUnder('a', 'a')).toBe(true);
    expect(isUnder('ab', 'a')).toBe(false);
    expect(isUnder('a', 'a/b')).toBe(false);
    expect(topicLevels('a//b')).toBe(3);
  });
});
