// What an absurd, absent or returning sensor may not do to the twin. Whole frames through the core.
import { describe, expect, it } from 'vitest';
import { bindTag } from '../../src/core/align.ts';
import { followFrame, newSensors } from '../../src/core/follow.ts';
import { newFrame } from '../../src/core/frame.ts';
import type { SignalSpec } from '../../src/core/model.ts';
import { mill } from '../../src/core/models/mill/index.ts';
import { isBad, Quality, qualityWord } from '../../src/core/quality.ts';
import { newCore, step } from '../../src/core/step.ts';
import { newTwin, parametersOf } from '../../src/core/twin.ts';
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
};
const currents = ['axis.x.current', 'axis.y.current', 'axis.z.current', 'spindle.current'];
for (const [name, value] of Object.entries(drawn())) steady[name] = value;

/** What the model draws at the steady inputs, once it is at speed. */
function drawn(): Record<string, number> {
  const twin = newTwin(mill);
  for (const [name, value] of Object.entries(steady)) twin.input[row(name)] = value;
  for (let i = 0; i < 30; i++) mill.step(twin.parameters, twin.state, twin.input, 0.1, twin.output);
  const outputs = Object.fromEntries(currents.map((name) => [name, twin.output[outputOf(name)]!]));
  return { ...outputs, 'spindle.windingTemp': 25 };
}

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
  it('is that of the worst output, and says which: sound sensors do not average it away', () => {
    const { frame, run } = stand();
    run(200, { 'axis.y.current': 1 });
    expect(frame.worst).toBe(outputOf('axis.y.current'));
    expect(frame.divergence).toBe(frame.divergences[outputOf('axis.y.current')]);
    expect(frame.divergence).toBeCloseTo(1 / 5, 2);
    expect(frame.divergences[outputOf('spindle.current')]).toBeLessThan(0.02);
  });

  it('is never that of an output without a sensor', () => {
    const { frame, run } = stand();
    run(200);
    expect(frame.divergences[outputOf('machine.power')]).toBeNaN();
    expect(frame.divergence).toBeLessThan(0.05);
  });

  it('is told once, after it has lasted, and again only when it comes again', () => {
    const { core, run } = stand();
    const told = () => core.news.filter(({ kind }) => kind === 'diverged');
    run(100);
    run(40, { 'spindle.current': 20 });
    expect(told()).toEqual([]);
    run(300, { 'spindle.current': 20 });
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatchObject({ machine: 0, output: 'spindle.current' });
    run(900);
    run(300, { 'spindle.current': 20 });
    expect(told()).toHaveLength(2);
  });

  it('is none for an edge that comes a tick early on one side', () => {
    const { frame, run } = stand();
    run(100);
    for (let stroke = 0; stroke < 20; stroke++) {
      run(1, { 'spindle.current': 9 });
      run(19);
    }
    expect(frame.divergence).toBeLessThan(0.02);
    expect(frame.mode).toBe('tracking');
  });

  it('forgets a sensor that is no longer compared', () => {
    const { frame, run } = stand();
    run(200, { 'spindle.current': 20 });
    expect(frame.mode).toBe('diverged');
    run(900, { 'spindle.current': undefined });
    expect(frame.divergence).toBeLessThan(0.05);
    expect(frame.mode).toBe('substituted');
  });
});

describe('an estimate that stands in for a sensor', () => {
  const output = outputOf('spindle.windingTemp');

  it('is worth less and less, and as much as before once the sensor is back', () => {
    const { frame, run } = stand();
    run(100);
    const own = frame.sigma[output]!;
    expect(own).toBe(mill.outputs[output]!.sigma);
    const lonely: number[] = [];
    for (const ticks of [100, 100, 200, 400, 800]) {
      run(ticks, { 'spindle.windingTemp': undefined });
      lonely.push(frame.sigma[output]!);
    }
    expect(frame.mode).toBe('substituted');
    for (const [i, sigma] of lonely.slice(1).entries()) expect(sigma).toBeGreaterThan(lonely[i]!);
    // At least as a random walk: four times the time, four times the variance on top.
    const added = (i: number) => lonely[i]! ** 2 - own ** 2;
    expect(added(4) / added(2)).toBeGreaterThan(3.9);
    run(1);
    expect(frame.sigma[output]).toBe(own);
  });

  it('is worth no less than the span says, however long', () => {
    const layout = { id: 'm', model: mill, signals, lagMs: 0, parameters: parametersOf(mill) };
    const frame = newFrame(layout);
    const twin = newTwin(mill);
    const sensors = newSensors(mill);
    const at = row('spindle.windingTemp');
    frame.value[row('spindle.speed')] = 3000;
    frame.value[at] = 25;
    for (const quality of [Quality.good, Quality.badNoCommunication]) {
      for (let i = 0; i < 1000; i++) {
        frame.quality[at] = quality;
        followFrame(twin, sensors, frame, 60);
      }
    }
    expect(frame.sigma[output]).toBe(mill.outputs[output]!.span);
  });

  it('is worth less where the twin had been wrong', () => {
    const worth = (off: number) => {
      const { frame, run } = stand();
      let tick = 0;
      // Noise that the filter cannot follow.
      while (tick++ < 200) run(1, { 'spindle.windingTemp': 25 + (tick % 2 === 0 ? off : -off) });
      for (let i = 0; i < 3; i++) run(100, { 'spindle.windingTemp': undefined });
      return frame.sigma[output]!;
    };
    expect(worth(0)).toBeLessThan(worth(4));
  });
});

describe('an output that is a state', () => {
  it('is shown and never compared', () => {
    const outputs = mill.outputs.map((spec, o) =>
      o === outputOf('spindle.current') ? enumerated(spec) : spec,
    );
    const layout = { id: 'm', model: mill, signals: [...mill.inputs, ...outputs], lagMs: 0 };
    const frame = newFrame({ ...layout, parameters: parametersOf(mill) });
    const twin = newTwin(mill);
    const sensors = newSensors(mill, outputs);
    for (const name of ['spindle.speed', 'spindle.current']) {
      frame.value[row(name)] = 3000;
      frame.quality[row(name)] = Quality.good;
    }
    for (let i = 0; i < 200; i++) followFrame(twin, sensors, frame, 0.1);
    expect(frame.residual[outputOf('spindle.current')]).toBeNaN();
    expect(frame.divergence).toBeNaN();
    expect(frame.mode).toBe('tracking');
  });
});

function enumerated(spec: SignalSpec): SignalSpec {
  return { ...spec, kind: 'enum' };
}
