// What a twin is to remember: the gap by the clocks, and of each parameter the one who changed it last.
import { describe, expect, test } from 'vitest';
import { planRestore, type Restoring } from '../../../src/runtime/twins/restore.ts';
import { appendVersion } from '../../../src/runtime/twins/versions.ts';
import { memoryOf } from './memory-of.ts';
import { motorLike } from './motor-like.ts';

const thenMs = 1_790_000_000_000;
const configured = { mass: 10, friction: 1 };
const twin = {
  model: 'motor-like',
  modelVersion: '1',
  state: {},
  parameters: configured,
  sigma: {},
  wear: {},
};

function plan(more: Partial<Restoring> & { memory?: Restoring['memory'] } = {}) {
  const memory = memoryOf({ timeMs: thenMs, working: true, configured, twin });
  return planRestore({
    ...{
      machine: 'm',
      model: motorLike,
      stated: {},
      memory,
      newest: undefined,
      nowMs: thenMs,
      gapMaxS: 3600,
    },
    ...more,
  });
}

describe('the gap', () => {
  test.each([
    ['a moment', 4000, true, 'integrated', 4],
    ['as long as it may be', 3_600_000, true, 'integrated', 3600],
    ['longer', 3_600_001, true, 'too long', 3600.001],
    ['at rest', 7_200_000, false, 'at rest', 7200],
    ['clocks that differ a little', -1500, true, 'integrated', 0],
    ['a clock that was set back', -3_600_000, true, 'unknown', -1],
    ['a clock that was never set', -thenMs, true, 'unknown', -1],
    ['a clock far ahead', 20 * 365 * 86_400_000, false, 'unknown', -1],
  ] as const)('%s', (_, elapsedMs, working, gap, gapS) => {
    const memory = memoryOf({ timeMs: thenMs, working, configured, twin });
    const planned = plan({ memory, nowMs: thenMs + elapsedMs });
    expect(planned.gap).toBe(gap);
    expect(planned.command).toMatchObject({ gapS, integrate: gap === 'integrated' });
  });

  test('is never integrated where the configuration says so', () => {
    expect(plan({ nowMs: thenMs + 1, gapMaxS: 0 }).gap).toBe('too long');
  });

  test('after a stop in order nothing was told beyond what is there', () => {
    const memory = (clean: boolean) => memoryOf({ clean, told: { bearing: 0.5 }, configured, twin });
    expect(plan({ memory: memory(true) }).command.told).toEqual({});
    expect(plan({ memory: memory(false) }).command.told).toEqual({ bearing: 0.5 });
  });
});

describe('a parameter', () => {
  const learnt = (parameters: Record<string, number>, then: Record<string, number> = configured) =>
    memoryOf({ configured: then, twin: { ...twin, parameters, sigma: { mass: 0.1 } } });

  test('that was learnt stays, with what is known of it', () => {
    const { command, overruled } = plan({ memory: learnt({ mass: 12, friction: 1 }), stated: { mass: 10 } });
    expect(command.memory).toMatchObject({ parameters: { mass: 12, friction: 1 }, sigma: { mass: 0.1 } });
    expect(overruled).toEqual([]);
  });

  test('that the configuration states otherwise since is what it says, and that is told', () => {
    const planned = plan({ memory: learnt({ mass: 12, friction: 1 }), stated: { mass: 11 } });
    expect(planned.command.memory).toMatchObject({ parameters: { mass: 11 }, sigma: {} });
    expect(planned.overruled).toEqual(['mass']);
    expect(planned.notes.join()).toContain('the configuration now says something else of mass, and wins');
  });

  test('that was never learnt follows the configuration and the model', () => {
    const memory = learnt({ mass: 10, friction: 0.7 }, { mass: 10, friction: 0.7 });
    const planned = plan({ memory, stated: { mass: 11 } });
    expect(planned.command.memory.parameters).toEqual({ mass: 11, friction: 1 });
    expect(planned.overruled).toEqual([]);
  });

  test('that was adopted right before a crash is in the list before it is in the memory', () => {
    const first = appendVersion([], { timeMs: 1, reason: 'configured', values: configured });
    const list = appendVersion(first, {
      timeMs: 2,
      reason: 'recalibrated',
      values: { mass: 14 },
      sigma: { mass: 0.2 },
    });
    const memory = { ...learnt({ mass: 12, friction: 1 }), version: 1 };
    const { command } = plan({ memory, newest: list.at(-1) });
    expect(command.memory).toMatchObject({ parameters: { mass: 14, friction: 1 }, sigma: { mass: 0.2 } });
    expect(
      plan({ memory: { ...memory, version: 2 }, newest: list.at(-1) }).command.memory.parameters['mass'],
    ).toBe(12);
  });

  test('of another version of the model is taken by name, and what is left behind is told', () => {
    const old = { ...twin, modelVersion: '0', parameters: { mass: 12, gone: 3 }, state: { heat: 2 } };
    const planned = plan({ memory: memoryOf({ configured: { mass: 10, gone: 1 }, twin: old }) });
    expect(planned.command.memory.parameters).toEqual({ mass: 12, friction: 1 });
    expect(planned.notes).toEqual([
      'm: the memory is of motor-like 0, and this is 1: taken by name; left behind: heat, gone',
    ]);
  });
});
