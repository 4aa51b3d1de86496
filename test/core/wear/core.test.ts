// The wear watch where it lives: in the core, tick by tick, with the mill.
import { describe, expect, it } from 'vitest';
import { followFrame, newSensors } from '../../../src/core/follow.ts';
import { newFrame } from '../../../src/core/frame.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { Quality } from '../../../src/core/quality.ts';
import { type Core, stateHash } from '../../../src/core/step.ts';
import { newTwin, parametersOf } from '../../../src/core/twin.ts';
import { inspectWear } from '../../../src/core/wear/inspect.ts';
import { forecastOf } from '../../../src/core/wear/outlook.ts';
import { relativeRate } from '../../../src/core/wear/shape.ts';
import { componentOf, replaceComponent } from '../../../src/core/wear/watch.ts';
import { coreOfMill, cutting, parameterOf, run, setInputs, stateOf } from '../core-of-mill.ts';

const fast = { 'wear.tool.life': 10 };
const outlook = (core: Core) => forecastOf(core.watches[0]!, core.twins[0]!, 'mill-1', 0);

function worked(ticks = 1200): Core {
  const core = coreOfMill(fast);
  replaceComponent(core.watches[0]!, core.twins[0]!, 'tool.3');
  // First it turns out of the cut: that says nothing of how an edge wears in it.
  setInputs(core, { ...cutting, 'cut.depth': 0, 'cut.feed': 0 });
  run(core, 100);
  setInputs(core, cutting);
  run(core, ticks);
  return core;
}

describe('the mill', () => {
  it('has an outlook after two minutes of cutting, limited by the tool in the spindle', () => {
    const core = worked();
    const { components, limiting, watchedHours, counters } = outlook(core);
    expect(limiting).toBe('tool.3');
    expect(watchedHours).toBeCloseTo(130 / 3600, 3);
    expect(counters.map(({ name }) => name)).toEqual(['running', 'cutting', 'cycles']);
    const tool = components.find(({ component }) => component === 'tool.3')!;
    expect(tool.gauge!.value).toBeCloseTo(300 * stateOf(core, 'tool.3.wear'), 9);
    // What the model itself does with the tool from here on is what was expected.
    const start = core.lastTick;
    while (stateOf(core, 'tool.3.wear') < 1) run(core, 100);
    const lastedH = (core.lastTick - start) / 36_000;
    expect(tool.rulHours.p50 / lastedH).toBeGreaterThan(0.85);
    expect(tool.rulHours.p50 / lastedH).toBeLessThan(1.25);
    const idle = components.filter(({ component }) => component === 'tool.4');
    expect(idle).toMatchObject([{ wear: 0, ratePerH: 0, rulHours: { p10: Number.POSITIVE_INFINITY } }]);
  });

  it('is asked for its zones in the cut', () => {
    const core = worked(600);
    const [{ shapes }, c] = [core.watches[0]!, componentOf(core.watches[0]!, 'tool.3')];
    const [early, middle, late] = [0.05, 0.5, 0.95].map((wear) => relativeRate(shapes, c, wear));
    expect(early! / middle!).toBeCloseTo(parameterOf(core, 'wear.tool.runInRate'), 3);
    expect(late! / middle!).toBeCloseTo(parameterOf(core, 'wear.tool.endRate'), 3);
  });

  it('tells of a tool that its signals say is new', () => {
    const core = worked();
    run(core, 1);
    core.news.length = 0;
    const before = stateOf(core, 'tool.3.wear');
    setInputs(core, { 'tool.replaced': 1 });
    run(core, 1);
    setInputs(core, { 'tool.replaced': 2 });
    run(core, 1);
    const news = core.news.filter(({ kind }) => kind === 'replaced');
    // Whichever of the two the model took for the first count it ever saw, the second is a change.
    expect(news.length).toBeGreaterThanOrEqual(1);
    expect(news[0]).toEqual({
      kind: 'replaced',
      machine: 0,
      component: 'tool.3',
      wear: expect.closeTo(before, 3),
    });
    expect(stateOf(core, 'tool.3.wear')).toBeLessThan(before / 10);
  });

  it('learns from a look at one tool how fast all wear, and runs on with that', () => {
    const core = worked(900);
    const wear = stateOf(core, 'tool.3.wear');
    inspectWear(core.watches[0]!, core.twins[0]!, 'tool.3', wear * 1.5, 0.01);
    expect(parameterOf(core, 'wear.tool.factor')).toBeGreaterThan(1.3);
    const before = stateOf(core, 'tool.3.wear');
    run(core, 100);
    const [grown, plain] = [stateOf(core, 'tool.3.wear') - before, worked(1000)];
    expect(grown / (stateOf(plain, 'tool.3.wear') - wear)).toBeGreaterThan(1.25);
  });

  it('hashes what its watch knows: the same run twice is the same, one look more is not', () => {
    const [one, two] = [worked(300), worked(300)];
    expect(stateHash(one)).toBe(stateHash(two));
    two.watches[0]!.variance[0] = 0.01;
    expect(stateHash(one)).not.toBe(stateHash(two));
  });
});

describe('a frame', () => {
  it('says what the machine does while its twin follows, and nothing while it is offline', () => {
    const signals = [...mill.inputs, ...mill.outputs];
    const layout = { id: 'm', model: mill, signals, lagMs: 0, parameters: parametersOf(mill) };
    const [frame, twin, sensors] = [newFrame(layout), newTwin(mill), newSensors(mill)];
    expect(frame.behaviour).toBe(-1);
    frame.quality.fill(Quality.badNotConnected);
    for (const [name, value] of Object.entries({ ...cutting, 'axis.x.velocity': 0.02 })) {
      const row = signals.findIndex((signal) => signal.name === name);
      frame.value[row] = value;
      frame.quality[row] = Quality.good;
    }
    for (let i = 0; i < 20; i++) followFrame(twin, sensors, frame, 0.1);
    expect(mill.behaviour!.names[frame.behaviour]).toBe('cutting');
    frame.quality.fill(Quality.badNoCommunication);
    followFrame(twin, sensors, frame, 0.1);
    expect([frame.mode, frame.behaviour]).toEqual(['offline', -1]);
  });
});
