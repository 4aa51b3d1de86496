// What no single part can know: names and numbers that must fit between parts. Pure.
import type { Model, ParameterSpec } from '../core/model.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { checkAlarms } from './alarms-check.ts';
import { checkDerived, checkFeed } from './derived-check.ts';
import { checkDetection } from './detection-check.ts';
import { checkForecast } from './forecast.ts';
import type { MachineConfig } from './machine.ts';
import { isFed, resolveExtra, resolveSignal } from './machine.ts';
import { checkMaintenance } from './maintenance.ts';
import { checkMapping } from './mapping-check.ts';
import { dotted, type Path } from './problem.ts';
import { type Config, listens, refusals } from './schema.ts';

export type ModelCatalog = ReadonlyMap<string, Model>;

export interface Finding {
  readonly path: Path;
  readonly which: 'key' | 'value';
  readonly text: string;
  /** It starts all the same. */
  readonly warning: boolean;
}

/** `unsure`: places that were cut out as wrong; what is missing there is not complained about. */
export function crossCheck(config: Config, models: ModelCatalog, unsure: readonly Path[]): Finding[] {
  const machines = Object.entries(config.machines).flatMap(([id, machine]) =>
    checkMachine(['machines', id], machine, { config, models, unsure }),
  );
  const scene = { machines: config.machines, models, unsure: isCut(unsure, ['machines']) };
  const maintenance = checkMaintenance(config.maintenance, scene).map(alwaysWrong);
  return [...machines, ...maintenance, ...checkPorts(config)];
}

function alwaysWrong(complaint: Omit<Finding, 'warning'>): Finding {
  return { ...complaint, warning: false };
}

interface Context {
  readonly config: Config;
  readonly models: ModelCatalog;
  readonly unsure: readonly Path[];
}

/** Safety rules that the parts enforce when they start, said beforehand. */
export function preflight(config: Config): Finding[] {
  return refusals(config).map(({ path, code, details }) => {
    const error = new GemError(code, details);
    return problem(path, `${error.message}. ${error.hint}`);
  });
}

function problem(path: Path, text: string, which: 'key' | 'value' = 'value'): Finding {
  return { path, which, text, warning: false };
}

function checkMachine(path: Path, machine: MachineConfig, context: Context): Finding[] {
  const { models } = context;
  const model = models.get(machine.model);
  if (model === undefined) {
    const known = [...models.keys()];
    const hint = didYouMean(machine.model, known) || `; there is ${known.join(', ')}`;
    return [problem([...path, 'model'], `${dotted(path)}: unknown model "${machine.model}"${hint}`)];
  }
  const { config, unsure } = context;
  const partial = isCut(unsure, path);
  const scene: Scene = { config, machine, model, unsure: isCut(unsure, ['sources']), partial };
  return [
    ...Object.entries(machine.signals).flatMap(([name, entry]) =>
      checkSignal([...path, 'signals', name], name, entry, scene),
    ),
    ...Object.entries(machine.extra).flatMap(([name, entry]) =>
      checkExtra([...path, 'extra', name], name, entry, scene),
    ),
    ...checkDerived(path, scene).map((complaint) => ({ ...complaint, warning: false })),
    ...Object.entries(machine.parameters).flatMap(([name, value]) =>
      checkParameter([...path, 'parameters', name], name, value, model),
    ),
    ...checkForecast([...path, 'forecast'], machine.forecast, model).map(alwaysWrong),
    ...checkAlarms(path, { ...scene, unsure: scene.unsure || partial }).map(alwaysWrong),
    ...checkDetection(path, machine, model).map((complaint) => ({ ...complaint, warning: false })),
    ...checkCoverage(path, machine, model, context.unsure),
  ];
}

/** Something at or below `path` was cut out as wrong. */
function isCut(unsure: readonly Path[], path: Path): boolean {
  return unsure.some((cut) => path.every((key, index) => cut[index] === key));
}

interface Scene {
  readonly config: Config;
  readonly machine: MachineConfig;
  readonly model: Model;
  readonly unsure: boolean;
  readonly partial: boolean;
}

