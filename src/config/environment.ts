// GEMEL_… variables: which key each one sets, and its value. Reads the variables it is given and nothing else.
import { parse } from 'yaml';
import { didYouMean } from '../formats/edit-distance.ts';
import { dotted, type Path, type Problem } from './problem.ts';
import { branchesOf, childValue, isGroup, type Shape } from './shape.ts';
import { expectation } from './wording.ts';

/** Ours, but no keys of the file. */
export const reservedVariables: readonly string[] = ['GEMEL_CONFIG'];

export interface Override {
  readonly path: Path;
  readonly value: unknown;
  readonly variable: string;
}

interface Target {
  readonly path: Path;
  readonly shape: Shape;
}

const prefix = 'GEMEL_';

export function ourVariables(env: NodeJS.ProcessEnv): [name: string, value: string][] {
  return Object.entries(env)
    .filter((entry): entry is [string, string] => entry[0].startsWith(prefix) && entry[1] !== undefined)
    .filter(([name, value]) => !reservedVariables.includes(name) && !isServiceLink(name, value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

export function readEnvironment(
  env: NodeJS.ProcessEnv,
  shape: Shape,
  value: unknown,
): { overrides: Override[]; problems: Problem[] } {
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  const variables = ourVariables(env);
  if (variables.length === 0) return { overrides, problems };
  const targets = collectTargets(shape, value);
  for (const [variable, text] of variables) {
    const complain = (path: string, what: string): void => {
      problems.push({ place: { in: 'environment', variable }, path, text: what });
    };
    const [target, other] = targets.get(variable) ?? [];
    if (target === undefined) complain('', unknownText(variable, targets));
    else if (other !== undefined) {
      complain('', `this could be ${dotted(target.path)} or ${dotted(other.path)}; set it in the file`);
    } else {
      const read = readValue(text, target.shape);
      if ('problem' in read) complain(dotted(target.path), `${dotted(target.path)}: ${read.problem}`);
      else overrides.push({ path: target.path, value: read.value, variable });
    }
  }
  return { overrides, problems };
}

/** `GEMEL_LOOP_PERIOD_MS` of loop.periodMs. */
export function variableName(path: Path): string {
  return prefix + path.map((key) => snake(String(key))).join('_');
}

/** A container host tells of services called "gemel…" in variables of this form; they are not for us. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name) ||
    /^(tcp|udp|sctp):\/\//.test(value)
  );
}

function snake(key: string): string {
  return plain(key.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));
}

function plain(key: string): string {
  return key.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/** Every single value that can be set now, by the names of its variable; a name may stand for several. */
function collectTargets(root: Shape, rootValue: unknown): Map<string, Target[]> {
  const targets = new Map<string, Target[]>();
  const add = (name: string, target: Target): void => {
    const list = targets.get(name) ?? [];
    const known = list.some(({ path }) => dotted(path) === dotted(target.path));
    if (!known) targets.set(name, [...list, target]);
  };
  const walk = (shape: Shape, value: unknown, path: Path, names: readonly string[]): void => {
    const branches = branchesOf(shape).flatMap(branchesOf);
    if (branches.some(isSingle)) for (const name of names) add(name, { path, shape });
    const scalar = value !== undefined && value !== null && typeof value !== 'object';
    if (scalar && branches.some(isSingle)) return;
    for (const branch of branches) {
      for (const [key, child] of childrenOf(branch, value)) {
        const spellings = new Set([snake(String(key)), plain(String(key))]);
        const longer = names.flatMap((name) => [...spellings].map((spelling) => `${name}_${spelling}`));
        walk(child, childValue(value, key), [...path, key], longer);
      }
    }
  };
  walk(root, rootValue, [], [prefix.slice(0, -1)]);
  return targets;
}

function isSingle(shape: Shape): boolean {
  return shape.type !== 'object' && shape.type !== 'array';
}

function childrenOf(shape: Shape, value: unknown): [key: string | number, shape: Shape][] {
  if (shape.type === 'array') {
    const items = shape.items;
    return items === undefined || !Array.isArray(value) ? [] : value.map((_, index) => [index, items]);
  }
  const each = shape.additionalProperties;
  if (typeof each === 'object') return isGroup(value) ? Object.keys(value).map((key) => [key, each]) : [];
  return Object.entries(shape.properties ?? {});
}

function unknownText(variable: string, targets: ReadonlyMap<string, readonly Target[]>): string {
  const canonical = [...targets].filter(([name, list]) =>
    list.some(({ path }) => variableName(path) === name),
  );
  const below = canonical.map(([name]) => name).filter((name) => name.startsWith(`${variable}_`));
  if (below.length > 0) {
    const more = below.length > 3 ? ', …' : '';
    return `this is a group of keys; set them one by one: ${below.slice(0, 3).join(', ')}${more}`;
  }
  return `no key of the configuration has this name${didYouMean(variable, targets.keys())}`;
}

function readValue(text: string, shape: Shape): { value: unknown } | { problem: string } {
  const singles = branchesOf(shape).flatMap(branchesOf).filter(isSingle);
  if (singles.every(({ type }) => type === 'string')) return { value: text };
  if (text.trim() === '') return { problem: `expected ${expectation(shape)}, found nothing` };
  try {
    const value: unknown = parse(text);
    return { value: typeof value === 'object' ? text : value };
  } catch {
    return { value: text };
  }
}
