// Reads a snapshot into a value that was made by the same setup: in place, so that whoever holds a part of it goes on
// holding it. Whatever is not as it was when it was written is refused, with the place at which it differs.
import {
  bytesOf,
  type Columns,
  columnKind,
  columnKinds,
  digestOf,
  Mark,
  snapshotForm,
  snapshotMagic,
  wiring,
} from './snapshot-form.ts';

/** Why a snapshot does not belong to what it is read into. */
export class SnapshotMismatch extends Error {}

interface In {
  readonly data: Uint8Array;
  readonly view: DataView;
  at: number;
  /** By the order in which they were written: what stood there before, and what stands there now. */
  readonly before: (object | undefined)[];
  readonly now: object[];
  readonly shapes: string[][];
}

/** `into` is left half read when it throws. */
export function readValue(data: Uint8Array, into: unknown): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const from: In = { data, view, at: 0, before: [], now: [], shapes: [] };
  if (data.length < 8 || whole(from) !== snapshotMagic) throw new SnapshotMismatch('it is no snapshot');
  const form = whole(from);
  if (form !== snapshotForm) throw new SnapshotMismatch(`it is of form ${form}, and this is ${snapshotForm}`);
  read(from, into, 'core');
  if (from.at !== data.length) throw new SnapshotMismatch('there is more in it');
}

/** What belongs in the place in which `old` is: `old` itself wherever that can be. */
function read(from: In, old: unknown, path: string): unknown {
  const kind = mark(from);
  switch (kind) {
    case Mark.undefined:
      return undefined;
    case Mark.null:
      return null;
    case Mark.false:
      return false;
    case Mark.true:
      return true;
    case Mark.number:
      return float(from);
    case Mark.text:
      return text(from);
    case Mark.function:
      return typeof old === 'function' ? old : differs(path, 'a function was here');
    case Mark.constant:
      return text(from) === digestOf(old) ? old : differs(path, 'it said something else');
    case Mark.again:
      return readAgain(from, old, path);
    case Mark.columns:
      return readColumns(from, old, path);
    case Mark.list:
      return readList(from, old, path);
    case Mark.object:
      return readFields(from, old, path);
    case Mark.map:
      return readMap(from, old, path);
    default:
      return differs(path, 'it is damaged');
  }
}

function keep({ before, now }: In, old: unknown, made: object): void {
  before.push(isObject(old) ? old : undefined);
  now.push(made);
}

function readAgain(from: In, old: unknown, path: string): unknown {
  const index = whole(from);
  if (index >= from.now.length) differs(path, 'it is damaged');
  const was = from.before[index];
  if (was !== undefined && old !== was) differs(path, 'it was one with another part');
  return from.now[index];
}

function readColumns(from: In, old: unknown, path: string): unknown {
  const kind = mark(from);
  const length = whole(from);
  const Kind = columnKinds[kind] ?? differs(path, 'it is damaged');
  if (isObject(old) && columnKind(old) !== kind) differs(path, 'it was of another kind of number');
  if (length * Kind.BYTES_PER_ELEMENT > from.data.length - from.at) differs(path, 'it is cut off');
  // What grows as it needs room is made anew.
  const fits = isObject(old) && (old as Columns).length === length;
  const columns = fits ? (old as Columns) : new Kind(length);
  keep(from, old, columns);
  const at = need(from, columns.byteLength);
  bytesOf(columns).set(from.data.subarray(at, from.at));
  return columns;
}

function readList(from: In, old: unknown, path: string): unknown {
  const length = whole(from);
  if (old !== undefined && !Array.isArray(old)) differs(path, 'a list was here');
  const list: unknown[] = old ?? [];
  // An empty one is a queue; any other is by machine, by group or by signal.
  if (list.length > 0 && list.length !== length)
    differs(path, `there were ${length}, and here are ${list.length}`);
  if (length > from.data.length - from.at) differs(path, 'it is cut off');
  keep(from, old, list);
  for (let i = 0; i < length; i++) list[i] = read(from, list[i], `${path}[${i}]`);
  return list;
}

function readMap(from: In, old: unknown, path: string): unknown {
  const size = whole(from);
  if (old !== undefined && !(old instanceof Map)) differs(path, 'a map was here');
  const map: Map<unknown, unknown> = old ?? new Map();
  const olds = new Map(map);
  keep(from, old, map);
  map.clear();
  for (let i = 0; i < size; i++) {
    const key = read(from, undefined, `${path} key`);
    map.set(key, read(from, olds.get(key), `${path}.get(${String(key)})`));
  }
  return map;
}

function readFields(from: In, old: unknown, path: string): unknown {
  const keys = readShape(from, path);
  if (isObject(old)) sameKeys(keys, old, path);
  const fields = (isObject(old) ? old : {}) as Record<string, unknown>;
  keep(from, old, fields);
  for (const key of keys) {
    const field = fields[key];
    const found = read(from, field, `${path}.${key}`);
    // A field that is there and undefined is there.
    if (!Object.is(found, field) || !Object.hasOwn(fields, key)) fields[key] = found;
  }
  return fields;
}

function readShape(from: In, path: string): string[] {
  const index = whole(from);
  if (index === from.shapes.length) {
    const words = text(from);
    from.shapes.push(words === '' ? [] : words.split('\n'));
  }
  return from.shapes[index] ?? differs(path, 'it is damaged');
}

function sameKeys(keys: readonly string[], old: object, path: string): void {
  const here = Object.keys(old).filter((key) => !wiring.has(key));
  if (here.length === keys.length && here.every((key, i) => key === keys[i] || keys.includes(key))) return;
  differs(path, `it had ${keys.join(', ')}; here it has ${here.join(', ')}`);
}

function differs(path: string, what: string): never {
  throw new SnapshotMismatch(`at ${path}: ${what}`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Where the next so many bytes begin. */
function need(from: In, bytes: number): number {
  const { at } = from;
  from.at += bytes;
  if (from.at > from.data.length) throw new SnapshotMismatch('it is cut off');
  return at;
}

function mark(from: In): number {
  return from.data[need(from, 1)]!;
}

function whole(from: In): number {
  return from.view.getUint32(need(from, 4), true);
}

function float(from: In): number {
  return from.view.getFloat64(need(from, 8), true);
}

function text(from: In): string {
  const length = whole(from);
  let at = need(from, length * 2);
  let words = '';
  for (let i = 0; i < length; i++, at += 2) words += String.fromCharCode(from.view.getUint16(at, true));
  return words;
}