function checkSignal(
  path: Path,
  name: string,
  entry: MachineConfig['signals'][string],
  scene: Scene,
): Finding[] {
  const { model, config, unsure } = scene;
  const signals = [...model.inputs, ...model.outputs];
  const spec = signals.find((signal) => signal.name === name);
  const details = resolveSignal(entry);
  const found: Finding[] = [];
  if (spec === undefined) {
    const known = signals.map((signal) => signal.name);
    const hint = didYouMean(name, known) || `; it has ${known.join(', ')}; others go under extra`;
    found.push(problem(path, `the model "${model.id}" has no signal "${name}"${hint}`, 'key'));
  }
  const complaints = isFed(details)
    ? checkFeed(path, details.derived, spec?.unit ?? '', scene)
    : checkMapping(path, entry, details, spec, config.sources, unsure);
  return [...found, ...complaints.map((complaint) => ({ ...complaint, warning: false }))];
}

function checkExtra(
  path: Path,
  name: string,
  entry: MachineConfig['extra'][string],
  { model, config, unsure }: Scene,
): Finding[] {
  const own = [...model.inputs, ...model.outputs].some((signal) => signal.name === name);
  if (own) {
    const text = `"${name}" is a signal of the model "${model.id}"; it goes under signals`;
    return [problem(path, `${dotted(path)}: ${text}`, 'key')];
  }
  const details = resolveExtra(entry);
  const spec = { name, unit: details.unit, about: '', align: 'linear', initial: 0 } as const;
  return checkMapping(path, entry, details, spec, config.sources, unsure).map((complaint) => ({
    ...complaint,
    warning: false,
  }));
}

function checkParameter(path: Path, name: string, value: number, model: Model): Finding[] {
  const spec = model.parameters.find((parameter) => parameter.name === name);
  if (spec === undefined) {
    const known = model.parameters.map((parameter) => parameter.name);
    const hint = didYouMean(name, known) || `; it has ${known.join(', ')}`;
    return [problem(path, `the model "${model.id}" has no parameter "${name}"${hint}`, 'key')];
  }
  if (value >= spec.min && value <= spec.max) return [];
  return [problem(path, `${dotted(path)}: ${boundsText(spec)}, found ${value}`)];
}

function boundsText({ min, max, unit, about }: ParameterSpec): string {
  const inUnit = unit === '' || unit === '1' ? '' : ` ${unit}`;
  return `expected ${min} to ${max}${inUnit} (${about})`;
}

/** What the twin will have to assume. */
function checkCoverage(path: Path, machine: MachineConfig, model: Model, unsure: readonly Path[]): Finding[] {
  if (isCut(unsure, path)) return [];
  const warning = (text: string): Finding => ({
    path,
    which: 'key',
    text: `${dotted(path)}: ${text}`,
    warning: true,
  });
  const assumed = model.inputs
    .filter(({ name }) => !Object.hasOwn(machine.signals, name))
    .map(({ name, initial, unit }) => `${name} = ${initial} ${unit}`.trimEnd());
  const measured = model.outputs.some(({ name }) => Object.hasOwn(machine.signals, name));
  const one = assumed.length === 1;
  const inputs = `${assumed.length} ${one ? 'input' : 'inputs'} of the model ${one ? 'has' : 'have'} no tag`;
  return [
    ...(assumed.length === 0 ? [] : [warning(`${inputs}; the twin assumes ${assumed.join(', ')}`)]),
    ...(measured
      ? []
      : [warning('no output of the model has a tag: the twin predicts, and nothing can contradict it')]),
  ];
}

function checkPorts(config: Config): Finding[] {
  const all = listens(config).filter(({ port }) => port !== 0);
  return all.flatMap((later, index) => {
    const first = all.slice(0, index).find(({ port, host }) => port === later.port && meet(host, later.host));
    if (first === undefined) return [];
    return [
      problem(
        later.path,
        `${dotted(later.path)}: port ${later.port} is taken by ${dotted(first.path)} already`,
      ),
    ];
  });
}

function meet(a: string, b: string): boolean {
  const everywhere = ['0.0.0.0', '::', ''];
  const loopback = ['127.0.0.1', 'localhost', '::1'];
  if (everywhere.includes(a) || everywhere.includes(b)) return true;
  return a === b || (loopback.includes(a) && loopback.includes(b));
}
