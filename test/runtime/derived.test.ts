// From YAML to frames: extra and derived signals of a machine as the gateway sets them up, fed sample by sample.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectConfig } from '../../src/config/load.ts';
import { planMachine } from '../../src/config/machine-plan.ts';
import { origins } from '../../src/core/frame.ts';
import { models } from '../../src/core/models/index.ts';
import { Quality } from '../../src/core/quality.ts';
import type { TagSpec } from '../../src/core/sample.ts';
import { newCore, stateHash, step } from '../../src/core/step.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { createBinder, setUpMachine } from '../../src/runtime/machines.ts';
import { keptLog } from '../silent-log.ts';

const periodMs = 100;
const lagMs = 200;

const head = `version: 1
sources:
  shop:
    type: mqtt
    topics:
      - topic: shop/{metric}
        fields:
          u: { tag: voltage, unit: V }
          i: { tag: current, unit: mA }
          z: { tag: accel.z, unit: g }
          d: { tag: angle, unit: deg }
          m: { tag: mode, kind: enum, enum: { idle: 0, cut: 4 } }
          r: { tag: rpm, unit: rpm }
          t: { tag: temp, unit: K }
machines:
  mill-1:
    model: mill
    lagMs: ${lagMs}
`;
const tags: TagSpec[] = [
  { name: 'voltage', unit: 'V', kind: 'number' },
  { name: 'current', unit: 'mA', kind: 'number' },
  { name: 'accel.z', unit: 'g', kind: 'number' },
  { name: 'angle', unit: 'deg', kind: 'number' },
  { name: 'mode', unit: '', kind: 'enum' },
  { name: 'rpm', unit: 'rpm', kind: 'number' },
  { name: 'temp', unit: 'K', kind: 'number' },
];

function stand(machine: string) {
  const { loaded, problems } = inspectConfig(head + machine, 'gemel.yaml', { env: {}, models });
  if (loaded === undefined) throw new Error(problems.map(({ text }) => text).join('\n'));
  const { config } = loaded;
  const plan = planMachine('mill-1', config.machines['mill-1']!, models.get('mill')!, config.sources);
  const core = newCore({ startMs: 0, periodMs, machines: [setUpMachine(plan, periodMs)] });
  const bind = createBinder([plan], core.alignment, keptLog());
  for (const [index, spec] of tags.entries()) bind('shop', index, spec);
  const inbox = createInbox(100_000);
  const frame = core.frames[0]!;
  const row = (name: string) => frame.machine.signals.findIndex((spec) => spec.name === name);
  let tick = -1;
  return {
    core,
    frame,
    spec: (name: string) => frame.machine.signals[row(name)]!,
    push: (tag: string, timeMs: number, value: number, quality: number = Quality.good) => {
      const index = tags.findIndex(({ name }) => name === tag);
      inbox.push(index, value, quality, timeMs, inbox.receiveMs(0), timeMs);
    },
    /** Makes frames up to the one of `timeMs`. */
    frameAt: (timeMs: number) => {
      while (frame.timeMs < timeMs || tick < 0) step(core, ++tick, inbox.drain(Number.POSITIVE_INFINITY));
      return (name: string) => ({
        value: frame.value[row(name)]!,
        quality: frame.quality[row(name)]!,
        origin: origins[frame.origin[row(name)]!],
      });
    },
  };
}

const everyMs = (periodMs: number, endMs: number) =>
  Array.from({ length: endMs / periodMs }, (_, i) => i * periodMs);

