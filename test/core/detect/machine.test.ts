// All detectors of a machine together, as somebody meets them who has written no line about them, or one.
import { describe, expect, test } from 'vitest';
import { isTold } from '../../../src/core/alarm.ts';
import { applyCommand, rememberTwin } from '../../../src/core/command.ts';
import { hearNews } from '../../../src/core/detect/detection.ts';
import { readinessOf } from '../../../src/core/detect/machine/ready.ts';
import { box, type Floor, newFloor } from '../attribute/motor-floor.ts';

const learnS = 800;
/** So that what it states is no error of a young twin. */
const sureS = 1200;

function conditionOf({ core }: Floor, id: string): number {
  return core.detections[0]!.conditions.findIndex((condition) => condition.id === id);
}

function levelOf(floor: Floor, id: string): number {
  return floor.core.detections[0]!.standing.level[conditionOf(floor, id)]!;
}

function toldIds(floor: Floor): string[] {
  return floor
    .alarms()
    .filter(isTold)
    .map(({ id }) => id);
}

describe('limits', () => {
  const limits = { 'motor.windingTemp': { warning: 60, trip: 70, onDelayS: 0 } };

  test('trip in the tick that takes the sample, whatever the lag of the frame', () => {
    const floor = newFloor(1, { enabled: true, limits });
    floor.run(60);
    expect(toldIds(floor)).toEqual([]);
    floor.trouble.offset = { 'motor.windingTemp': 60 };
    // Its samples come with each fifth tick.
    floor.run(0.4);
    expect(levelOf(floor, 'motor.windingTemp.limit')).toBe(0);
    floor.run(0.1);
    expect(levelOf(floor, 'motor.windingTemp.limit')).toBe(2);
    const { kind, alarm } = floor.changes[0]!;
    expect([kind, alarm.trip, alarm.severity]).toEqual(['raised', true, 'critical']);
    expect(alarm.text).toMatch(/motor\.windingTemp is [89]\d[\d.]* °C, beyond its trip limit of 70 °C/);
  });

  test('of a rise are about the difference', () => {
    const rise = { warning: 20, trip: 30, above: 'ambient.temp', onDelayS: 0 };
    const floor = newFloor(1, { enabled: true, limits: { 'motor.frameTemp': rise } });
    floor.run(20);
    floor.trouble.offset = { 'motor.frameTemp': 25, 'ambient.temp': 25 };
    floor.run(20);
    expect(levelOf(floor, 'motor.frameTemp.rise')).toBe(0);
    floor.trouble.offset = { 'motor.frameTemp': 25 };
    floor.run(5);
    expect(levelOf(floor, 'motor.frameTemp.rise')).toBe(1);
    floor.run(5);
    const alarm = floor.changes.find((change) => change.alarm.id === 'motor.frameTemp.rise')!.alarm;
    expect(alarm).toMatchObject({ bound: 20, unit: 'K' });
    expect(alarm.text).toMatch(
      /^motor\.frameTemp is 2\d[\d.]* K above ambient\.temp, beyond the warning limit of 20 K$/,
    );
  });

  test('of a low side are passed downwards', () => {
    const low = { side: 'low', warning: 15, onDelayS: 0 } as const;
    const floor = newFloor(1, { enabled: true, limits: { 'motor.frameTemp': low } });
    floor.run(20);
    floor.trouble.offset = { 'motor.frameTemp': -15 };
    floor.run(5);
    expect(floor.changes[0]?.alarm.id).toBe('motor.frameTemp.limit-low');
    expect(floor.changes[0]?.alarm.text).toMatch(/ °C, below its warning limit of 15 °C$/);
  });

  test('say nothing of what the twin stands in for', () => {
    const floor = newFloor(1, {
      enabled: true,
      limits: { 'motor.windingTemp': { warning: 1000, trip: 1001 } },
    });
    floor.run(300);
    floor.trouble.silent = ['motor.windingTemp'];
    floor.run(60);
    const { core } = floor;
    const row = core.frames[0]!.machine.signals.findIndex(({ name }) => name === 'motor.windingTemp');
    expect(core.frames[0]!.value[row]).toBeGreaterThan(10);
    expect(core.detections[0]!.sight.view.value[row]).toBeNaN();
  });
});

