import { describe, expect, it } from 'vitest';
import { createOutbox } from '../../src/runtime/outbox.ts';

const item = (n: number) => ({ n });

describe('an outbox', () => {
  it('gives items in order and holds them until they are settled', () => {
    const box = createOutbox<{ n: number }>('t', 10);
    for (let n = 0; n < 3; n++) box.offer(item(n));
    const first = box.take()!;
    expect([first.n, box.depth]).toEqual([0, 3]);
    box.settle(first);
    expect(box.depth).toBe(2);
  });

  it('drops the oldest when full, and counts it', () => {
    const box = createOutbox<{ n: number }>('t', 2);
    for (let n = 0; n < 5; n++) box.offer(item(n));
    expect([box.take()!.n, box.take()!.n, box.take()]).toEqual([3, 4, undefined]);
    expect(box.dropped).toEqual({ overflow: 3 });
  });

  it('never drops what is on the wire: then the new one goes', () => {
    const box = createOutbox<{ n: number }>('t', 2);
    box.offer(item(0));
    box.offer(item(1));
    box.take();
    box.take();
    box.offer(item(2));
    expect([box.depth, box.dropped]).toEqual([2, { overflow: 1 }]);
  });

  it('gives unsettled items again after a broken connection, in order and before the rest', () => {
    const box = createOutbox<{ n: number }>('t', 10);
    for (let n = 0; n < 5; n++) box.offer(item(n));
    const taken = [box.take()!, box.take()!, box.take()!];
    box.settle(taken[1]!);
    box.rewind();
    expect([box.take()!.n, box.take()!.n, box.take()!.n, box.take()!.n]).toEqual([0, 2, 3, 4]);
  });

  it('counts what was given up, with the reason', () => {
    const box = createOutbox<{ n: number }>('t', 10);
    box.offer(item(0));
    box.settle(box.take()!, 'refused');
    expect([box.depth, box.dropped]).toEqual([0, { refused: 1 }]);
  });

  it('stays small while a million items pass', () => {
    const box = createOutbox<{ n: number }>('t', 100);
    for (let n = 0; n < 1_000_000; n++) {
      box.offer(item(n));
      if (n % 3 === 0) {
        const taken = box.take();
        if (taken !== undefined) box.settle(taken);
      }
    }
    expect(box.depth).toBeLessThanOrEqual(100);
  });
});
