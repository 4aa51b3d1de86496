// What an absurd, absent or returning sensor may not do to the twin. Whole frames through the core.
import { describe, expect, it } from 'vitest';
import { bindTag } from '../../src/core/align.ts';
import { mill } from '../../src/core/models/mill/index.ts';
import { isBad, Quality, qualityWord } from '../../src/core/quality.ts';
import { newCore, step } from '../../src/core/step.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { setUpMachine } from '../../src/runtime/machines.ts';

const signals = [...mill.inputs, ...mill.outputs];
const row = (name: string) => signals.findIndex((signal) => signal.name === name);
const outputOf = (name: string) => row(name) - mill.inputs.length;

/** A mill that cuts steadily; its truth is the model's own. */
const steady: Record<string, number> = {
  'axis.x.velocity': 0.01,
  'axis.y.velocity': 0,
  'axis.z.velocity': 0,
  'spindle.speed': 6000,
  'cut.feed': 600,
  'cut.depth': 2,
  'cut.width': 10,
  'ambient.temp': 22,
  'axis.x.current': 2.28,
  'axis.y.current': 0,
  'axis.z.current': 0,
  'spindle.current': 2.97,
  'spindle.windingTemp': 25,
};

function stand() {
  const details = {
    source: 's',
    align: undefined,
    staleMs: 500,
    missingMs: 1500,
    sigma: undefined,
    deadband: undefined,
  };
  const wired = new Map(signals.map(({ name }) => [name, { ...details, tag: name }]));
  const plan = { id: 'mill-1', model: mill, lagMs: 0, parameters: {}, signals: wired };
  const core = newCore({ startMs: 0, periodMs: 100, machines: [setUpMachine(plan, 100)] });
  for (let s = 0; s < signals.length; s++)
    bindTag(core.alignment, { tag: s, machine: 0, signal: s, scale: 1, offset: 0 });
  const inbox = createInbox(1000);
  const frame = core.frames[0]!;
  let tick = 0;
  /** Runs with the steady values, but for those given; undefined: that sensor is silent. */
  const run = (
    ticks: number,
    other: Record<string, number | undefined> = {},
    quality: number = Quality.good,
  ) => {
    for (let i = 0; i < ticks; i++, tick++) {
      const values = { ...steady, ...other };
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) continue;
        const code = name in other ? quality : Quality.good;
        inbox.push(row(name), value, code, tick * 100, tick * 100, tick * 100);
      }
      step(core, tick, inbox.drain(tick * 100));
    }
  };
  return { core, frame, twin: core.twins[0]!, run };
}

describe('an absurd sample', () => {
  it.each([
    ['spindle.current', 1e200],
    ['spindle.windingTemp', 1e300],
    ['cut.depth', 1e308],
    ['spindle.speed', 1e308],
  ])('of %s passes without a trace in a minute', (name, value) => {
    const { frame, twin, run } = stand();
    run(100);
    run(1, { [name]: value });
    run(600);
    expect(frame.mode).toBe('tracking');
    expect(frame.divergence).toBeLessThan(0.05);
    expect([...twin.state, ...twin.output].every(Number.isFinite)).toBe(true);
    expect(twin.output[outputOf('spindle.windingTemp')]).toBeLessThan(30);
  });

  it('that overflows in a conversion is Bad and no number', () => {
    const { core, frame, run } = stand();
    run(10);
    core.alignment.byTag[row('spindle.current')] = core.alignment.byTag[row('spindle.current')]!.map(
      (feeder) => ({
        ...feeder,
        scale: 1e3,
      }),
    );
    run(1, { 'spindle.current': 1e307 });
    // The twin may stand in for it, but nothing infinite gets through.
    expect(Number.isFinite(frame.value[row('spindle.current')]!)).toBe(true);
    expect(qualityWord(frame.quality[row('spindle.current')]!)).not.toBe('good');
  });

  it('out of its physical range does not drive the twin', () => {
    const { frame, run } = stand();
    run(100);
    run(1, { 'spindle.speed': 1e6 }, Quality.uncertainEngineeringUnitsExceeded);
    expect(frame.twin[outputOf('spindle.current')]).toBeLessThan(5);
    run(1);
    expect(frame.twin[outputOf('spindle.current')]).toBeLessThan(5);
  });
});

describe('a machine that is not watched', () => {
  const cnc = ['axis.x.velocity', 'axis.y.velocity', 'axis.z.velocity', 'spindle.speed', 'cut.feed'];
  const unplugged = Object.fromEntries(cnc.map((name) => [name, undefined]));
  const sensors = [
    'axis.x.current',
    'axis.y.current',
    'axis.z.current',
    'spindle.current',
    'spindle.windingTemp',
  ];
  const dark = { ...unplugged, ...Object.fromEntries(sensors.map((name) => [name, undefined])) };

  it('has an offline twin that invents nothing, though the shop’s thermometer goes on', () => {
    const { frame, run } = stand();
    run(100);
    run(600, dark);
    expect(frame.mode).toBe('offline');
    for (const name of sensors) expect(isBad(frame.quality[row(name)]!)).toBe(true);
    expect(frame.residual.every(Number.isNaN)).toBe(true);
    expect(frame.divergence).toBeNaN();
  });

  it('comes back without an acceleration that never was', () => {
    const { frame, run } = stand();
    run(100);
    run(600, unplugged);
    run(1);
    expect(frame.twin[outputOf('spindle.current')]).toBeLessThan(5);
    expect(Math.abs(frame.residual[outputOf('spindle.current')]!)).toBeLessThan(3);
  });
});

describe('the divergence', () => {
  it('forgets a sensor that is no longer compared', () => {
    const { frame, run } = stand();
    run(200, { 'spindle.current': 20 });
    expect(frame.mode).toBe('diverged');
    run(900, { 'spindle.current': undefined });
    expect(frame.divergence).toBeLessThan(0.05);
    expect(frame.mode).toBe('substituted');
  });
});