describe('what is wanted', () => {
  test('nothing at all: not a condition', () => {
    expect(newFloor(1, { enabled: false }).core.detections[0]!.conditions).toEqual([]);
  });

  test('kinds, limits and signals that are left out', () => {
    const floor = newFloor(1, {
      ...{ enabled: true, off: ['spectrum', 'divergence', 'link'] },
      limits: { 'axis.current': 'off' },
      ignore: { silent: box, stuck: ['motor.windingTemp'], residual: ['motor.frameTemp'] },
    });
    const ids = floor.core.detections[0]!.conditions.map(({ id }) => id);
    expect(ids).toContain('motor.windingTemp.limit');
    for (const id of [
      'axis.current.limit',
      'twin.divergence',
      'shop.link',
      'box.silent',
      'motor.windingTemp.stuck',
    ])
      expect(ids).not.toContain(id);
    expect(ids.filter((id) => id.startsWith('motor.frameTemp'))).toEqual(['motor.frameTemp.stuck']);
  });

  test('the knob: twice as sensitive is told sooner', () => {
    const soon = [0.5, 2].map((sensitivity) => {
      const floor = newFloor(5, { enabled: true, sensitivity });
      floor.run(learnS);
      floor.trouble.friction = 1.4;
      floor.run(120);
      return floor.alarms()[0]?.raisedMs ?? Number.POSITIVE_INFINITY;
    });
    expect(soon[1]).toBeLessThan(soon[0]!);
  });
});

describe('a fault that the twin has learnt', () => {
  /** As calibration does: the set is adopted, and news tells of it. */
  function adopt(floor: Floor, coulomb: number): void {
    const { core } = floor;
    const twin = core.twins[0]!;
    const p = twin.model.parameters.findIndex(({ name }) => name === 'axis.coulomb');
    twin.parameters[p] = coulomb;
    hearNews(core.detections[0]!, twin, {
      ...{ kind: 'recalibrated', machine: 0, group: 'axis', reason: 'divergence', values: {}, sigma: {} },
      ...{ learnt: { fromMs: 0, toMs: 0 }, trial: { fromMs: 0, toMs: 0 }, errorBefore: 9, errorAfter: 1 },
    });
  }

  function faulty(): Floor {
    const floor = newFloor(2);
    floor.run(sureS);
    floor.trouble.friction = 2.5;
    floor.run(60);
    expect(levelOf(floor, 'axis.current.residual')).toBe(1);
    adopt(floor, 10);
    floor.run(300);
    return floor;
  }

  test('stands on, though the residual is gone', () => {
    const floor = faulty();
    const { residuals } = floor.core.detections[0]!;
    expect(Math.abs(residuals.shift[0]!)).toBeLessThan(1);
    expect(levelOf(floor, 'axis.current.residual')).toBe(1);
    expect(floor.alarms()[0]).toMatchObject({ id: 'axis.current.residual', active: true });
  });

  test('is over when the parameters are what they were', () => {
    const floor = faulty();
    floor.trouble.friction = 1;
    adopt(floor, 4.2);
    floor.run(300);
    expect(levelOf(floor, 'axis.current.residual')).toBe(0);
  });

  test('is over when somebody sets them', () => {
    const floor = faulty();
    const values = { 'axis.coulomb': 10 };
    applyCommand(floor.core, { kind: 'parameters', machine: 'drive-1', values, sigma: {} });
    floor.run(5);
    expect(levelOf(floor, 'axis.current.residual')).toBe(0);
  });

  test('is over when an operator resets it: what the machine does now is as it should be', () => {
    const floor = faulty();
    const ask = {
      kind: 'alarm',
      machine: 'drive-1',
      by: 'ann',
      forS: undefined,
      comment: undefined,
    } as const;
    const id = 'axis.current.residual';
    const reply = applyCommand(floor.core, { ...ask, alarm: id, action: 'reset' });
    expect(reply).toMatchObject({ kind: 'alarm', now: { state: 'acknowledged', by: 'ann' } });
    floor.run(70);
    expect(levelOf(floor, id)).toBe(0);
    expect(floor.alarms().find((alarm) => alarm.id === id)).toMatchObject({ state: 'normal', active: false });
    floor.run(sureS);
    expect(floor.alarms().filter((alarm) => alarm.id === id)).toHaveLength(1);
    // Another fault is found as the first was.
    floor.trouble.friction = 5;
    floor.run(120);
    expect(levelOf(floor, id)).toBe(1);
  });

  test('what is beyond a limit is not accepted by a reset', () => {
    const limits = { 'motor.windingTemp': { warning: 60, trip: 70, onDelayS: 0 } };
    const floor = newFloor(1, { enabled: true, limits });
    floor.trouble.offset = { 'motor.windingTemp': 60 };
    floor.run(5);
    const ask = {
      kind: 'alarm',
      machine: 'drive-1',
      by: 'ann',
      forS: undefined,
      comment: undefined,
    } as const;
    const reply = applyCommand(floor.core, { ...ask, alarm: 'motor.windingTemp.limit', action: 'reset' });
    expect(reply).toMatchObject({ kind: 'refused', why: expect.stringContaining('still holds') });
  });

  test('is not forgotten over a restart', () => {
    const before = faulty();
    const memory = rememberTwin(before.core, 0);
    const after = newFloor(2);
    after.trouble.friction = 2.5;
    const told = {};
    applyCommand(after.core, {
      kind: 'restore',
      machine: 'drive-1',
      memory,
      gapS: 60,
      integrate: false,
      told,
    });
    after.run(30);
    expect(levelOf(after, 'axis.current.residual')).toBe(1);
    expect(after.changes.some(({ kind }) => kind === 'raised')).toBe(false);
  });
});

