// What people and restarts do to a twin: bounded, named where it is refused, and the same bits each time.
import { describe, expect, test } from 'vitest';
import { applyCommand, rememberTwin, wearOf } from '../../src/core/command.ts';
import { type Core, stateHash } from '../../src/core/step.ts';
import type { TwinCommand, TwinMemory } from '../../src/core/twin-command.ts';
import { coreOfMill, cutting, parameterOf, run, setInputs, stateOf } from './core-of-mill.ts';

const machine = 'mill-1';
const fast = { 'wear.tool.life': 5 };

function worked(seconds = 60): Core {
  const core = coreOfMill(fast);
  setInputs(core, cutting);
  run(core, seconds * 10);
  return core;
}

/** As it comes back from a file. */
function remembered(core: Core): TwinMemory {
  return JSON.parse(JSON.stringify(rememberTwin(core, 0))) as TwinMemory;
}

function restore(
  memory: TwinMemory,
  more: Partial<Extract<TwinCommand, { kind: 'restore' }>> = {},
): TwinCommand {
  return { kind: 'restore', machine, memory, gapS: 0, integrate: false, told: {}, ...more };
}

describe('restoring', () => {
  test('gives back wear, parameters, counters and the tool in the spindle to the bit', () => {
    const before = worked();
    const after = coreOfMill(fast);
    applyCommand(after, restore(remembered(before)));
    expect(wearOf(before.twins[0]!)['tool.3']).toBeGreaterThan(0.01);
    expect(wearOf(after.twins[0]!)).toEqual(wearOf(before.twins[0]!));
    expect(after.twins[0]!.parameters).toEqual(before.twins[0]!.parameters);
    const memory = remembered(after);
    expect(memory.state).toEqual({ ...remembered(before).state, ...followed(memory) });
    expect(memory.input).toMatchObject({ 'tool.number': 3, 'cut.depth': 3 });
  });

  test('integrates the gap at the rates of late, and only where it is told to', () => {
    const memory = remembered(worked(120));
    const [rest, work] = [coreOfMill(fast), coreOfMill(fast)];
    const kept = applyCommand(rest, restore(memory, { gapS: 30 }));
    const grown = applyCommand(work, restore(memory, { gapS: 30, integrate: true }));
    expect(kept).toMatchObject({ kind: 'restored', integrated: false, wear: {} });
    const before = memory.state['tool.3.wear']!;
    const rate = before / 120;
    const added = stateOf(work, 'tool.3.wear') - before;
    expect(stateOf(rest, 'tool.3.wear')).toBe(before);
    // The edge has run in meanwhile: not exactly the mean.
    expect(added / (rate * 30)).toBeGreaterThan(0.4);
    expect(added / (rate * 30)).toBeLessThan(1.6);
    expect(grown).toMatchObject({ integrated: true, wear: { 'tool.3': added } });
  });

  test('never restarts below what was told, and takes that for no rate', () => {
    const memory = remembered(worked());
    const told = memory.state['tool.3.wear']! + 0.01;
    const core = coreOfMill(fast);
    applyCommand(core, restore(memory, { told: { 'tool.3': told, 'no such': 1, bearing: 0 } }));
    expect(stateOf(core, 'tool.3.wear')).toBe(told);
    expect(stateOf(core, 'bearing.wear')).toBe(memory.state['bearing.wear']);
    setInputs(core, { 'spindle.speed': 0 });
    const before = rememberTwin(core, 0).wear['component tool.3']!;
    run(core, 1);
    expect(rememberTwin(core, 0).wear['component tool.3']![0]).toBeLessThanOrEqual(before[0]!);
  });

  test('lets what was warm cool down, to the hall after a day, and knows no temperature of who knows when', () => {
    const warm = remembered(worked());
    const memory = {
      ...warm,
      state: { ...warm.state, 'winding.temp': 80, 'housing.temp': 60, 'bearing.temp': 60 },
    };
    const windingAfter = (gapS: number) => {
      const core = coreOfMill(fast);
      applyCommand(core, restore(memory, { gapS }));
      return stateOf(core, 'winding.temp');
    };
    expect(windingAfter(0)).toBe(80);
    expect(windingAfter(600)).toBeLessThan(79);
    expect(windingAfter(600)).toBeGreaterThan(windingAfter(3600));
    expect(windingAfter(86_400)).toBeCloseTo(22, 0);
    expect(windingAfter(-1)).toBe(
      coreOfMill().twins[0]!.model.states.find(({ name }) => name === 'winding.temp')!.initial,
    );
  });

  test('takes what fits by name and leaves numbers that no twin can have', () => {
    const memory = remembered(worked());
    const odd = {
      ...memory,
      state: { ...memory.state, 'bearing.wear': -1, 'spindle.wear': Number.NaN, 'gone.temp': 5 },
      parameters: { ...memory.parameters, 'axis.x.mass': 1e99, 'gone.mass': 5 },
      wear: { ...memory.wear, 'component bearing': [1, Number.NaN] },
    };
    const core = coreOfMill(fast);
    applyCommand(core, restore(odd));
    expect(stateOf(core, 'bearing.wear')).toBe(0);
    expect(stateOf(core, 'spindle.wear')).toBe(0);
    const { max } = core.twins[0]!.model.parameters.find(({ name }) => name === 'axis.x.mass')!;
    expect(parameterOf(core, 'axis.x.mass')).toBe(max);
    setInputs(core, cutting);
    run(core, 50);
    expect(core.twins[0]!.state.every((value) => Number.isFinite(value))).toBe(true);
  });
});

