// What zod found wrong, in words for the person who wrote the file. Pure; shows values as written,
// so a reference and never the secret behind it.
import type { z } from 'zod';
import { didYouMean } from '../formats/edit-distance.ts';
import { dotted, type Path, pathKey } from './problem.ts';
import { branchesOf, isGroup, likelyBranch, likelyShape, type Shape, shapeAt, valueAt } from './shape.ts';
import { judgeMeantBranch } from './union-branch.ts';
import { boundsOf, expectation, found, isSecretKey } from './wording.ts';

export interface Explained {
  readonly path: Path;
  /** Point at the key (an unknown one, a missing one's parent) or at the value. */
  readonly which: 'key' | 'value';
  readonly text: string;
}

type Issue = z.core.$ZodIssue;

/** `written` is the value before references were resolved, `resolved` the one that was judged. */
export function explainIssues(
  issues: readonly Issue[],
  root: Shape,
  values: { readonly written: unknown; readonly resolved: unknown },
): Explained[] {
  const context = { root, ...values, judged: new Set<string>() };
  return withoutEchoes(issues.flatMap((issue) => explainIssue(issue, [], 0, context)));
}

/** A part's own check of a group may repeat what was said of a key in it; the nearer place is enough. */
function withoutEchoes(all: readonly Explained[]): Explained[] {
  const words = all.map(({ path, text }) => text.replace(`${dotted(path)}: `, ''));
  return all.filter(
    ({ path }, index) =>
      !all.some(
        (other, place) =>
          words[place] === words[index] &&
          other.path.length > path.length &&
          path.every((key, depth) => other.path[depth] === key),
      ),
  );
}

interface Context {
  readonly root: Shape;
  readonly written: unknown;
  readonly resolved: unknown;
  /** Unions that were judged by the branch meant: once each. */
  readonly judged: Set<string>;
}

/** `from`: unions above this depth have been looked into. */
function explainIssue(issue: Issue, base: Path, from: number, context: Context): Explained[] {
  const path: Path = [...base, ...(issue.path as Path)];
  const meant = judgeMeantBranch(path, from, context.root, context);
  if (meant !== undefined && meant.issues.length > 0 && !wrongKind(meant.path, context)) {
    const key = pathKey(meant.path);
    if (context.judged.has(key)) return [];
    context.judged.add(key);
    return meant.issues.flatMap((inner) => explainIssue(inner, meant.path, meant.path.length + 1, context));
  }
  return explainLeaf(issue, path, context);
}

function explainLeaf(issue: Issue, path: Path, context: Context): Explained[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, context));
  if (issue.code === 'invalid_key') {
    const text = `the name "${String(path.at(-1))}" cannot be used: ${issue.issues[0]?.message ?? ''}`;
    return [{ path, which: 'key', text }];
  }
  const value = valueAt(context.written, path);
  if (value === undefined) return [missingKey(path, context)];
  const text = issue.code === 'invalid_union' ? unionText(issue, path, value, context) : undefined;
  return [
    { path, which: 'value', text: `${dotted(path)}: ${text ?? valueText(issue, path, value, context)}` },
  ];
}

/** A list where text or a group is wanted: no branch is meant, the words name all of them. */
function wrongKind(path: Path, context: Context): boolean {
  const shape = shapeAt(context.root, context.written, path);
  const value = valueAt(context.written, path);
  return shape !== undefined && !branchesOf(shape).some((branch) => sameKind(branch, value));
}

function unionText(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  value: unknown,
  context: Context,
): string {
  const shape = shapeAt(context.root, context.written, path);
  const branches = shape === undefined ? [] : branchesOf(shape);
  if (issue.errors.length === 0) return oneOf(optionsOf(issue, shape), value, path);
  const constants = branches.map((branch) => branch.const);
  if (constants.every((constant) => constant !== undefined)) return oneOf(constants, value, path);
  return `expected ${expectation(shape ?? {})}, found ${found(value, path)}`;
}

function sameKind(branch: Shape, value: unknown): boolean {
  if (isGroup(value)) return branch.type === 'object' || branch.anyOf !== undefined;
  if (Array.isArray(value)) return branch.type === 'array';
  return branch.type === typeof value || (branch.type === 'integer' && typeof value === 'number');
}

/** zod names the choices of a discriminator; older releases leave them to the schema. */
function optionsOf(issue: z.core.$ZodIssueInvalidUnion, shape: Shape | undefined): readonly unknown[] {
  const options = (issue as { options?: readonly unknown[] }).options;
  return options ?? shape?.enum ?? [];
}

function unknownKey(parent: Path, key: string, context: Context): Explained {
  const path = [...parent, key];
  const shape = shapeAt(context.root, context.written, parent);
  const value = valueAt(context.written, parent);
  const known = Object.keys(shape === undefined ? {} : (likelyShape(shape, value).properties ?? {}));
  const other = shape === undefined ? undefined : wrongBranch(shape, value, key);
  if (other !== undefined) return { path, which: 'key', text: other };
  const free = known.filter((name) => !isGroup(value) || !Object.hasOwn(value, name));
  const near = didYouMean(key, free) || didYouMean(key, known);
  const list = near === '' && known.length > 0 ? `; known here: ${known.join(', ')}` : '';
  return { path, which: 'key', text: `unknown key "${key}"${near || list}` };
}

