// Walks the JSON Schema of the configuration: which keys are known where, and which branch of a union is meant.
// The zod schema stays the only judge of a value; this only helps to explain and to find names.
import { z } from 'zod';
import { configSchema } from './schema.ts';

export type Constant = string | number | boolean | null;

export interface Shape {
  readonly type?: string;
  readonly const?: Constant;
  readonly enum?: readonly Constant[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
  readonly propertyNames?: Shape;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  /** Our own mark in a part's schema: the text is the path of a file. */
  readonly file?: boolean;
}

let made: Shape | undefined;

/** Made when first asked for: a start with a right file never needs it. Draft 7 is what editors read. */
export function configShape(): Shape {
  made ??= z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7', reused: 'inline' }) as Shape;
  return made;
}

export function branchesOf(shape: Shape): readonly Shape[] {
  const { type } = shape as { readonly type?: string | readonly string[] };
  if (Array.isArray(type)) return type.map((each: string) => ({ ...shape, type: each }));
  return shape.anyOf ?? shape.oneOf ?? [shape];
}

/** The index of the branch the writer of `value` most likely meant. */
export function likelyBranch(branches: readonly Shape[], value: unknown): number {
  const scores = branches.map((branch) => likeness(branch, value));
  return Math.max(0, scores.indexOf(Math.max(...scores)));
}

export function likelyShape(shape: Shape, value: unknown): Shape {
  const branches = branchesOf(shape);
  if (branches.length === 1) return branches[0] ?? shape;
  const chosen = branches[likelyBranch(branches, value)] ?? shape;
  return likelyShape(chosen, value);
}

function likeness(branch: Shape, value: unknown): number {
  if (!isGroup(value)) return typeMatches(branch, value) ? 1 : 0;
  if (branch.properties === undefined) return branch.type === 'object' ? 1 : Number.NEGATIVE_INFINITY;
  const known = Object.keys(branch.properties);
  const constants = Object.entries(branch.properties).filter(([, property]) => property.const !== undefined);
  const named = constants.filter(([key, property]) => value[key] === property.const).length;
  const required = branch.required ?? [];
  const complete = required.every((key) => Object.hasOwn(value, key));
  // A constant that fits decides; then a branch whose required keys are there; then the most known keys.
  const shared = known.filter((key) => Object.hasOwn(value, key)).length;
  const demanding = complete ? required.length * 100 : -required.length * 10;
  return 2 + named * 10_000 + demanding + shared;
}

function typeMatches(branch: Shape, value: unknown): boolean {
  if (branch.const !== undefined) return branch.const === value;
  if (Array.isArray(value)) return branch.type === 'array';
  if (branch.type === 'integer') return typeof value === 'number';
  return branch.type === typeof value;
}

/** The shape behind one key of a value of this shape; undefined when the key is unknown. */
export function childShape(shape: Shape, key: string | number, value: unknown): Shape | undefined {
  const likely = likelyShape(shape, value);
  if (likely.type === 'array') return likely.items;
  const property = likely.properties?.[key];
  if (property !== undefined) return property;
  return typeof likely.additionalProperties === 'object' ? likely.additionalProperties : undefined;
}

/** Down a path beside a value, as far as both go. */
export function shapeAt(
  root: Shape,
  rootValue: unknown,
  path: readonly (string | number)[],
): Shape | undefined {
  let shape: Shape | undefined = root;
  let value = rootValue;
  for (const key of path) {
    if (shape === undefined) return undefined;
    shape = childShape(shape, key, value);
    value = childValue(value, key);
  }
  return shape;
}

export function childValue(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isGroup(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
}

export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(childValue, value);
}

export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