/** States that follow an input are not remembered: the machine says where they are. */
function followed(memory: TwinMemory): Record<string, number> {
  const names = coreOfMill().twins[0]!.model.states.filter(({ follows }) => follows !== undefined);
  return Object.fromEntries(names.map(({ name }) => [name, memory.state[name]!]));
}

describe('parameters', () => {
  test('are set by name, within bounds, and what was not taken is named', () => {
    const core = coreOfMill();
    const values = { 'axis.x.mass': 140, 'axis.y.mass': -5, nonsense: 3, 'axis.z.mass': Number.NaN };
    const news = applyCommand(core, { kind: 'parameters', machine, values, sigma: { 'axis.x.mass': 2 } });
    const { min } = core.twins[0]!.model.parameters.find(({ name }) => name === 'axis.y.mass')!;
    expect(news).toEqual({
      kind: 'parameters',
      machine: 0,
      values: { 'axis.x.mass': 140, 'axis.y.mass': min },
      unknown: ['nonsense', 'axis.z.mass'],
      clamped: ['axis.y.mass'],
    });
    expect(parameterOf(core, 'axis.x.mass')).toBe(140);
    expect(parameterOf(core, 'axis.z.mass')).toBe(parameterOf(coreOfMill(), 'axis.z.mass'));
    expect(rememberTwin(core, 0).sigma['axis.x.mass']).toBe(2);
  });
});

describe('a look', () => {
  test('moves wear and factor, and says from where to where', () => {
    const core = worked(300);
    const before = stateOf(core, 'tool.3.wear');
    const news = applyCommand(core, {
      kind: 'inspected',
      machine,
      component: 'tool.3',
      wear: before / 2,
      sigma: 0.01,
    });
    expect(news).toMatchObject({ kind: 'inspected', wearBefore: before, wear: stateOf(core, 'tool.3.wear') });
    expect(stateOf(core, 'tool.3.wear')).toBeLessThan(before * 0.8);
    expect(parameterOf(core, 'wear.tool.factor')).toBeLessThan(1);
  });

  test.each([
    [{ component: 'tool.99', wear: 0.1, sigma: 0.1 }, 'it has no component tool.99'],
    [{ component: 'tool.3', wear: -0.1, sigma: 0.1 }, 'a wear is 0 to 3, not -0.1'],
    [{ component: 'tool.3', wear: Number.NaN, sigma: 0.1 }, 'a wear is 0 to 3, not NaN'],
    [{ component: 'tool.3', wear: 0.1, sigma: 0 }, 'a sigma is above 0 and at most 1, not 0'],
  ])('is refused with a word: %j', (look, why) => {
    const core = worked(1);
    const before = stateHash(core);
    const news = applyCommand(core, { kind: 'inspected', machine, ...look });
    expect(news).toEqual({ kind: 'refused', machine: 0, command: 'inspected', why });
    expect(stateHash(core)).toBe(before);
  });

  test('at a machine that is not there is refused', () => {
    const news = applyCommand(coreOfMill(), { kind: 'replaced', machine: 'mill-9', component: 'tool.3' });
    expect(news).toMatchObject({ kind: 'refused', machine: -1, why: 'there is no machine mill-9' });
  });

  test('that finds a new one sets its wear to nothing', () => {
    const core = worked();
    const before = stateOf(core, 'tool.3.wear');
    const news = applyCommand(core, { kind: 'replaced', machine, component: 'tool.3' });
    expect(news).toEqual({ kind: 'replaced', machine: 0, component: 'tool.3', wear: before });
    expect(stateOf(core, 'tool.3.wear')).toBe(0);
    // The tick after takes it for no second replacement.
    core.news.length = 0;
    run(core, 1);
    expect(core.news).toEqual([]);
  });
});

test('the same commands at the same ticks leave the same bits, at others other ones', () => {
  const memory = remembered(worked());
  const commands: TwinCommand[] = [
    { kind: 'parameters', machine, values: { 'axis.x.mass': 140, 'wear.tool.factor': 1.5 }, sigma: {} },
    { kind: 'inspected', machine, component: 'tool.3', wear: 0.2, sigma: 0.05 },
    { kind: 'replaced', machine, component: 'bearing' },
  ];
  const hashOf = (at: number) => {
    const core = coreOfMill(fast);
    applyCommand(core, restore(memory, { gapS: 20, integrate: true, told: { 'tool.3': 0.1 } }));
    setInputs(core, cutting);
    for (const command of commands) {
      run(core, at);
      // Through text, as a recording has it.
      applyCommand(core, JSON.parse(JSON.stringify(command)) as TwinCommand);
    }
    run(core, 60 - 3 * at);
    return stateHash(core);
  };
  expect(hashOf(7)).toBe(hashOf(7));
  expect(hashOf(7)).not.toBe(hashOf(8));
});
