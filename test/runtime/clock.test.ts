import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/runtime/clock.ts';
import { virtualTime } from '../virtual-time.ts';

describe('the gateway clock', () => {
  it('is wall time at the start plus monotonic time', async () => {
    const world = virtualTime(1_000_000);
    const clock = createClock(world.time);
    await world.runTo(250);
    expect(clock.nowMs()).toBe(1_000_250);
  });

  it.each([3_600_000, -3_600_000, 120_000])(
    'reports a step of %i ms once and does not jump',
    async (stepMs) => {
      const world = virtualTime(1e12);
      const clock = createClock(world.time);
      await world.runTo(100);
      expect(clock.follow()).toBe(0);
      world.stepWall(stepMs);
      const before = clock.nowMs();
      expect(Math.round(clock.follow())).toBe(stepMs);
      expect(clock.nowMs()).toBe(before);
      await world.runTo(200);
      expect(clock.follow()).toBe(0);
      expect(Math.abs(clock.nowMs() - before - 100)).toBeLessThan(0.1);
    },
  );

  it('works a small difference off slowly and never runs backwards', async () => {
    const world = virtualTime(1e12);
    const clock = createClock(world.time);
    world.stepWall(-200);
    let last = clock.nowMs();
    for (let t = 100; t <= 600_000; t += 100) {
      await world.runTo(t);
      expect(clock.follow()).toBe(0);
      expect(clock.nowMs()).toBeGreaterThan(last);
      last = clock.nowMs();
    }
    expect(Math.abs(clock.offsetMs)).toBeLessThan(1.1);
  });

  it('is read once for all that a turn of the event loop brings', async () => {
    const clock = createClock();
    const { nowMs, monotonicMs } = clock.present();
    while (clock.monotonicMs() === monotonicMs);
    expect({ ...clock.present() }).toEqual({ nowMs, monotonicMs });
    expect(clock.nowMs()).toBeGreaterThan(nowMs);
    await Promise.resolve();
    expect(clock.present().monotonicMs).toBeGreaterThan(monotonicMs);
    expect(clock.present().nowMs).toBeGreaterThan(nowMs);
  });
});