describe('derived signals', () => {
  it('of tags work on every sample, in their unit, not on frames', () => {
    const { push, frameAt, spec } = stand(`    signals: {}
    derived:
      vibration: { rms: shop/accel.z, unit: m/s2 }
      band: { band: shop/accel.z, fromHz: 40, toHz: 60, rateHz: 1000, unit: m/s2 }
      peak: { max: shop/accel.z }
`);
    // 50 Hz: frames every 100 ms would see the same phase each time.
    for (const t of everyMs(1, 3000)) push('accel.z', t, Math.sin((2 * Math.PI * 50 * t) / 1000));
    const at = frameAt(2700);
    expect(at('vibration').value).toBeCloseTo(9.80665 / Math.SQRT2, 6);
    expect(at('vibration')).toMatchObject({ quality: Quality.good, origin: 'measured' });
    expect(at('band').value).toBeCloseTo(9.80665 / Math.SQRT2, 3);
    expect(at('peak').value).toBeCloseTo(1, 9);
    expect([spec('vibration').unit, spec('peak').unit]).toEqual(['m/s2', 'g']);
    expect(spec('band').derived).toBe('band of shop/accel.z over 1000 ms, 40 to 60 Hz');
  });

  it('follow an order of a shaft through its speed, and say from where to where they can', () => {
    const { push, frameAt, spec } = stand(`    signals: { spindle.speed: shop/rpm }
    derived:
      unbalance: { tone: shop/accel.z, order: 1, speed: spindle.speed, rateHz: 1000, unit: m/s2 }
      second: { tone: shop/accel.z, order: 2, speed: spindle.speed, rateHz: 1000 }
      pit:
        envelope: shop/accel.z
        order: outer
        bearing: { balls: 9, ballMm: 7.94, pitchMm: 39.04 }
        speed: spindle.speed
        fromHz: 100
        toHz: 400
        rateHz: 1000
`);
    // From 1200 to 2400 rpm and on: a line of fixed frequency would be smeared over 20 Hz.
    let turned = 0;
    for (const t of everyMs(1, 9000)) {
      const rpm = 1200 + 0.2 * t;
      turned += rpm / 60_000;
      push('accel.z', t, Math.sin(2 * Math.PI * turned));
      if (t % 10 === 0) push('rpm', t, rpm);
    }
    const at = frameAt(6000);
    expect(at('unbalance').value).toBeGreaterThan((9.80665 / Math.SQRT2) * 0.95);
    expect(at('unbalance').value).toBeLessThan((9.80665 / Math.SQRT2) * 1.02);
    expect(at('unbalance').quality).toBe(Quality.good);
    expect(at('second').value).toBeLessThan(0.03);
    expect(at('pit')).toMatchObject({ quality: Quality.good });
    expect([spec('unbalance').unit, spec('second').unit]).toEqual(['m/s2', 'g']);
    expect(spec('pit').derived).toBe(
      'envelope of shop/accel.z, 100 to 400 Hz, 3.585 times a turn (outer of the bearing) of spindle.speed, which it can tell from 21 to 5021 rpm',
    );
  });

  it('of signals and of one another, whatever the order they are written in', () => {
    const { push, frameAt, spec } = stand(`    signals: { spindle.speed: shop/rpm }
    extra: { voltage: shop/voltage, current: { tag: shop/current, unit: A } }
    derived:
      double: { expression: '2 * power' }
      power: { expression: 'voltage * current', unit: W }
      energy.rate: { rate: power, windowMs: 800 }
      acceleration: { rate: spindle.speed }
      mixed: { expression: 'voltage * [shop/current]' }
`);
    for (const t of everyMs(10, 3000)) {
      push('voltage', t, 24);
      push('current', t, t);
      push('rpm', t, 6 * t);
    }
    const at = frameAt(2000);
    expect(at('power').value).toBeCloseTo(48, 9);
    expect(at('double').value).toBeCloseTo(96, 9);
    expect(at('energy.rate').value).toBeCloseTo(24, 6);
    expect(at('acceleration').value).toBeCloseTo(6000, 6);
    expect(at('mixed').value).toBeCloseTo(48_000, 6);
    expect([spec('acceleration').unit, spec('energy.rate').unit]).toEqual(['rpm/s', 'W/s']);
  });

  it('feed signals of the model, converted to their unit', () => {
    const { push, frameAt, spec } = stand(`    signals: { ambient.temp: { derived: hall } }
    derived: { hall: { mean: shop/temp } }
`);
    for (const t of everyMs(10, 3000)) push('temp', t, 293.15 + (t % 20 === 0 ? 1 : -1));
    const at = frameAt(2000);
    expect(at('hall').value).toBeCloseTo(293.15, 6);
    expect(at('ambient.temp').value).toBeCloseTo(20, 6);
    expect(spec('ambient.temp').derived).toBe('hall');
  });

  it('are Bad with their operands, and the others go on', () => {
    const { push, frameAt } = stand(`    signals: {}
    extra: { voltage: shop/voltage }
    derived:
      power: { expression: 'voltage * [shop/current]' }
      level: { expression: 'voltage / 2' }
`);
    for (const t of everyMs(10, 3000)) push('voltage', t, 24);
    push('current', 1000, Number.NaN, Quality.badSensorFailure);
    const at = frameAt(2000);
    expect(at('power')).toEqual({ value: Number.NaN, quality: Quality.badSensorFailure, origin: 'missing' });
    expect(at('level')).toMatchObject({ value: 12, quality: Quality.good });
  });
});

