// Whose fault it is: told by one motor on which one thing after another is broken.
import { describe, expect, test } from 'vitest';
import { isTold } from '../../../src/core/alarm.ts';
import { box, type Floor, newFloor, type Trouble } from './motor-floor.ts';

/** What is usual of currents is known, and of heat. */
const learnS = 800;
const heatS = 1380;

function learnt(forS = learnS): Floor {
  const floor = newFloor(1);
  floor.run(forS);
  return floor;
}

/** Breaks something on a motor that is known, and lets it run. */
function broken(trouble: Partial<Trouble>, seconds = 60, forS = learnS): Floor {
  const floor = learnt(forS);
  expect(floor.changes).toEqual([]);
  Object.assign(floor.trouble, trouble);
  floor.run(seconds);
  return floor;
}

describe('attribution', () => {
  test('control: a sound motor raises nothing in an hour', () => {
    const floor = newFloor(3);
    floor.run(3600);
    expect(floor.alarms()).toEqual([]);
  });

  test('a box that stops with all it measures is the way, and one alarm', () => {
    const told = broken({ silent: box }).alarms().filter(isTold);
    expect(told.map(({ id }) => id)).toEqual(['box.silent']);
    expect(told[0]).toMatchObject({ cause: 'comms' });
    expect(told[0]!.reasons[0]).toContain('all 3 signals of box stopped together');
  });

  test('one signal of a box that goes on is its sensor', () => {
    const [first] = broken({ silent: ['motor.windingTemp'] }).alarms();
    expect(first).toMatchObject({ id: 'motor.windingTemp.silent', cause: 'sensor' });
    expect(first!.reasons[0]).toContain('2 others of box do');
  });

  test('a source that is away explains all that it does not say', () => {
    const floor = learnt();
    floor.trouble.silent = [...box, 'axis.current'];
    floor.link('shop', false);
    floor.run(60);
    const told = floor.alarms().filter(isTold);
    expect(told.map(({ id, cause }) => [id, cause])).toEqual([['shop.link', 'comms']]);
    expect(told[0]!.reasons[0]).toContain('no route');
    expect(told[0]!.evidence!.links).toMatchObject([{ source: 'shop', up: false, reason: 'no route' }]);
  });

  test('one that says the same for ever is a sensor, while the rest of its box moves on', () => {
    const [first] = broken({ stuck: ['motor.frameTemp'] }).alarms();
    expect(first).toMatchObject({ id: 'motor.frameTemp.stuck', cause: 'sensor' });
    expect(first!.reasons).toContain('the others of its device move on');
  });

  test('a whole box that repeats itself is the way again', () => {
    const [first] = broken({ stuck: box }).alarms();
    expect(first).toMatchObject({ cause: 'comms' });
    expect(first!.reasons[0]).toContain('stand still together');
  });

  test('samples that stand out and are back with the next are a sensor', () => {
    const [first] = broken({ spikeEvery: 13 }).alarms();
    expect(first).toMatchObject({ id: 'axis.current.spikes', cause: 'sensor' });
  });

  test('a temperature that leaps is a sensor: heat takes its time', () => {
    const floor = broken({ offset: { 'motor.windingTemp': 9 } }, 60, heatS);
    const found = floor.alarms().find(({ id }) => id === 'motor.windingTemp.residual')!;
    expect(found.cause).toBe('sensor');
    expect(found.reasons[0]).toMatch(/leapt by (8|9)[\d.]* °C within a second/);
  });

  test('friction shows in the current and then in the heat: the machine', () => {
    const floor = broken({ friction: 2.2 }, 120);
    const [first] = floor.alarms();
    expect(first).toMatchObject({ id: 'axis.current.residual', cause: 'machine' });
    expect(floor.alarms().every(({ cause }) => cause === 'machine')).toBe(true);
  });

  test('what was seen is kept from half a minute before to ten seconds after', () => {
    const floor = broken({ friction: 2.2 }, 60);
    const { evidence, raisedMs } = floor.alarms()[0]!;
    expect(evidence).toMatchObject({ complete: true, stepMs: 100 });
    expect(raisedMs - evidence!.fromMs).toBe(30_000);
    expect(evidence!.toMs - raisedMs).toBe(10_000);
    const current = evidence!.signals.find(({ name }) => name === 'axis.current')!;
    expect(current.values).toHaveLength(401);
    const residual = evidence!.residuals.find(({ name }) => name === 'axis.current')!;
    const most = (from: number, to: number) =>
      Math.max(...residual.values.slice(from, to).map((one) => Math.abs(one ?? 0)));
    expect(most(200, 401)).toBeGreaterThan(4);
  });
});
