// Whatever stamps come, in whatever order: some promises hold.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../src/core/clock/finding.ts';
import { observeTwoWay } from '../../../src/core/clock/observe.ts';
import { clockOffsetMs, newClockModel } from '../../../src/core/clock-model.ts';
import { admitTag, judge, newIntake } from '../../../src/core/intake.ts';
import { clockFindings } from '../../../src/core/sample.ts';
import { startMs } from './stream.ts';

const hour = 3_600_000;
const anySource = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -500, max: 50 }) },
  { weight: 2, arbitrary: fc.integer({ min: -hour, max: hour }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0),
  },
  { weight: 1, arbitrary: fc.double() },
);
const anyEvent = fc.record({
  gapMs: fc.oneof(fc.nat(20), fc.nat(2000), fc.constant(hour)),
  source: anySource,
  times: fc.integer({ min: 1, max: 30 }),
  ask: fc.boolean(),
});

/** Plays a script; returns what each sample was given. */
function play(script: readonly { gapMs: number; source: number; times: number; ask: boolean }[]) {
  const model = newClockModel();
  const intake = newIntake(1);
  admitTag(intake, 0, { name: 't', unit: '', kind: 'number' }, model);
  const given: { timeMs: number; receiveMs: number; quality: number }[] = [];
  let receiveMs = startMs;
  for (const { gapMs, source, times, ask } of script) {
    if (ask) observeTwoWay(model, receiveMs, receiveMs + source, receiveMs + gapMs);
    for (let i = 0; i < times; i++) {
      receiveMs += gapMs;
      judge(intake, 0, i, 0, receiveMs + source, receiveMs);
      given.push({ timeMs: intake.timeMs, receiveMs, quality: intake.quality });
    }
    expect(clockFindings).toContain(clockFinding(model, receiveMs));
  }
  return { given, offsetMs: clockOffsetMs(model) };
}

describe('any stamps at all', () => {
  const scripts = fc.array(anyEvent, { minLength: 1, maxLength: 60 });

  it('give every sample a time, never later than its receipt', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        for (const { timeMs, receiveMs } of play(script).given) {
          expect(Number.isFinite(timeMs)).toBe(true);
          expect(timeMs).toBeLessThanOrEqual(receiveMs);
        }
      }),
    );
  });

  it('give the same times when they come again', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        expect(play(script)).toEqual(play(script));
      }),
      { numRuns: 30 },
    );
  });

  it('are forgotten: a right clock is known a few minutes later, whatever was before', () => {
    const right = Array.from({ length: 400 }, () => ({ gapMs: 1000, source: -1, times: 1, ask: false }));
    fc.assert(
      fc.property(scripts, (script) => {
        // A wrong answer is believed for as long as answers are.
        const before = script.map((event) => ({ ...event, ask: false }));
        const { given, offsetMs } = play([...before, ...right]);
        expect(Math.abs(offsetMs - 1)).toBeLessThan(5);
        const { timeMs, receiveMs, quality } = given.at(-1)!;
        expect(receiveMs - timeMs).toBeLessThan(5);
        expect(quality).toBe(0);
      }),
    );
  });
});