describe('extra signals', () => {
  it('are rows without a twin; angles and states are handled as such', () => {
    const { push, frame, frameAt, spec } = stand(`    signals: {}
    extra:
      mode: shop/mode
      spindle.angle: { tag: shop/angle, kind: angle, from: -180 }
      near: { tag: shop/voltage, align: nearest }
`);
    for (const t of everyMs(70, 3000)) {
      push('mode', t, t < 1000 ? 0 : 4);
      push('angle', t, (((t * 1.5) % 360) + 360) % 360);
      push('voltage', t, t);
    }
    const seen = new Set<number>();
    for (let t = 0; t <= 2500; t += 100) {
      const at = frameAt(t);
      seen.add(at('mode').value);
      const off = at('spindle.angle').value - t * 1.5;
      expect(Math.abs(off - 360 * Math.round(off / 360))).toBeLessThan(1e-9);
      expect(Math.abs(at('spindle.angle').value)).toBeLessThanOrEqual(180);
      expect(Math.abs(at('near').value - t)).toBeLessThanOrEqual(35);
    }
    expect([...seen]).toEqual([0, 4]);
    expect(spec('mode')).toMatchObject({ kind: 'enum', align: 'hold' });
    expect(frame.twin.length).toBe(models.get('mill')!.outputs.length);
  });
});

describe('a required signal', () => {
  it('that does not come keeps the twin offline, and is named', () => {
    const { push, frame, frameAt } = stand(`    signals: { spindle.speed: shop/rpm }
    extra: { voltage: { tag: shop/voltage, required: true } }
`);
    const missing = () =>
      frame.machine.signals.filter((_, i) => frame.missing[i] === 1).map(({ name }) => name);
    for (const t of everyMs(10, 9000)) {
      push('rpm', t, 6000);
      if (t < 2000) push('voltage', t, 24);
    }
    frameAt(1500);
    expect([frame.mode, missing()]).toEqual(['tracking', []]);
    frameAt(8500);
    expect([frame.mode, missing()]).toEqual(['offline', ['voltage']]);
  });

  it('control: without `required` the twin goes on, and an unwatched machine names what drives it', () => {
    const { push, frame, frameAt } = stand(`    signals: { spindle.speed: shop/rpm }
    extra: { voltage: shop/voltage }
`);
    for (const t of everyMs(10, 5000)) push('rpm', t, 6000);
    frameAt(4500);
    expect(frame.mode).toBe('tracking');
    frameAt(15_000);
    expect(frame.mode).toBe('offline');
    expect(frame.machine.signals.filter((_, i) => frame.missing[i] === 1).map(({ name }) => name)).toEqual([
      'spindle.speed',
    ]);
  });
});

describe('the order of arrival', () => {
  const machine = `    signals: {}
    extra: { voltage: shop/voltage, angle: { tag: shop/angle, kind: angle } }
    derived:
      rms: { rms: shop/voltage, windowMs: 400 }
      slope: { rate: shop/voltage, windowMs: 400 }
      band: { band: shop/voltage, windowMs: 1000, fromHz: 5, toHz: 20, rateHz: 100 }
      both: { expression: 'rms + [shop/voltage]' }
`;
  it('does not matter while the frame is open; a sample too late changes no frame, and is counted', () => {
    const sample = fc.record({ t: fc.integer({ min: 0, max: 199 }), v: fc.integer({ min: -50, max: 50 }) });
    const burst = fc.uniqueArray(sample, { selector: ({ t }) => t, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(burst, { minLength: 5, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        (bursts, random) => {
          const [sorted, mixed] = [stand(machine), stand(machine)];
          for (const [round, samples] of bursts.entries()) {
            // All of a burst is newer than the last frame, and it comes at once.
            const from = round * 200;
            const shuffled = samples
              .map((s) => ({ s, key: random.next().value }))
              .sort((a, b) => a.key - b.key)
              .map(({ s }) => s);
            for (const [where, list] of [
              [sorted, samples.toSorted((a, b) => a.t - b.t)],
              [mixed, shuffled],
            ] as const) {
              for (const { t, v } of list) where.push('voltage', from + t + 1, v);
              for (const { t, v } of list) where.push('angle', from + t + 1, v);
              where.frameAt(from);
            }
          }
          expect(stateHash(mixed.core)).toBe(stateHash(sorted.core));
          const late = sorted.core.late;
          sorted.push('voltage', 1, 1e6);
          const before = stateHash(sorted.core);
          expect(before).toBe(stateHash(mixed.core));
          sorted.frameAt((bursts.length - 1) * 200 + 100);
          mixed.frameAt((bursts.length - 1) * 200 + 100);
          expect(sorted.core.late).toBe(late + 1);
          expect(stateHash(sorted.core)).toBe(stateHash(mixed.core));
        },
      ),
      { numRuns: 40 },
    );
  });
});
