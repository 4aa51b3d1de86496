// Signals that the model does not know, extra and derived ones, wherever frames are shown: they have a value,
// a quality and a topic like the others, and no twin.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderView } from '../../src/cli/view.ts';
import { type Frame, type MachineLayout, newFrame, Origins } from '../../src/core/frame.ts';
import { Quality } from '../../src/core/quality.ts';
import { createFrameEncoder } from '../../src/sinks/mqtt/encode.ts';
import { createExceptions } from '../../src/sinks/mqtt/exception.ts';
import { encodeMeta } from '../../src/sinks/mqtt/meta.ts';
import { encode } from '../../src/sinks/prometheus/encode.ts';
import { frameOf, healthAt, machineOf, sceneMs } from '../suites/scene.ts';

const plain = { about: 'a further one', align: 'linear', initial: Number.NaN } as const;
const text = 'rms of shop/accel.z over 1000 ms';

function scene(): { machine: MachineLayout; frame: Frame } {
  const model = machineOf('press-1');
  const machine: MachineLayout = {
    ...model,
    signals: [
      ...model.signals,
      { ...plain, name: 'table.angle', unit: 'deg', kind: 'angle', period: 360 },
      { ...plain, name: 'vibration', unit: 'm/s2', derived: text },
    ],
  };
  const few = frameOf(model, 7);
  const frame = newFrame(machine);
  Object.assign(frame, { tick: 7, timeMs: sceneMs, mode: 'tracking', divergence: few.divergence });
  frame.value.set([...few.value, 270, 0.125]);
  frame.quality.fill(Quality.good);
  frame.origin.fill(Origins.measured);
  frame.ageMs.fill(1);
  for (const column of ['twin', 'sigma', 'residual'] as const) frame[column].set(few[column]);
  return { machine, frame };
}

describe('further signals', () => {
  it('stand in the frame, and not under twin and residuals', () => {
    const { machine, frame } = scene();
    const said = JSON.parse(createFrameEncoder(machine)(frame)) as Record<string, Record<string, unknown>>;
    expect(said['signals']?.['vibration']).toEqual({
      value: 0.125,
      quality: 'good',
      origin: 'measured',
      ageMs: 1,
    });
    expect(Object.keys(said['signals'] ?? {})).toHaveLength(6);
    expect(Object.keys(said['twin'] ?? {})).toEqual(['ram.position', 'oil.temp']);
    expect(Object.keys(said['residuals'] ?? {})).toEqual(['ram.position', 'oil.temp']);
    expect(said).not.toHaveProperty('missing');
  });

  it('stand in the meta with what they are made of', () => {
    const said = JSON.parse(encodeMeta(scene().machine, 100)) as { signals: Record<string, object> };
    expect(said.signals['table.angle']).toMatchObject({
      role: 'extra',
      unit: 'deg',
      kind: 'angle',
      period: 360,
    });
    expect(said.signals['vibration']).toMatchObject({ role: 'derived', unit: 'm/s2', derivedFrom: text });
    expect(said.signals['ram.command']).toMatchObject({ role: 'input' });
    expect(said.signals['oil.temp']).toMatchObject({ role: 'output' });
  });

  it('are published by exception', () => {
    const { machine, frame } = scene();
    const exceptions = createExceptions(machine, { deadband: 0, minIntervalMs: 0, maxIntervalS: 60 });
    const due: string[] = [];
    const note = (row: number) => due.push(machine.signals[row]!.name);
    exceptions.due(frame, note);
    expect(due).toContain('vibration');
    due.length = 0;
    frame.value[5] = 0.25;
    exceptions.due(frame, note);
    expect(due).toEqual(['vibration']);
  });

  it('are scraped, without a twin', () => {
    const { frame } = scene();
    const health = { ...healthAt(sceneMs), samplesLate: 3 };
    const page = encode({ health, frames: [frame], nodeVersion: '24', seriesMax: 1000 }).text;
    expect(page).toContain('gemel_signal_value{machine="press-1",signal="vibration"} 0.125');
    expect(page).toContain('gemel_signal_good{machine="press-1",signal="table.angle"} 1');
    expect(page).not.toContain('gemel_twin_value{machine="press-1",signal="vibration"}');
    expect(page).toContain('gemel_samples_late_total 3');
  });

  it('are shown on the terminal', () => {
    const { frame } = scene();
    const data = { frames: [frame], health: healthAt(sceneMs), addresses: new Map(), root: 'r', news: '' };
    const line = renderView(data, 120)
      .map(stripVTControlCharacters)
      .find((each) => each.includes('vibration'));
    expect(line).toMatch(/vibration +0\.125 +m\/s2 +good measured/);
  });

  it('that the twin needs and lacks are named in the frame', () => {
    const { machine, frame } = scene();
    frame.missing[5] = 1;
    frame.missing[0] = 1;
    expect(JSON.parse(createFrameEncoder(machine)(frame))).toMatchObject({
      missing: ['ram.command', 'vibration'],
    });
  });
});
