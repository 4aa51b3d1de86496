// "Did you mean" finds slips of the keyboard and stays silent otherwise.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closest, editDistance } from '../../src/config/edit-distance.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['spindle', 'spindle', 0],
    ['spindel', 'spindle', 1],
    ['spindl', 'spindle', 1],
    ['spindlee', 'spindle', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('%s to %s is %i', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  test('is symmetric, and zero only for equal words', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('closest', () => {
  const keys = ['periodMs', 'inboxSamples', 'startDeadlineS', 'stopDeadlineS'];
  test('finds swapped, missing and other-cased letters', () => {
    expect(closest('peroidMs', keys)).toBe('periodMs');
    expect(closest('period_ms', keys)).toBe('periodMs');
    expect(closest('stopDeadline', keys)).toBe('stopDeadlineS');
  });
  test('does not guess wildly', () => {
    expect(closest('zebra', keys)).toBeUndefined();
    expect(closest('x', ['y', 'url'])).toBeUndefined();
    expect(closest('p'.repeat(10_000), keys)).toBeUndefined();
  });
});
