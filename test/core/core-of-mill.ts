// A core with one mill of which only one axis that stands is fed: a test sets the other inputs by hand and steps it.
import { mill } from '../../src/core/models/mill/index.ts';
import { Quality } from '../../src/core/quality.ts';
import type { SampleColumns } from '../../src/core/sample.ts';
import { type Core, newCore, step } from '../../src/core/step.ts';
import { insertSample } from '../../src/core/track.ts';
import { parametersOf } from '../../src/core/twin.ts';

export const none = { length: 0 } as unknown as SampleColumns;

export const startMs = 1_790_000_000_000;

export function coreOfMill(parameters: Readonly<Record<string, number>> = {}): Core {
  const signals = [...mill.inputs, ...mill.outputs];
  const layout = { id: 'mill-1', model: mill, signals, lagMs: 0, parameters: parametersOf(mill, parameters) };
  const policy = { align: 'previous', staleMs: 1000, missingMs: 1000, samplesMax: 64 } as const;
  const policies = signals.map(({ name }) => (name === fed ? policy : undefined));
  const core = newCore({ startMs, periodMs: 100, machines: [{ layout, policies }] });
  tellLink(core, true);
  return core;
}

const fed = 'axis.z.velocity';

/** From the tick at hand on, the axis is told to stand, or the link to the machine is lost. */
export function tellLink({ alignment, lastTick }: Core, up: boolean): void {
  const row = mill.inputs.findIndex(({ name }) => name === fed);
  const quality = up ? Quality.good : Quality.badNoCommunication;
  insertSample(alignment.tracks[0]![row]!, startMs + (lastTick + 1) * 100, 0, quality);
}

/** Heavy milling with tool 3, so that wear shows within seconds. */
export const cutting = {
  'spindle.speed': 6000,
  'cut.feed': 1500,
  'cut.depth': 3,
  'cut.width': 8,
  'tool.number': 3,
};

export function setInputs({ twins: [twin] }: Core, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    twin!.input[mill.inputs.findIndex((spec) => spec.name === name)] = value;
  }
}

export function run(core: Core, ticks: number): void {
  for (let k = 0; k < ticks; k++) step(core, core.lastTick + 1, none);
}

export function stateOf({ twins: [twin] }: Core, name: string): number {
  return twin!.state[mill.states.findIndex((spec) => spec.name === name)]!;
}

export function parameterOf({ twins: [twin] }: Core, name: string): number {
  return twin!.parameters[mill.parameters.findIndex((spec) => spec.name === name)]!;
}
