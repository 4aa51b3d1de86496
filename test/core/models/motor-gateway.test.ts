// Another plant is another folder: a machine that is a motor, from the text of a configuration to frames of its twin.
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { planMachine } from '../../../src/config/machine-plan.ts';
import { bindTag } from '../../../src/core/align.ts';
import { models } from '../../../src/core/models/index.ts';
import { Quality } from '../../../src/core/quality.ts';
import { newCore, step } from '../../../src/core/step.ts';
import { createInbox } from '../../../src/runtime/inbox.ts';
import { setUpMachine } from '../../../src/runtime/machines.ts';

const text = `
version: 1
sources:
  drives:
    type: mqtt
    topics: [{ topic: drives/fan, fields: { rpm: rpm, amps: amps, winding: winding } }]
machines:
  fan-1:
    model: motor
    lagMs: 0
    signals:
      axis.speed: drives/rpm
      axis.current: drives/amps
      motor.windingTemp: drives/winding
    parameters: { axis.coulomb: 6 }
`;

test('a motor is a machine like any other', () => {
  const { config } = parseConfig(text, 'gemel.yaml', { env: {}, models });
  const machine = config.machines['fan-1']!;
  const motor = models.get(machine.model)!;
  const core = newCore({
    startMs: 0,
    periodMs: 100,
    machines: [setUpMachine(planMachine('fan-1', machine, motor, config.sources), 100)],
  });
  const names = [...motor.inputs, ...motor.outputs].map(({ name }) => name);
  const fed = ['axis.speed', 'axis.current', 'motor.windingTemp'];
  for (const [tag, name] of fed.entries())
    bindTag(core.alignment, { tag, machine: 0, signal: names.indexOf(name), scale: 1, offset: 0 });
  const inbox = createInbox(100);
  // Friction that is told, at 300 rpm, over gear, efficiency and torque constant.
  const current = (6 + (0.1 * 300 * 2 * Math.PI) / 60) / (10 * 0.9 * 0.5);
  for (let tick = 0; tick < 100; tick++) {
    for (const [tag, value] of [300, current, 31].entries())
      inbox.push(tag, value, Quality.good, tick * 100, tick * 100, tick * 100);
    step(core, tick, inbox.drain(tick * 100));
  }
  const [frame] = core.frames;
  expect(frame!.mode).toBe('tracking');
  expect(frame!.twin[0]).toBeCloseTo(current, 4);
  expect(Math.abs(frame!.residual[0]!)).toBeLessThan(0.1);
  expect(frame!.twin[1]).toBeCloseTo(31, 0);
  const worn = core.twins[0]!.state[motor.states.findIndex(({ name }) => name === 'bearing.wear')]!;
  expect(worn).toBeGreaterThan(0);
});
