// A member of a decoded structure, by the names the server declares. Pure: of the library it knows only how a
// structure looks once decoded, and that one which could not be has no schema.

interface Field {
  readonly name: string;
  readonly originalName?: string;
  readonly fieldType: string;
}

interface Schema {
  readonly fields: readonly Field[];
  getBaseSchema?(): Schema | null;
}

/** A value inside a structure, with its built-in type where the structure says it. */
export interface Member {
  /** 'absent': no such member; 'opaque': the structure is of no known type. */
  found: 'value' | 'absent' | 'opaque';
  value: unknown;
  dataType: number;
}

const depthMax = 16;

/** Of the declared types only those matter whose values would be taken for something else. */
const builtIn: ReadonlyMap<string, number> = new Map([
  ['Int64', 8],
  ['UInt64', 9],
  ['UtcTime', 13],
  ['DateTime', 13],
  ['ByteString', 15],
]);

export function newMember(): Member {
  return { found: 'absent', value: undefined, dataType: 0 };
}

/** Walks `path` from `root` (a structure, or an array of them) into `into`. */
export function memberAt(root: unknown, path: readonly string[], into: Member): void {
  into.found = isTorn(root, 0) ? 'opaque' : 'value';
  into.value = root;
  into.dataType = 0;
  if (into.found !== 'value') return;
  for (const name of path) {
    step(into, name);
    if (into.found !== 'value') return;
  }
  if (into.dataType === 0) into.dataType = guess(into.value);
}

function step(into: Member, name: string): void {
  const { value } = into;
  if (isList(value)) {
    const place = /^\d{1,6}$/.test(name) ? Number(name) : -1;
    into.found = place >= 0 && place < value.length ? 'value' : 'absent';
    into.value = value[place];
    return;
  }
  if (isVariant(value)) {
    into.value = value.value;
    into.dataType = value.dataType;
    step(into, name);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    into.found = 'absent';
    return;
  }
  const schema = schemaOf(value);
  if (schema === undefined) {
    into.found = 'opaque';
    return;
  }
  const field = fieldOf(schema, name);
  into.found = field === undefined ? 'absent' : 'value';
  if (field === undefined) return;
  // An optional member that was left out is there without a value.
  into.value = (value as Record<string, unknown>)[field.name] ?? null;
  into.dataType = builtIn.get(field.fieldType) ?? 0;
  if (isVariant(into.value)) {
    into.dataType = into.value.dataType;
    into.value = into.value.value;
  }
}

/**
 * A structure inside whose own type could not be fetched is taken by the library for an empty one, and all that
 * follows for something else: none of it is believed. One that came with its length, as bytes, does no harm.
 */
function isTorn(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > depthMax) return false;
  if (Array.isArray(value))
    return typeof value[0] === 'object' && value.some((one) => isTorn(one, depth + 1));
  if (!('schema' in value)) return false;
  const schema = schemaOf(value);
  if (schema === undefined) return depth > 0 && !('buffer' in value);
  return schema.fields.some(({ name }) => isTorn((value as Record<string, unknown>)[name], depth + 1));
}

function fieldOf(schema: Schema, name: string): Field | undefined {
  const field = schema.fields.find((one) => one.originalName === name || one.name === name);
  if (field !== undefined) return field;
  const base = schema.getBaseSchema?.();
  return base ? fieldOf(base, name) : undefined;
}

/** The names of the members of a decoded structure; none of one that is of no known type. */
export function membersOf(value: unknown): string[] {
  const names: string[] = [];
  let schema: Schema | null | undefined =
    typeof value === 'object' && value !== null ? schemaOf(value) : undefined;
  while (schema) {
    names.push(...schema.fields.map(({ originalName, name }) => originalName ?? name));
    schema = schema.getBaseSchema?.();
  }
  return names;
}

function schemaOf(value: object): Schema | undefined {
  const schema: unknown = 'schema' in value ? value.schema : undefined;
  if (typeof schema !== 'object' || schema === null || !('fields' in schema)) return undefined;
  if (!Array.isArray(schema.fields)) return undefined;
  // Bytes of an unknown type come with the schema of the empty structure.
  return schema.fields.length === 0 && !(schema as Schema).getBaseSchema?.()?.fields.length
    ? undefined
    : (schema as Schema);
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !Buffer.isBuffer(value) && 'length' in value);
}

function isVariant(value: unknown): value is { dataType: number; value: unknown } {
  return typeof value === 'object' && value !== null && 'dataType' in value && 'arrayType' in value;
}

/** The number of the built-in type a plain value would have come as. */
function guess(value: unknown): number {
  if (typeof value === 'number') return 11;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'string') return 12;
  if (value === null || value === undefined) return 0;
  if (value instanceof Date) return 13;
  if (typeof value === 'object' && 'text' in value) return 21;
  return isList(value) && value.length > 0 && !Buffer.isBuffer(value) ? guess(value[0]) : 22;
}
