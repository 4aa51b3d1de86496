// A link that is lost in mid-cut: the twin wears and counts nothing while nobody tells what the machine does, and when
// the machine is back the gap is settled as that of a restart is.
import { describe, expect, it } from 'vitest';
import { type Core, stateHash, step } from '../../../src/core/step.ts';
import { coreOfMill, cutting, none, run, setInputs, stateOf, tellLink } from '../core-of-mill.ts';

const kept = ['tool.3.wear', 'bearing.wear', 'spindle.wear', 'runningS', 'cuttingS', 'cycles'];
const keptOf = (core: Core) => kept.map((name) => stateOf(core, name));

/** Ten minutes in the cut. */
function atWork(): Core {
  const core = coreOfMill({ 'wear.tool.life': 100 });
  setInputs(core, cutting);
  run(core, 10);
  for (let second = 1; second < 600; second++) step(core, core.lastTick + 10, none);
  core.news.length = 0;
  return core;
}

/** The link is lost for `seconds`, and is there again. */
function lose(core: Core, seconds: number): void {
  tellLink(core, false);
  run(core, seconds * 10);
  tellLink(core, true);
}

describe('while nobody tells what the machine does', () => {
  it('the twin goes on for ten seconds, and then holds still', () => {
    const core = atWork();
    tellLink(core, false);
    run(core, 100);
    const held = keptOf(core);
    const temperatures = stateOf(core, 'winding.temp');
    expect(stateOf(core, 'cuttingS')).toBeCloseTo(610, 6);
    run(core, 20_000);
    expect(core.frames[0]!.mode).toBe('offline');
    expect(keptOf(core)).toEqual(held);
    expect(stateOf(core, 'winding.temp')).toBe(temperatures);
  });

  it('a second costs nothing: all is as if the link had been there', () => {
    const [through, whole] = [atWork(), atWork()];
    lose(through, 1);
    run(whole, 10);
    for (const core of [through, whole]) run(core, 50);
    expect(keptOf(through)).toEqual(keptOf(whole));
    expect(through.news).toEqual([]);
  });

  it('a gateway that slept for an hour over it does not wear the tool for an hour', () => {
    const core = atWork();
    tellLink(core, false);
    run(core, 1);
    const before = stateOf(core, 'cuttingS');
    step(core, core.lastTick + 36_000, none);
    expect(stateOf(core, 'cuttingS') - before).toBeLessThanOrEqual(10);
  });
});

describe('back from it', () => {
  it('a machine that was at work has worn as lately, and that is told', () => {
    const [lost, whole] = [atWork(), atWork()];
    lose(lost, 610);
    run(lost, 1);
    run(whole, 6101);
    const [told] = lost.news;
    expect(told).toMatchObject({
      kind: 'returned',
      machine: 0,
      gapS: expect.closeTo(600, 3),
      gap: 'integrated',
    });
    const [was, is] = [stateOf(lost, 'tool.3.wear'), stateOf(whole, 'tool.3.wear')];
    expect(was / is).toBeGreaterThan(0.97);
    expect(was / is).toBeLessThan(1.03);
    expect(lost.news.length).toBe(1);
    // Counters hold still: nobody has seen it run.
    expect(stateOf(lost, 'cuttingS')).toBeCloseTo(610.1, 6);
  });

  it('after longer than is believed nothing is added, and parts that are not measured have cooled', () => {
    const core = atWork();
    const worn = stateOf(core, 'tool.3.wear');
    const [warm, ambient] = [stateOf(core, 'housing.temp'), 22];
    tellLink(core, false);
    run(core, 100);
    step(core, core.lastTick + 50_000, none);
    setInputs(core, { 'spindle.speed': 0, 'cut.feed': 0 });
    tellLink(core, true);
    run(core, 1);
    expect(core.news).toMatchObject([{ kind: 'returned', gap: 'too long', wear: {} }]);
    expect(stateOf(core, 'tool.3.wear') / worn).toBeLessThan(1.02);
    expect(stateOf(core, 'housing.temp') - ambient).toBeLessThan((warm - ambient) / 2);
  });

  it('a machine that has stood for ten minutes has stood on', () => {
    const core = atWork();
    setInputs(core, { 'spindle.speed': 0, 'cut.feed': 0 });
    run(core, 6100);
    const worn = keptOf(core);
    lose(core, 200);
    run(core, 1);
    expect(core.news).toMatchObject([{ kind: 'returned', gap: 'at rest', wear: {} }]);
    expect(keptOf(core)).toEqual(worn);
  });

  it('the same ticks leave the same bits', () => {
    const cores = [atWork(), atWork()];
    for (const core of cores) {
      lose(core, 200);
      run(core, 20);
    }
    const [one, two] = cores.map(stateHash);
    expect(one).toBe(two);
  });
});
