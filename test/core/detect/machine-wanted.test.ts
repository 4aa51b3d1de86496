// Detectors that a machine has because its configuration asks for them, and what PCA says by itself.
import { describe, expect, test } from 'vitest';
import { isTold } from '../../../src/core/alarm.ts';
import { applyCommand, rememberTwin } from '../../../src/core/command.ts';
import type { DetectionOptions } from '../../../src/core/detect/detection.ts';
import { readinessOf } from '../../../src/core/detect/machine/ready.ts';
import { wantedKinds } from '../../../src/core/detect/machine/wanted.ts';
import { type Floor, newFloor, twins } from '../attribute/motor-floor.ts';

function idsOf(floor: Floor): string[] {
  return floor.core.detections[0]!.conditions.map(({ id }) => id);
}

function told(floor: Floor): string[] {
  return floor
    .alarms()
    .filter(isTold)
    .map(({ id }) => id);
}

describe('two sensors in the same place', () => {
  const learnS = 900;

  test('drift apart, each within what it always was: PCA over what has no twin tells it, as an alarm of low severity', () => {
    const floor = newFloor(3, undefined, true);
    floor.run(learnS);
    expect(told(floor)).toEqual([]);
    for (let minute = 1; minute <= 5; minute++) {
      floor.trouble.apart = 0.8 * minute;
      floor.run(60);
    }
    const alarm = floor.alarms().find(({ id }) => id === 'machine.pca');
    expect(alarm).toMatchObject({ severity: 'low', active: true });
    expect(twins).toContain(alarm!.signals[0]);
  });

  test('Control: as long as they say the same, nobody says anything', () => {
    const floor = newFloor(3, undefined, true);
    floor.run(learnS + 900);
    expect(told(floor)).toEqual([]);
  });

  test('whoever does not want PCA has no such condition', () => {
    const without = idsOf(newFloor(3, { enabled: true, off: ['pca'] }, true));
    expect(without.filter((id) => ['machine.pattern', 'machine.pca'].includes(id))).toEqual([]);
    expect(idsOf(newFloor(3, { enabled: true, off: ['forest'] }))).toContain('machine.pattern');
  });
});

describe('detectors that are asked for', () => {
  const signals = ['motor.frameTemp', 'coolant.a'];

  test('none but PCA is there unasked, and each is by its kind', () => {
    const of = (detectors: DetectionOptions['detectors']) =>
      idsOf(newFloor(1, { enabled: true, ...(detectors && { detectors }) }, true));
    const unasked = of(undefined);
    for (const kind of wantedKinds) {
      const more = of({ [kind]: { signals } }).filter((id) => !unasked.includes(id));
      if (kind === 'pca') continue;
      expect(more).toEqual(kind === 'forest' ? ['machine.forest'] : signals.map((name) => `${name}.${kind}`));
    }
  });

  test('a rate with a bound is told with its numbers and its severity', () => {
    const rate = { signals: ['coolant.b'], warning: 20, severity: 'high', onDelayS: 0 } as const;
    const floor = newFloor(1, { enabled: true, detectors: { rate } }, true);
    floor.run(60);
    expect(told(floor)).toEqual([]);
    floor.trouble.apart = 60;
    floor.run(2);
    const [alarm] = floor.alarms();
    expect(alarm).toMatchObject({ id: 'coolant.b.rate', severity: 'high' });
    expect(alarm!.text).toMatch(/^coolant\.b changes by \d[\d.]* °C a second, faster than 20 °C a second$/);
  });

  test('each that learns sees a sensor that leaps, once it has learnt, and says how much it has', () => {
    for (const kind of ['cusum', 'robust-z', 'ewma', 'change-point'] as const) {
      const detectors = { [kind]: { signals: ['motor.frameTemp'], onDelayS: 0 } };
      const floor = newFloor(2, { enabled: true, detectors });
      const id = `motor.frameTemp.${kind}`;
      const c = idsOf(floor).indexOf(id);
      const detection = floor.core.detections[0]!;
      expect(readinessOf(detection, c)).toBe(0);
      floor.run(1500);
      expect(told(floor)).toEqual([]);
      expect(readinessOf(detection, c)).toBe(1);
      floor.trouble.offset = { 'motor.frameTemp': 6 };
      floor.run(30);
      expect(floor.alarms().map((alarm) => alarm.id)).toContain(id);
    }
  });

  test('what they have learnt is known after a restart, of the same signals only', () => {
    const asks = (names: string[]) => ({ enabled: true, detectors: { 'robust-z': { signals: names } } });
    const before = newFloor(2, asks(['motor.frameTemp']));
    before.run(700);
    const memory = rememberTwin(before.core, 0);
    for (const [names, known] of [
      [['motor.frameTemp'], 1],
      [['motor.windingTemp', 'motor.frameTemp'], 0],
    ] as const) {
      const after = newFloor(2, asks([...names]));
      applyCommand(after.core, {
        ...{ kind: 'restore', machine: 'drive-1', memory, gapS: 60, integrate: false, told: {} },
      });
      after.run(3);
      const c = idsOf(after).indexOf('motor.frameTemp.robust-z');
      const ready = readinessOf(after.core.detections[0]!, c);
      if (known === 1) expect(ready).toBe(1);
      else expect(ready).toBeLessThan(0.1);
    }
  });
});
