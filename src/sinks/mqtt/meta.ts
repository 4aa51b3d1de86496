// What does not change from frame to frame, retained for whoever comes later: units, limits, model, rate.
import { createHash } from 'node:crypto';
import type { MachineLayout } from '../../core/frame.ts';
import type { SignalSpec } from '../../core/model.ts';

export function encodeMeta(machine: MachineLayout, periodMs: number): string {
  const { id, model, lagMs } = machine;
  const inputs = new Set(model.inputs.map(({ name }) => name));
  const parameters = Object.fromEntries(
    model.parameters.map(({ name, unit, about, value, min, max }, i) => [
      name,
      { value: machine.parameters[i] ?? value, unit, about, min, max },
    ]),
  );
  return JSON.stringify({
    v: 1,
    machine: id,
    model: { id: model.id, version: model.version },
    periodMs,
    rateHz: 1000 / periodMs,
    lagMs,
    signals: Object.fromEntries(
      machine.signals.map((spec) => [spec.name, signalMeta(spec, inputs.has(spec.name))]),
    ),
    parameterVersion: createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 12),
    parameters,
  });
}

function signalMeta(spec: SignalSpec, isInput: boolean) {
  const { unit, about, align, sigma, span, min, max, deadband } = spec;
  return { unit, about, role: isInput ? 'input' : 'output', align, min, max, sigma, span, deadband };
}
