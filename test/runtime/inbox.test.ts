import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInbox } from '../../src/runtime/inbox.ts';

describe('the inbox', () => {
  it('refuses when full, and takes again after a drain', () => {
    const inbox = createInbox(2);
    expect([1, 2, 3].map((tag) => inbox.push(tag, 0, 0, 0, 5, Number.NaN))).toEqual([true, true, false]);
    expect(inbox.drain(10).length).toBe(2);
    expect(inbox.push(4, 0, 0, 0, 15, Number.NaN)).toBe(true);
  });

  it('keeps what arrived after the tick was due for the next one', () => {
    const inbox = createInbox(8);
    inbox.push(1, 11, 0, 0, 90, 80);
    inbox.push(2, 22, 0, 0, 110, 100);
    expect([...inbox.drain(100).tag.subarray(0, 1)]).toEqual([1]);
    const next = inbox.drain(200);
    expect([next.length, next.tag[0], next.value[0]]).toEqual([1, 2, 22]);
  });

  it('keeps all bits of an integer, also of one that waits for the next tick', () => {
    const inbox = createInbox(8);
    inbox.push(1, 1, 0, 0, 80, 80);
    inbox.push(2, 2 ** 60, 0, 0, 90, 90, 2n ** 60n + 1n);
    inbox.push(3, 2 ** 61, 0, 0, 110, 110, 2n ** 61n + 1n);
    expect(inbox.drain(100).exact[1]).toBe(2n ** 60n + 1n);
    inbox.push(4, 2 ** 62, 0, 0, 120, 120, 2n ** 62n + 1n);
    expect([...inbox.drain(200).exact.subarray(0, 2)]).toEqual([2n ** 61n + 1n, 2n ** 62n + 1n]);
  });

  it('never gives a sample a receive time inside a tick already done', () => {
    const inbox = createInbox(8);
    inbox.drain(100);
    expect(inbox.receiveMs(98)).toBeGreaterThan(100);
    expect(inbox.receiveMs(120)).toBe(120);
    expect(inbox.receiveMs(119)).toBe(120);
  });

  it('hands out every sample once, in order, whatever the rhythm', () => {
    const action = fc.oneof(fc.constant('push' as const), fc.constant('drain' as const));
    fc.assert(
      fc.property(fc.array(fc.tuple(action, fc.nat(30)), { maxLength: 400 }), (script) => {
        const inbox = createInbox(1024);
        const pushed: number[] = [];
        const drained: number[] = [];
        let nowMs = 0;
        for (const [what, elapsedMs] of script) {
          nowMs += elapsedMs;
          if (what === 'push') {
            pushed.push(pushed.length);
            inbox.push(pushed.length - 1, 0, 0, 0, inbox.receiveMs(nowMs), nowMs);
          } else {
            const batch = inbox.drain(nowMs - 10);
            drained.push(...batch.tag.subarray(0, batch.length));
          }
        }
        const rest = inbox.drain(Number.POSITIVE_INFINITY);
        drained.push(...rest.tag.subarray(0, rest.length));
        expect(drained).toEqual(pushed);
      }),
    );
  });
});
