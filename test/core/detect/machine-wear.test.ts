// What the twin reckons to be worn out is an alarm, also where no sensor says so: nothing else would tell.
import { describe, expect, test } from 'vitest';
import { applyCommand, rememberTwin } from '../../../src/core/command.ts';
import type { DetectionOptions } from '../../../src/core/detect/detection.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { type Core, newCore, step } from '../../../src/core/step.ts';
import { parametersOf } from '../../../src/core/twin.ts';

const none = {
  ...{ length: 0, tag: new Int32Array(0), value: new Float64Array(0), quality: new Uint32Array(0) },
  ...{ timeMs: new Float64Array(0), receiveMs: new Float64Array(0), rawMs: new Float64Array(0) },
  exact: new BigInt64Array(0),
};

/** A mill of which nothing is measured but what is named. */
function newMill(detection?: DetectionOptions, measured: readonly string[] = []): Core {
  const signals = [...mill.inputs, ...mill.outputs];
  const policy = { align: 'hold', staleMs: 2000, missingMs: 10_000, samplesMax: 16 } as const;
  return newCore({
    ...{ startMs: Date.UTC(2026, 10, 20, 8), periodMs: 100 },
    machines: [
      {
        layout: { id: 'mill-1', model: mill, signals, lagMs: 0, parameters: parametersOf(mill) },
        origins: signals.map(({ name }) => ({ source: measured.includes(name) ? 'plc' : '', device: '' })),
        policies: signals.map(({ name }) => (measured.includes(name) ? policy : undefined)),
        ...(detection !== undefined && { detection }),
      },
    ],
  });
}

function wear(core: Core, state: string, share: number): void {
  core.twins[0]!.state[mill.states.findIndex(({ name }) => name === state)] = share;
  step(core, core.lastTick < 0 ? 1 : core.lastTick + 1, none);
}

/** Id, trip, text of what stands. */
function standing({ books }: Core) {
  return [...books[0]!.live.values()]
    .filter(({ active }) => active)
    .map(({ id, trip, text }) => [id, trip, text]);
}

describe('what is worn by the reckoning of the twin', () => {
  test('a tool, in µm, named, at 280 and 300; a machine that is off does not hide it', () => {
    const core = newMill();
    wear(core, 'tool.3.wear', 0.92);
    expect(standing(core)).toEqual([]);
    wear(core, 'tool.3.wear', 285 / 300);
    const words = "tool.3 is worn to 285 µm by the twin's reckoning, beyond its warning limit of 280 µm";
    expect(standing(core)).toEqual([['tool.3.worn', false, words]]);
    expect(core.frames[0]!.mode).toBe('offline');
    wear(core, 'tool.3.wear', 1.01);
    expect(standing(core)).toMatchObject([['tool.3.worn', true, expect.stringContaining('303 µm')]]);
    const [alarm] = [...core.books[0]!.live.values()];
    expect(alarm).toMatchObject({ cause: 'machine', severity: 'high', action: 'Change the tool.' });
  });

  test('is over with the tool that is put in, and with it alone', () => {
    const core = newMill();
    wear(core, 'tool.3.wear', 0.97);
    wear(core, 'tool.4.wear', 0.97);
    applyCommand(core, { kind: 'replaced', machine: 'mill-1', component: 'tool.3' });
    step(core, core.lastTick + 1, none);
    step(core, core.lastTick + 1, none);
    expect(standing(core).map(([id]) => id)).toEqual(['tool.4.worn']);
  });

  test('bearing and spindle at the limit of the component', () => {
    const core = newMill();
    wear(core, 'bearing.wear', 0.79);
    wear(core, 'spindle.wear', 0.81);
    expect(standing(core).map(([id, trip]) => [id, trip])).toEqual([['spindle.worn', false]]);
    wear(core, 'bearing.wear', 0.8);
    expect(standing(core).map(([id]) => id)).toContain('bearing.worn');
  });

  test('stands over a restart and is not raised anew', () => {
    const before = newMill();
    wear(before, 'bearing.wear', 0.9);
    const memory = rememberTwin(before, 0);
    const after = newMill();
    applyCommand(after, {
      ...{ kind: 'restore', machine: 'mill-1', memory, gapS: 60, integrate: false, told: {} },
    });
    for (let tick = 1; tick < 50; tick++) step(after, tick, none);
    expect(standing(after).map(([id]) => id)).toEqual(['bearing.worn']);
    expect(after.alarmChanges.map(({ kind }) => kind)).not.toContain('raised');
  });

  test('a tool that a sensor measures is left to the limit of that signal', () => {
    const core = newMill(undefined, ['tool.flankWear']);
    wear(core, 'tool.3.wear', 1);
    wear(core, 'bearing.wear', 0.9);
    expect(standing(core).map(([id]) => id)).toEqual(['bearing.worn']);
    expect(core.detections[0]!.conditions.map(({ id }) => id)).toContain('tool.flankWear.limit');
  });

  test('limits that are said otherwise: of the output in its unit, of one component as a share', () => {
    const limits = {
      'tool.flankWear': { warning: 150 },
      'tool.5.wear': { warning: 0.9 },
      'bearing.wear': 'off',
    } as const;
    const core = newMill({ enabled: true, limits });
    for (const state of ['tool.4.wear', 'tool.5.wear', 'bearing.wear']) wear(core, state, 0.6);
    expect(standing(core).map(([id]) => id)).toEqual(['tool.4.worn']);
    wear(core, 'tool.5.wear', 0.91);
    expect(standing(core).map(([id]) => id)).toContain('tool.5.worn');
  });
});
