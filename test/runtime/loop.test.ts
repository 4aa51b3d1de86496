import { describe, expect, it } from 'vitest';
import { newCore } from '../../src/core/step.ts';
import { createClock } from '../../src/runtime/clock.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { createLoop } from '../../src/runtime/loop.ts';
import { createPacer } from '../../src/runtime/pacer.ts';
import { virtualTime } from '../virtual-time.ts';

async function run(
  ms: number,
  delayMs: (atMs: number) => number,
  onTick: (tick: number, nowMs: number) => void,
) {
  const world = virtualTime();
  const clock = createClock(world.time);
  const core = newCore({ startMs: clock.nowMs(), periodMs: 100, machines: [] });
  const missed: number[] = [];
  const steps: number[] = [];
  const faults: unknown[] = [];
  const loop = createLoop(
    { core, inbox: createInbox(1024), clock, pacer: createPacer(clock, world.setTimer) },
    {
      onBatch() {},
      onTick: (result) => onTick(result.tick, world.nowMs),
      onMissed: (count) => missed.push(count),
      onClockStep: (stepMs) => steps.push(stepMs),
      onFault: (error) => faults.push(error),
    },
  );
  const running = loop.run();
  await world.runTo(ms, delayMs);
  return { loop, missed, steps, faults, world, running };
}

describe('the loop', () => {
  it('ticks on absolute deadlines: an hour of early and late timers adds no drift', async () => {
    const late: number[] = [];
    let flip = 0;
    await run(
      3_600_000,
      () => (flip++ % 2 === 0 ? 3 : 0),
      (tick, nowMs) => late.push(nowMs - tick * 100),
    );
    expect(late).toHaveLength(36_001);
    expect(Math.max(...late)).toBeLessThanOrEqual(3);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-2);
  });

  it('counts missed ticks and never catches up in a burst', async () => {
    const seen: [number, number][] = [];
    const { loop, missed } = await run(
      3000,
      (atMs) => (Math.round(atMs) === 1000 ? 450 : 0),
      (tick, nowMs) => seen.push([tick, Math.round(nowMs)]),
    );
    const around = seen.filter(([tick]) => tick >= 9 && tick <= 16);
    expect(around).toEqual([
      [9, 900],
      [14, 1450],
      [15, 1500],
      [16, 1600],
    ]);
    expect([missed, loop.missed]).toEqual([[4], 4]);
  });

  it('goes on when a tick throws', async () => {
    let count = 0;
    const { faults, loop } = await run(
      1000,
      () => 0,
      (tick) => {
        count++;
        if (tick === 5) throw new Error('defect');
      },
    );
    expect([faults.length, count, loop.ticks]).toEqual([1, 11, 11]);
  });

  it('ends in order when its last tick throws', async () => {
    let stopping = false;
    const { faults, loop, running } = await run(
      1000,
      () => 0,
      () => {
        if (stopping) throw new Error('defect');
      },
    );
    stopping = true;
    loop.stop();
    await running;
    expect(faults).toHaveLength(1);
  });

  it('takes what has arrived into one last frame when it is stopped', async () => {
    const ticks: number[] = [];
    const { loop, running } = await run(
      1050,
      () => 0,
      (tick) => ticks.push(tick),
    );
    loop.stop();
    await running;
    expect(ticks.at(-1)).toBe(11);
  });

  it('survives a step of the wall clock without a missed tick', async () => {
    const ticks: number[] = [];
    const { steps, missed, world, running, loop } = await run(
      1000,
      () => 0,
      (tick) => ticks.push(tick),
    );
    world.stepWall(3_600_000);
    await world.runTo(2000);
    loop.stop();
    await running;
    expect(steps.map(Math.round)).toEqual([3_600_000]);
    expect(missed).toEqual([]);
    expect(ticks).toEqual(Array.from({ length: 22 }, (_, i) => i));
  });
});