/** A key of the other kind, such as `host` beside `url`. */
function wrongBranch(shape: Shape, value: unknown, key: string): string | undefined {
  const branches = branchesOf(shape);
  if (branches.length < 2 || !isGroup(value)) return undefined;
  const chosen = branches[likelyBranch(branches, value)];
  const owner = branches.find((branch) => branch !== chosen && Object.hasOwn(branch.properties ?? {}, key));
  if (owner === undefined) return undefined;
  const missing = (owner.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const present = (chosen?.required ?? []).filter((name) => Object.hasOwn(value, name));
  const own = present.filter((name) => chosen?.properties?.[name]?.const !== undefined);
  const decider = own[0] ?? present[0];
  if (missing.length > 0) return `the key "${key}" goes only with "${missing[0]}", which is missing here`;
  if (decider === undefined) return undefined;
  const shown = own.length > 0 ? `${decider}: ${String(value[decider])}` : decider;
  return `the key "${key}" does not go together with "${shown}"; remove one of them`;
}

function missingKey(path: Path, context: Context): Explained {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const shape = discriminator(parent, key, context) ?? shapeAt(context.root, context.written, path);
  const about = shape?.description === undefined ? '' : ` (${shape.description.replace(/\.$/, '')})`;
  const choices = shape === undefined ? '' : choicesOf(shape);
  const where = parent.length === 0 ? 'the configuration' : dotted(parent);
  const start = key === 'version' && parent.length === 0 ? '; begin the file with "version: 1"' : '';
  const text = `${where}: the key "${key}" is missing${choices || about}${start}`;
  return { path, which: 'key', text: start === '' ? text : `the key "version" is missing${start}` };
}

/** `type` of a source: each branch has its own constant there. */
function discriminator(parent: Path, key: string, context: Context): Shape | undefined {
  const shape = shapeAt(context.root, context.written, parent);
  const branches = shape === undefined ? [] : branchesOf(shape);
  const constants = branches.map((branch) => branch.properties?.[key]?.const);
  const all = constants.length > 1 && constants.every((constant) => constant !== undefined);
  return all ? { enum: constants } : undefined;
}

function choicesOf(shape: Shape): string {
  return shape.enum === undefined ? '' : `: one of ${shape.enum.join(', ')}`;
}

function valueText(issue: Issue, path: Path, value: unknown, context: Context): string {
  const shape = shapeAt(context.root, context.written, path);
  if (path.length === 1 && path[0] === 'version' && typeof value === 'number') {
    return `this file is of format ${value}, this gemel reads format 1`;
  }
  switch (issue.code) {
    case 'invalid_value':
      return oneOf(issue.values, value, path);
    case 'invalid_type':
      return `expected ${expectation(shape ?? { type: issue.expected })}, found ${found(value, path)}${typeHint(shape, value, path)}`;
    case 'too_small':
    case 'too_big':
      return `expected ${boundsOf(shape ?? {})}, found ${found(value, path)}`;
    case 'invalid_format':
      return `${formatText(issue.message, shape)}, found ${found(value, path)}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}, found ${found(value, path)}`;
    // A part's own check has its own words; the others are explained before they come here.
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'unrecognized_keys':
      return issue.message;
  }
}

function formatText(message: string, shape: Shape | undefined): string {
  if (!message.startsWith('Invalid')) return message;
  return shape?.description === undefined
    ? 'expected another form'
    : `expected: ${shape.description.replace(/\.$/, '')}`;
}

/** The slips that YAML and references invite. */
function typeHint(shape: Shape | undefined, value: unknown, path: Path): string {
  if (value === null) return '; fill it in, or remove the line';
  if (typeof value === 'number' && shape?.type === 'string') return '; put it in quotes';
  if (typeof value !== 'string' || shape === undefined || isSecretKey(path)) return '';
  if (value.includes('${')) return '; a reference gives text, and only text';
  if (shape.type === 'boolean' && /^(yes|no|on|off)$/i.test(value)) return '; write true or false';
  if (shape.type !== 'number' && shape.type !== 'integer') return '';
  if (/^-?\d+(\.\d+)?$/.test(value.trim())) return '; remove the quotes';
  if (/^-?\d+,\d+$/.test(value.trim())) return '; the decimal sign is a point';
  const digits = value.replace(/(?<=\d)[_' ](?=\d)/g, '');
  return digits !== value && /^-?\d+(\.\d+)?$/.test(digits) ? `; write ${digits}` : '';
}

function oneOf(options: readonly unknown[], value: unknown, path: Path): string {
  const list = options.map(String);
  const expected = list.length > 2 ? `one of ${list.join(', ')}` : list.join(' or ');
  const text = typeof value === 'string';
  const index = list.indexOf(String(value));
  const quotes = index < 0 ? '' : `; ${text ? 'remove the quotes' : 'put it in quotes'}`;
  const near = text && quotes === '' ? didYouMean(value, list) : quotes;
  return `expected ${expected}, found ${found(value, path)}${near}`;
}
