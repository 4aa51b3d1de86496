// Blocks of samples are used again and again; nothing of what they held before must go to the disk.
import { expect, test } from 'vitest';
import { createGather } from '../../../src/history/thread/gather.ts';

test('a sample has its own 64 bits, or none: never those of one that was in its place before', () => {
  const gather = createGather({ samplesMax: 100, monotonicMs: () => 0, onDue() {} });
  const exactOf = (exact?: bigint) => {
    for (let i = 0; i < 5; i++) gather.push(0, 1, 20, i, 0, i, i, i, exact);
    const { block } = gather.take(true)!;
    const there = [...block!.exact.subarray(0, block!.length)];
    gather.settle();
    return there;
  };
  expect(exactOf(7n)).toEqual([7n, 7n, 7n, 7n, 7n]);
  expect(exactOf()).toEqual([0n, 0n, 0n, 0n, 0n]);
});