test('what was learnt to be usual is known after a restart: it speaks at once', () => {
  const before = newFloor(4);
  before.run(learnS);
  const memory = rememberTwin(before.core, 0);
  const idle = newFloor(4);
  const knowing = newFloor(4);
  applyCommand(knowing.core, {
    kind: 'restore',
    machine: 'drive-1',
    memory,
    gapS: 60,
    integrate: false,
    told: {},
  });
  for (const floor of [idle, knowing]) {
    floor.trouble.friction = 2.2;
    floor.run(60);
  }
  expect(levelOf(knowing, 'axis.current.residual')).toBe(1);
  // Control: one that remembers nothing learns first.
  expect(levelOf(idle, 'axis.current.residual')).toBe(0);
});

test('the parameters that somebody sets are a new machine: its residuals are learnt anew', () => {
  const floor = newFloor(6);
  floor.run(learnS);
  const { residuals } = floor.core.detections[0]!;
  expect(residuals.total[0]).toBeGreaterThan(600);
  const values = { 'axis.coulomb': 6 };
  applyCommand(floor.core, { kind: 'parameters', machine: 'drive-1', values, sigma: {} });
  expect(residuals.total[0]).toBe(0);
  floor.run(120);
  expect(toldIds(floor)).toEqual([]);
});

test('how much each condition has learnt is told, and at 1 it speaks', () => {
  const floor = newFloor(7);
  const detection = floor.core.detections[0]!;
  const of = (id: string) => readinessOf(detection, conditionOf(floor, id));
  const ids = [
    'axis.current.residual',
    'motor.windingTemp.residual',
    'motor.windingTemp.stuck',
    'twin.divergence',
  ];
  expect([...ids, 'box.silent'].map(of)).toEqual([0, 0, 0, 0, 0]);
  expect(of('motor.windingTemp.limit')).toBe(1);
  floor.run(300);
  expect(of('box.silent')).toBe(1);
  for (const id of ids) expect(of(id)).toBeGreaterThan(0.15);
  expect(of('motor.windingTemp.residual')).toBeLessThan(0.5);
  floor.run(1100);
  expect(ids.map(of)).toEqual([1, 1, 1, 1]);
});
