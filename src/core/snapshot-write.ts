// Writes everything that can be reached from a value: numbers bit by bit, and which of its parts are one and the same.
// A part of a kind that is not known here is an error, never left out.
import {
  bytesOf,
  type Columns,
  columnKind,
  digestOf,
  isConstant,
  Mark,
  snapshotForm,
  snapshotMagic,
  wiring,
} from './snapshot-form.ts';

const firstBytes = 1 << 16;

interface Out {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  /** Parts by the order in which they were written, and which fields a part has, the same. */
  readonly seen: Map<object, number>;
  readonly shapes: Map<string, number>;
}

/** All of a value, as bytes. */
export function writeValue(value: unknown): Uint8Array {
  const bytes = new Uint8Array(firstBytes);
  const view = new DataView(bytes.buffer);
  const out: Out = { bytes, view, at: 0, seen: new Map(), shapes: new Map() };
  whole(out, snapshotMagic);
  whole(out, snapshotForm);
  write(out, value, 'core');
  return out.bytes.slice(0, out.at);
}

function write(out: Out, one: unknown, path: string): void {
  if (typeof one === 'number') {
    mark(out, Mark.number);
    float(out, one);
  } else if (typeof one === 'string') {
    mark(out, Mark.text);
    text(out, one);
  } else if (typeof one === 'boolean') mark(out, one ? Mark.true : Mark.false);
  else if (one === undefined) mark(out, Mark.undefined);
  else if (one === null) mark(out, Mark.null);
  else if (typeof one === 'function') mark(out, Mark.function);
  else if (typeof one === 'object') writeObject(out, one, path);
  else throw new TypeError(`${path} is a ${typeof one}, of which no snapshot can be taken`);
}

function writeObject(out: Out, one: object, path: string): void {
  const before = out.seen.get(one);
  if (before !== undefined) {
    mark(out, Mark.again);
    whole(out, before);
    return;
  }
  out.seen.set(one, out.seen.size);
  const kind = columnKind(one);
  if (kind >= 0) writeColumns(out, one as Columns, kind);
  else if (Array.isArray(one)) writeList(out, one, path);
  else if (one instanceof Map) writeMap(out, one, path);
  else if (Object.getPrototypeOf(one) === Object.prototype) writeFields(out, one, path);
  else throw new TypeError(`${path} is of a kind of which no snapshot can be taken`);
}

function writeColumns(out: Out, columns: Columns, kind: number): void {
  mark(out, Mark.columns);
  mark(out, kind);
  whole(out, columns.length);
  room(out, columns.byteLength);
  out.bytes.set(bytesOf(columns), out.at);
  out.at += columns.byteLength;
}

function writeList(out: Out, list: readonly unknown[], path: string): void {
  mark(out, Mark.list);
  whole(out, list.length);
  for (let i = 0; i < list.length; i++) write(out, list[i], `${path}[${i}]`);
}

function writeMap(out: Out, map: ReadonlyMap<unknown, unknown>, path: string): void {
  mark(out, Mark.map);
  whole(out, map.size);
  for (const [key, value] of map) {
    write(out, key, `${path} key`);
    write(out, value, `${path}.get(${String(key)})`);
  }
}

function writeFields(out: Out, one: object, path: string): void {
  const keys = Object.keys(one).filter((key) => !wiring.has(key));
  mark(out, Mark.object);
  const shape = keys.join('\n');
  const known = out.shapes.get(shape);
  whole(out, known ?? out.shapes.size);
  if (known === undefined) {
    out.shapes.set(shape, out.shapes.size);
    text(out, shape);
  }
  for (const key of keys) {
    const field = (one as Record<string, unknown>)[key];
    if (isConstant(key, field)) {
      mark(out, Mark.constant);
      text(out, digestOf(field));
    } else write(out, field, `${path}.${key}`);
  }
}

function room(out: Out, bytes: number): void {
  if (out.at + bytes <= out.bytes.length) return;
  const larger = new Uint8Array(Math.max(out.bytes.length * 2, out.at + bytes));
  larger.set(out.bytes.subarray(0, out.at));
  out.bytes = larger;
  out.view = new DataView(larger.buffer);
}

function mark(out: Out, value: number): void {
  room(out, 1);
  out.bytes[out.at++] = value;
}

function whole(out: Out, value: number): void {
  room(out, 4);
  out.view.setUint32(out.at, value, true);
  out.at += 4;
}

function float(out: Out, value: number): void {
  room(out, 8);
  out.view.setFloat64(out.at, value, true);
  out.at += 8;
}

function text(out: Out, value: string): void {
  whole(out, value.length);
  room(out, value.length * 2);
  for (let i = 0; i < value.length; i++) {
    out.view.setUint16(out.at, value.charCodeAt(i), true);
    out.at += 2;
  }
}
