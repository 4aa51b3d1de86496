// What can be wrong with what is said of alarms: ids that no condition of the machine has, modes that it does not know,
// braces that mean nothing. Pure.
import { matches } from '../core/alarm/policy.ts';
import { placeholders, unknownPlaceholders } from '../core/alarm/texts.ts';
import { planDetection } from '../core/detect/machine/plan.ts';
import { newFrame } from '../core/frame.ts';
import type { Model, SignalSpec } from '../core/model.ts';
import type { TrackPolicy } from '../core/track.ts';
import { parametersOf } from '../core/twin.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Complaint } from './derived-check.ts';
import type { MachineConfig } from './machine.ts';
import { planMachine } from './machine-plan.ts';
import { dotted, type Path } from './problem.ts';
import type { Config } from './schema.ts';

interface Scene {
  readonly machine: MachineConfig;
  readonly model: Model;
  readonly config: Config;
  /** Something of the machine or of the sources was cut out as wrong: which conditions it has nobody knows. */
  readonly unsure: boolean;
}

const shownIds = 10;

export function checkAlarms(path: Path, scene: Scene): Complaint[] {
  const { machine, unsure } = scene;
  const rules = Object.entries(machine.alarms.conditions);
  const stops = machine.alarms.stopRequest?.alarms ?? [];
  if (rules.length + stops.length === 0) return [];
  const ids = unsure ? undefined : conditionIds(String(path.at(-1)), scene);
  const asked = stops.flatMap((id, i) =>
    ids === undefined ? [] : checkId([...path, 'alarms', 'stopRequest', 'alarms', i], id, ids, 'value'),
  );
  const said = rules.flatMap(([id, rule]) => {
    const at = [...path, 'alarms', 'conditions', id];
    return [
      ...(ids === undefined ? [] : checkId(at, id, ids)),
      ...checkModes([...at, 'suppressedIn'], rule.suppressedIn ?? [], scene.model),
      ...checkTemplate([...at, 'text'], rule.text),
      ...checkTemplate([...at, 'action'], rule.action),
    ];
  });
  return [...said, ...asked];
}

function checkId(
  path: Path,
  pattern: string,
  ids: readonly string[],
  which: Complaint['which'] = 'key',
): Complaint[] {
  if (ids.some((id) => matches(pattern, id))) return [];
  const some = `${ids.slice(0, shownIds).join(', ')}${ids.length > shownIds ? ' …' : ''}`;
  const hint = didYouMean(pattern, ids) || (ids.length === 0 ? '; it has none' : `; it has ${some}`);
  return [{ path, which, text: `${dotted(path)}: the machine has no condition "${pattern}"${hint}` }];
}

function checkModes(path: Path, modes: readonly string[], { id, behaviour }: Model): Complaint[] {
  const known = behaviour?.names ?? [];
  return modes.flatMap((mode, i) => {
    if (known.includes(mode)) return [];
    const hint =
      didYouMean(mode, known) || (known.length === 0 ? '; it knows none' : `; it knows ${known.join(', ')}`);
    const at = [...path, i];
    return [
      { path: at, which: 'value', text: `${dotted(at)}: the model "${id}" has no mode "${mode}"${hint}` },
    ];
  });
}

function checkTemplate(path: Path, template: string | undefined): Complaint[] {
  const known = Object.keys(placeholders);
  return unknownPlaceholders(template ?? '').map((name) => {
    const hint = didYouMean(name, known) || `; there is ${known.join(', ')}`;
    return { path, which: 'value', text: `${dotted(path)}: unknown placeholder "${name}" in braces${hint}` };
  });
}

/** Of the conditions that the gateway would watch. */
function conditionIds(id: string, { machine, model, config }: Scene): string[] {
  const plan = planMachine(id, machine, model, config.sources);
  const mapped = (name: string) => plan.signals.get(name) ?? plan.extra.get(name);
  const feeds = new Map(plan.feeds.map(({ signal, derived }) => [signal, derived]));
  const plain = { about: '', align: 'linear', initial: Number.NaN } as const;
  const specs: SignalSpec[] = [
    ...[...model.inputs, ...model.outputs].map((spec) => ({ ...spec, derived: feeds.get(spec.name) })),
    ...[...plan.extra].map(([name, { unit }]) => ({ ...plain, name, unit })),
    ...[...plan.derived].map(([name, { unit, text }]) => ({ ...plain, name, unit, derived: text })),
  ].map(({ derived, ...spec }: Omit<SignalSpec, 'derived'> & { derived?: string | undefined }) => {
    const { kind = spec.kind, align = spec.align } = mapped(spec.name) ?? {};
    const sigma = plan.signals.get(spec.name)?.sigma ?? spec.sigma;
    return {
      ...{ ...spec, align },
      ...(kind !== undefined && { kind }),
      ...(sigma !== undefined && { sigma }),
      ...(derived !== undefined && { derived }),
    };
  });
  const policies = specs.map(({ name, align }): TrackPolicy | undefined => {
    const signal = mapped(name);
    if (signal === undefined) return undefined;
    return { align, staleMs: signal.staleMs, missingMs: signal.missingMs, samplesMax: 1 };
  });
  const origins = specs.map(({ name }) => {
    const { source = '', device = '' } = mapped(name) ?? {};
    return { source, device };
  });
  const layout = { id, model, signals: specs, lagMs: 0, parameters: parametersOf(model) };
  const options = plan.detection;
  return planDetection({ frame: newFrame(layout), origins, options, policies }).conditions.map(
    (one) => one.id,
  );
}
