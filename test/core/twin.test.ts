import { describe, expect, it } from 'vitest';
import { followFrame, newSensors } from '../../src/core/follow.ts';
import { type Frame, newFrame, Origins } from '../../src/core/frame.ts';
import { mill } from '../../src/core/models/mill/index.ts';
import { isGood, Quality } from '../../src/core/quality.ts';
import { newCore, stateHash } from '../../src/core/step.ts';
import { forkTwin, newTwin, parametersOf, restoreTwin, snapshotTwin } from '../../src/core/twin.ts';

const signals = [...mill.inputs, ...mill.outputs];
const row = (name: string) => signals.findIndex((signal) => signal.name === name);
const output = (name: string) => mill.outputs.findIndex((signal) => signal.name === name);

function set(frame: Frame, name: string, value: number, quality: number = Quality.good): void {
  frame.value[row(name)] = value;
  frame.quality[row(name)] = quality;
  frame.origin[row(name)] = Origins.measured;
}

/** A frame in which the machine does what the model says, cutting steadily. */
function cutting(): Frame {
  const frame = newFrame({ id: 'm', model: mill, signals, lagMs: 0, parameters: parametersOf(mill) });
  frame.quality.fill(Quality.badNotConnected);
  set(frame, 'spindle.speed', 6000);
  set(frame, 'cut.feed', 600);
  set(frame, 'cut.depth', 2);
  set(frame, 'cut.width', 10);
  set(frame, 'axis.x.velocity', 0.01);
  set(frame, 'ambient.temp', 22);
  return frame;
}

function run(frame: Frame, steps: number, each: (i: number) => void = () => {}, twin = newTwin(mill)) {
  const sensors = newSensors(mill);
  for (let i = 0; i < steps; i++) {
    each(i);
    followFrame(twin, sensors, frame, 0.1);
  }
  return twin;
}

describe('following', () => {
  it('predicts before it corrects: the residual is what was wrong, not what is left', () => {
    const frame = cutting();
    set(frame, 'spindle.windingTemp', 40);
    const twin = run(frame, 1);
    set(frame, 'spindle.windingTemp', 50);
    run(frame, 1, undefined, twin);
    expect(frame.twin[output('spindle.windingTemp')]).toBeLessThan(41);
    expect(frame.residual[output('spindle.windingTemp')]).toBeGreaterThan(17);
    expect(twin.state[mill.states.findIndex((s) => s.name === 'winding.temp')]).toBeLessThan(42);
  });

  it('starts at the first measurement of what it can observe', () => {
    const frame = cutting();
    set(frame, 'spindle.windingTemp', 55);
    run(frame, 1);
    expect(Math.abs(frame.residual[output('spindle.windingTemp')]!)).toBeLessThan(1);
  });

  it('is drawn to the sensor with its time constant', () => {
    const frame = cutting();
    set(frame, 'spindle.windingTemp', 30);
    const twin = run(frame, 1);
    set(frame, 'spindle.windingTemp', 40);
    run(frame, 600, undefined, twin);
    expect(frame.twin[output('spindle.windingTemp')]).toBeGreaterThan(36);
  });

  it('is offline without a live input, and tracks with one', () => {
    const frame = cutting();
    run(frame, 1);
    expect(frame.mode).toBe('tracking');
    const dead = cutting();
    for (const name of ['spindle.speed', 'cut.feed', 'axis.x.velocity', 'ambient.temp']) {
      set(dead, name, Number.NaN, Quality.badNoCommunication);
    }
    run(dead, 1);
    expect(dead.mode).toBe('offline');
  });

  it('diverges when the machine keeps doing something else, and not for a moment of it', () => {
    const frame = cutting();
    set(frame, 'spindle.current', 0);
    run(frame, 30);
    expect(frame.divergence).toBeGreaterThan(0.1);
    expect(frame.mode).toBe('tracking');
    run(frame, 200);
    expect(frame.mode).toBe('diverged');
  });

  it('says a divergence also where the measured value is zero', () => {
    const frame = cutting();
    set(frame, 'spindle.current', 0);
    run(frame, 10);
    expect(Number.isFinite(frame.divergence)).toBe(true);
    expect(frame.divergence).toBeGreaterThan(0);
  });

  it('puts its estimate in place of a lost sensor, marked and never Good', () => {
    const frame = cutting();
    run(frame, 10, () => set(frame, 'spindle.windingTemp', Number.NaN, Quality.badNoCommunication));
    const at = row('spindle.windingTemp');
    expect(frame.mode).toBe('substituted');
    expect(frame.origin[at]).toBe(Origins.predicted);
    expect(isGood(frame.quality[at]!)).toBe(false);
    expect(frame.value[at]).toBe(frame.twin[output('spindle.windingTemp')]);
    expect(frame.residual[output('spindle.windingTemp')]).toBeNaN();
  });

  it('does not believe an Uncertain value', () => {
    const frame = cutting();
    set(frame, 'spindle.windingTemp', 90, Quality.uncertain);
    const twin = run(frame, 100);
    expect(frame.residual[output('spindle.windingTemp')]).toBeNaN();
    expect(twin.output[output('spindle.windingTemp')]).toBeLessThan(30);
  });
});

describe('fork and snapshot', () => {
  it('a fork leaves the live twin as it is, to the bit', () => {
    const live = run(cutting(), 50);
    const before = snapshotTwin(live);
    const fork = forkTwin(live);
    fork.parameters.fill(1);
    run(cutting(), 500, undefined, fork);
    expect(snapshotTwin(live)).toEqual(before);
    expect(snapshotTwin(fork)).not.toEqual(before);
  });

  it('a scenario on a fork leaves the whole core as it is, to the bit', () => {
    const core = newCore({
      ...{ startMs: 0, periodMs: 100 },
      machines: [
        {
          layout: { id: 'm', model: mill, signals, lagMs: 0, parameters: parametersOf(mill) },
          policies: signals.map(() => undefined),
        },
      ],
    });
    run(cutting(), 50, undefined, core.twins[0]);
    const before = stateHash(core);
    const fork = forkTwin(core.twins[0]!);
    fork.input.fill(1);
    for (let i = 0; i < 1000; i++) mill.step(fork.parameters, fork.state, fork.input, 60, fork.output);
    expect(stateHash(core)).toBe(before);
    // Control: the same on the live twin is seen.
    const { parameters, state, input, output: shown } = core.twins[0]!;
    mill.step(parameters, state, input, 0.1, shown);
    expect(stateHash(core)).not.toBe(before);
  });

  it('a restored twin goes on exactly like the one it was taken from', () => {
    const twin = run(cutting(), 50);
    const saved = snapshotTwin(twin);
    run(cutting(), 50, undefined, twin);
    const other = newTwin(mill);
    restoreTwin(other, saved);
    run(cutting(), 50, undefined, other);
    expect(snapshotTwin(other)).toEqual(snapshotTwin(twin));
  });
});
