// How far ahead of what is written wear may be told: a few seconds of it while it grows, nothing at rest.
import { describe, expect, test } from 'vitest';
import { isBeyond, leap, newReserve, reserveAhead } from '../../../src/runtime/twins/reserve.ts';
import { coreOfMill, cutting, run, setInputs, stateOf } from '../../core/core-of-mill.ts';

const everyMs = 1000;

function cut() {
  const core = coreOfMill();
  const twin = core.twins[0]!;
  const reserve = newReserve(twin);
  const c = twin.model.wear!.findIndex(({ component }) => component === 'tool.3');
  let nowMs = 0;
  setInputs(core, cutting);
  /** Works for so long, then writes; what of the tool's wear is reserved, as seconds of its present rate. */
  const write = (seconds: number, setRate?: number) => {
    const before = stateOf(core, 'tool.3.wear');
    run(core, seconds * 10);
    nowMs += seconds * 1000;
    const bounds = reserveAhead(reserve, twin, nowMs, everyMs);
    reserve.durable.set(bounds);
    const wear = stateOf(core, 'tool.3.wear');
    const rate = setRate ?? (wear - before) / seconds;
    return { reservedS: (bounds[c]! - wear) / rate, rate, reserved: bounds[c]! - wear };
  };
  return { core, twin, reserve, write };
}

describe('what a writing reserves', () => {
  test('is three intervals of the rate, and is not used up within two', () => {
    const { core, twin, reserve, write } = cut();
    write(1);
    expect(write(1).reservedS).toBeCloseTo(3, 6);
    run(core, 20);
    expect(isBeyond(reserve, twin)).toBe(false);
    run(core, 15);
    expect(isBeyond(reserve, twin)).toBe(true);
  });

  test('is more for a disk that takes longer, up to ten times', () => {
    const { write } = cut();
    write(1);
    expect(write(4).reservedS).toBeCloseTo(12, 6);
    expect(write(60).reservedS).toBeCloseTo(30, 6);
  });

  test('fades at rest to exactly nothing: a machine that stands loses nothing by crashes', () => {
    const { core, write } = cut();
    write(1);
    const { rate } = write(1);
    setInputs(core, { 'spindle.speed': 0, 'cut.feed': 0 });
    const left = Array.from({ length: 60 }, () => write(1, rate).reservedS);
    expect(left[0]).toBeCloseTo(1.5, 6);
    expect(left[5]).toBeLessThan(0.1);
    expect(left.at(-1)).toBe(0);
  });

  test('is no rate where wear was set', () => {
    const { twin, reserve, write } = cut();
    write(1);
    const { reserved } = write(1);
    twin.state[twin.model.states.findIndex(({ name }) => name === 'tool.3.wear')] = 0.6;
    leap(reserve, twin);
    expect(write(1).reserved).toBeLessThan(3 * reserved);
  });
});
