// "Did you mean" finds slips of the keyboard and stays silent otherwise.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../src/formats/edit-distance.ts';

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

describe('nearest', () => {
  const keys = ['periodMs', 'inboxSamples', 'startDeadlineS', 'stopDeadlineS'];
  test('finds swapped, missing and other-cased letters', () => {
    expect(nearest('peroidMs', keys)).toEqual(['periodMs']);
    expect(nearest('period_ms', keys)).toEqual(['periodMs']);
    expect(nearest('stopDeadline', keys)).toEqual(['stopDeadlineS', 'startDeadlineS']);
  });
  test('does not guess wildly', () => {
    expect(nearest('zebra', keys)).toEqual([]);
    expect(nearest('x', ['y', 'url'])).toEqual([]);
    expect(nearest('p'.repeat(10_000), keys)).toEqual([]);
  });
});

test('several are said nearest first, as many as asked for, and the word itself never', () => {
  const columns = ['I_spindle', 'I_spindle2', 'U_spindle', 'time', 'I_spindel'];
  expect(didYouMean('I_spindel', columns)).toBe(', did you mean "I_spindle"?');
  expect(didYouMean('I_spindel', columns, 3)).toBe(
    ', did you mean "I_spindle", "I_spindle2" or "U_spindle"?',
  );
  expect(didYouMean('zebra', columns, 3)).toBe('');
});
