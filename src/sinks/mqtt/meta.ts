// What does not change from frame to frame, retained for whoever comes later: units, limits, model, rate.
import { createHash } from 'node:crypto';
import type { MachineLayout } from '../../core/frame.ts';
import type { SignalSpec } from '../../core/model.ts';
import type { ParameterReport } from '../../ports.ts';

/** `now` is what the parameters have become, where something has learnt them since the start. */
export function encodeMeta(machine: MachineLayout, periodMs: number, now?: ParameterReport): string {
  const { id, model, lagMs } = machine;
  const outputsFrom = model.inputs.length;
  const furtherFrom = outputsFrom + model.outputs.length;
  const roleOf = (row: number, { derived }: SignalSpec) => {
    if (row < outputsFrom) return 'input';
    if (row < furtherFrom) return 'output';
    return derived === undefined ? 'extra' : 'derived';
  };
  const values = now?.values ?? machine.parameters;
  const parameters = Object.fromEntries(
    model.parameters.map(({ name, unit, about, value, min, max }, i) => [
      name,
      { value: values[i] ?? value, unit, about, min, max, sigma: now?.sigma[name] },
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
      machine.signals.map((spec, row) => [spec.name, signalMeta(spec, roleOf(row, spec))]),
    ),
    parameterSet: now?.version,
    parameterVersion: createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 12),
    parameters,
  });
}

function signalMeta(spec: SignalSpec, role: string) {
  const { unit, about, align, kind, period, derived, sigma, span, min, max, deadband } = spec;
  return { unit, about, role, align, kind, period, derivedFrom: derived, min, max, sigma, span, deadband };
}
