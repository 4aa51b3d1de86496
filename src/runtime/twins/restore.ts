// From what was kept of a machine, and what the configuration says now, to what its twin shall remember. Pure.
// Of each parameter the one who changed it last wins: what was learnt stays, unless the configuration states it and
// says something else than it did.
import type { Model } from '../../core/model.ts';
import { parametersOf } from '../../core/twin.ts';
import type { TwinCommand, TwinMemory } from '../../core/twin-command.ts';
import type { MachineMemory } from './memory.ts';
import type { ParameterVersion } from './versions.ts';

export interface Restoring {
  readonly machine: string;
  readonly model: Model;
  /** What the configuration states explicitly. */
  readonly stated: Readonly<Record<string, number>>;
  readonly memory: MachineMemory;
  readonly newest: ParameterVersion | undefined;
  /** What the learners knew, where that is still of use. */
  readonly filters?: TwinMemory['filters'];
  /** What the detectors knew, likewise. */
  readonly normals?: TwinMemory['normals'];
  readonly nowMs: number;
  readonly gapMaxS: number;
}

export type Gap = 'integrated' | 'at rest' | 'too long' | 'unknown';

export interface Restored {
  readonly command: Extract<TwinCommand, { kind: 'restore' }>;
  readonly gap: Gap;
  /** Parameters in which the configuration won over what was learnt. */
  readonly overruled: readonly string[];
  /** By configuration and model now. */
  readonly configured: Readonly<Record<string, number>>;
  /** For people: what was not as before. */
  readonly notes: readonly string[];
}

/** Clocks of the two runs may disagree by so much. */
const clockToleranceMs = 2000;
/** Longer than this nobody leaves a machine: the clock was wrong, then or now. */
const gapBelievedS = 10 * 365 * 86_400;

export function planRestore(parts: Restoring): Restored {
  const { machine, memory, nowMs, gapMaxS, filters, normals } = parts;
  const elapsedMs = nowMs - memory.timeMs;
  const known = elapsedMs >= -clockToleranceMs && elapsedMs < gapBelievedS * 1000;
  const gapS = known ? Math.max(0, elapsedMs) / 1000 : -1;
  const gap = gapOf(memory, gapS, gapMaxS);
  const { parameters, overruled, configured } = chooseParameters(parts);
  const sigma = Object.fromEntries(
    Object.entries({ ...memory.twin.sigma, ...newestOf(parts)?.sigma }).filter(
      ([name]) => !overruled.includes(name),
    ),
  );
  return {
    gap,
    overruled,
    configured,
    notes: notesOf(parts, overruled),
    command: {
      kind: 'restore',
      machine,
      gapS,
      integrate: gap === 'integrated',
      told: memory.clean ? {} : memory.told,
      memory: {
        ...{ ...memory.twin, parameters, sigma },
        // What the configuration has changed is to be learnt anew, and so is what was seen beside it.
        ...(filters !== undefined && overruled.length === 0 && gapS >= 0 && { filters }),
        ...(normals !== undefined && overruled.length === 0 && { normals }),
      },
    },
  };
}

function gapOf({ working }: MachineMemory, gapS: number, gapMaxS: number): Gap {
  if (gapS < 0) return 'unknown';
  if (!working) return 'at rest';
  return gapS <= gapMaxS ? 'integrated' : 'too long';
}

/** A set that was adopted and is in the list, while the crash came before the memory had it. */
function newestOf({ newest, memory }: Restoring): ParameterVersion | undefined {
  return newest !== undefined && newest.version > memory.version ? newest : undefined;
}

function chooseParameters(parts: Restoring) {
  const { model, stated, memory } = parts;
  const now = parametersOf(model, stated);
  const configured = Object.fromEntries(model.parameters.map(({ name }, p) => [name, now[p]!]));
  const kept: Readonly<Record<string, number>> = { ...memory.twin.parameters, ...newestOf(parts)?.values };
  const overruled: string[] = [];
  const parameters: Record<string, number> = {};
  for (const [name, value] of Object.entries(configured)) {
    const then = memory.configured[name];
    const learnt = kept[name];
    // Never learnt: what the configuration or the model says now.
    if (learnt === undefined || learnt === then) parameters[name] = value;
    else if (stated[name] === undefined || value === then) parameters[name] = learnt;
    else {
      parameters[name] = value;
      if (value !== learnt) overruled.push(name);
    }
  }
  return { parameters, overruled, configured };
}

function notesOf({ machine, model, memory }: Restoring, overruled: readonly string[]): string[] {
  const { modelVersion, state, parameters } = memory.twin;
  const notes: string[] = [];
  if (overruled.length > 0) {
    notes.push(
      `${machine}: the configuration now says something else of ${overruled.join(', ')}, and wins over what was learnt`,
    );
  }
  if (modelVersion !== model.version) {
    const names = new Set([...model.states, ...model.parameters].map((spec) => spec.name));
    const gone = [...Object.keys(state), ...Object.keys(parameters)].filter((name) => !names.has(name));
    const left = gone.length === 0 ? '' : `; left behind: ${gone.join(', ')}`;
    notes.push(
      `${machine}: the memory is of ${model.id} ${modelVersion}, and this is ${model.version}: taken by name${left}`,
    );
  }
  return notes;
}
