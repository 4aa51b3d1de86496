// Another configuration over the same samples: its twins go beside those that were recorded, from the same moment. What
// they know at first is what the recorded ones knew, but for what the two configurations say differently.
import type { Config } from '../../config/schema.ts';
import { filtersOf } from '../../core/calibrate/filters.ts';
import { applyCommand, rememberTwin } from '../../core/command.ts';
import type { SampleColumns } from '../../core/sample.ts';
import { type Core, step } from '../../core/step.ts';
import type { TwinCommand, TwinMemory } from '../../core/twin-command.ts';
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { createLane, type Lane } from '../ticker.ts';

type Restore = Extract<TwinCommand, { kind: 'restore' }>;

export interface OtherLane extends Lane {
  /** What was done to the recorded twins is done to these. */
  command(command: TwinCommand): void;
  /** What the recorded core knows by now, where the run is not taken up from its beginning. */
  adopt(recorded: Core): void;
  step(tick: number, samples: SampleColumns): void;
  /** By machine, for the run after this one. */
  memories(): ReadonlyMap<string, TwinMemory>;
}

/** `carried`: what these twins knew at the end of the run before. */
export function createOtherLane(
  config: Config,
  recorded: Core,
  log: Log,
  carried: ReadonlyMap<string, TwinMemory>,
): OtherLane {
  if (config.loop.periodMs !== recorded.periodMs) {
    const why = `the run had loop.periodMs: ${recorded.periodMs}, and the other configuration has ${config.loop.periodMs}: their ticks cannot be laid side by side`;
    throw new GemError('GEM_USAGE', { why });
  }
  const lane = createLane(config, log, () => recorded.startMs);
  const { core } = lane;
  const memoryFor = (memory: TwinMemory, machine: string): TwinMemory =>
    carried.get(machine) ?? retuned(memory, recorded, core, machine);
  return {
    ...lane,
    command(command) {
      applyCommand(
        core,
        command.kind === 'restore'
          ? { ...command, memory: memoryFor(command.memory, command.machine) }
          : command,
      );
    },
    adopt(from) {
      for (const [m, { machine }] of from.frames.entries()) {
        const memory = { ...rememberTwin(from, m), filters: filtersOf(from.calibrators[m]!) };
        const command: Restore = {
          ...{ kind: 'restore', machine: machine.id, gapS: 0, integrate: false, told: {} },
          memory: memoryFor(memory, machine.id),
        };
        applyCommand(core, command);
      }
    },
    step(tick, samples) {
      step(core, tick, samples);
    },
    memories: () =>
      new Map(
        core.frames.map(({ machine }, m) => [
          machine.id,
          { ...rememberTwin(core, m), filters: filtersOf(core.calibrators[m]!) },
        ]),
      ),
  };
}

/** Without the parameters that the two configurations say differently: there the other one's own begins. */
function retuned(memory: TwinMemory, recorded: Core, other: Core, machine: string): TwinMemory {
  const before = layoutOf(recorded, machine);
  const now = layoutOf(other, machine);
  if (before === undefined || now === undefined) return memory;
  const said = (layout: typeof now, name: string) =>
    layout.parameters[layout.model.parameters.findIndex((spec) => spec.name === name)];
  const same = (numbers: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(numbers).filter(([name]) => Object.is(said(before, name), said(now, name))),
    );
  return { ...memory, parameters: same(memory.parameters), sigma: same(memory.sigma) };
}

function layoutOf({ frames }: Core, machine: string) {
  return frames.find((frame) => frame.machine.id === machine)?.machine;
}
