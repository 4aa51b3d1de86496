// What no single part can know: names and numbers that must fit between parts. Pure.
import type { Model, ParameterSpec } from '../core/model.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from './edit-distance.ts';
import type { MachineConfig } from './machine.ts';
import { resolveSignal } from './machine.ts';
import { dotted, type Path } from './problem.ts';
import { type Config, listens, refusals } from './schema.ts';
import { checkTag, unitText } from './tag-reference.ts';

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
  return [...machines, ...checkPorts(config)];
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
  return [
    ...Object.entries(machine.signals).flatMap(([name, entry]) =>
      checkSignal([...path, 'signals', name], name, entry, model, context),
    ),
    ...Object.entries(machine.parameters).flatMap(([name, value]) =>
      checkParameter([...path, 'parameters', name], name, value, model),
    ),
    ...checkCoverage(path, machine, model, context.unsure),
  ];
}

function checkSignal(
  path: Path,
  name: string,
  entry: MachineConfig['signals'][string],
  model: Model,
  context: Context,
): Finding[] {
  const signals = [...model.inputs, ...model.outputs];
  const spec = signals.find((signal) => signal.name === name);
  const details = resolveSignal(entry);
  const found: Finding[] = [];
  if (spec === undefined) {
    const known = signals.map((signal) => signal.name);
    const hint = didYouMean(name, known) || `; it has ${known.join(', ')}`;
    found.push(problem(path, `the model "${model.id}" has no signal "${name}"${hint}`, 'key'));
  }
  if (details.missingMs < details.staleMs) {
    const text = `missingMs (${details.missingMs}) is shorter than staleMs (${details.staleMs}): a signal is stale first, then missing`;
    found.push(problem([...path, 'missingMs'], `${dotted(path)}: ${text}`));
  }
  const tagPath = typeof entry === 'string' ? path : [...path, 'tag'];
  const unsure = context.unsure.some((cut) => cut[0] === 'sources');
  const tag = checkTag(details.tag, context.config.sources, unsure);
  if (tag.text !== '') found.push(problem(tagPath, `${dotted(path)}: ${tag.text}`));
  const unit = spec === undefined ? '' : unitText(details.tag, tag.units, spec.unit);
  if (unit !== '') found.push(problem(tagPath, `${dotted(path)}: ${unit}`));
  return found;
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
  const cut = unsure.some((item) => path.every((key, index) => item[index] === key));
  if (cut) return [];
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
