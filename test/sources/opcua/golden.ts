// Runs one folder of test/golden/opcua: configured tags, DataValues as the library would hand them over, and
// what reaches the feed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { qualityName } from '../../../src/core/quality.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { planTags } from '../../../src/sources/opcua/tag-plan.ts';
import { newIntake } from '../../../src/sources/opcua/values/intake.ts';
import type { WireValue, WireVariant } from '../../../src/sources/opcua/values/wire.ts';
import { createKeptFeed } from '../../kept-feed.ts';

const types: Readonly<Record<string, number>> = {
  Null: 0,
  Boolean: 1,
  SByte: 2,
  Byte: 3,
  Int16: 4,
  UInt16: 5,
  Int32: 6,
  UInt32: 7,
  Int64: 8,
  UInt64: 9,
  Float: 10,
  Double: 11,
  String: 12,
  DateTime: 13,
  ByteString: 15,
  XmlElement: 16,
  NodeId: 17,
  LocalizedText: 21,
  ExtensionObject: 22,
  Variant: 24,
};

interface GoldenInput {
  lost?: boolean;
  refused?: number;
  history?: GoldenInput[];
  type?: string;
  value?: unknown;
  array?: number;
  dimensions?: number[];
  status?: number;
  source?: string;
  server?: string;
  picoseconds?: number;
}

export function runGolden(folder: string) {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const config = opcuaSourceSchema.parse({
    type: 'opcua',
    url: 'opc.tcp://127.0.0.1:4840',
    ...parse(read('config.yaml')),
  });
  const plan = planTags(config);
  const feed = createKeptFeed(Date.parse('2026-11-20T23:46:01Z'));
  const intake = newIntake(feed, plan, 0);
  for (const line of read('input.jsonl').split('\n')) {
    if (line.trim() === '') continue;
    const input = JSON.parse(line) as GoldenInput;
    feed.timeMs += 1000;
    if (input.lost === true) intake.lost();
    else if (input.history !== undefined) intake.backfill(0, input.history.map(wireOf));
    else if (input.refused !== undefined) intake.refused(0, input.refused);
    else intake.value(0, wireOf(input));
  }
  return {
    items: plan.items.length,
    // NaN is null here, as it is on every wire; all digits of a 64-bit integer are a text.
    samples: feed.samples.map(({ tag, value, quality, sourceMs, exact }) => ({
      tag,
      value: Number.isNaN(value) ? null : value,
      ...(exact === undefined ? {} : { exact: exact.toString() }),
      quality: qualityName(quality),
      sourceMs: Number.isNaN(sourceMs) ? null : sourceMs,
    })),
    rejects: feed.rejects,
    remarks: feed.remarks,
  };
}

function wireOf({
  type,
  value,
  array = 0,
  dimensions,
  status = 0,
  source,
  server,
  picoseconds,
}: GoldenInput) {
  const wire: WireValue & { sourcePicoseconds?: number } = {
    ...(type === undefined ? {} : { value: variantOf(type, value, array, dimensions) }),
    statusCode: { value: status },
    ...(source === undefined ? {} : { sourceTimestamp: new Date(source) }),
    ...(server === undefined ? {} : { serverTimestamp: new Date(server) }),
    ...(picoseconds === undefined ? {} : { sourcePicoseconds: picoseconds }),
  };
  return wire;
}

function variantOf(type: string, value: unknown, arrayType: number, dimensions?: number[]): WireVariant {
  const raw = Array.isArray(value) && arrayType > 0 ? listOf(type, value) : rawOf(type, value);
  return {
    dataType: types[type]!,
    arrayType,
    value: raw,
    ...(dimensions === undefined ? {} : { dimensions }),
  };
}

/** Numbers come in typed arrays. */
function listOf(type: string, values: unknown[]): unknown {
  if (type === 'Double') return Float64Array.from(values as number[]);
  if (type === 'Float') return Float32Array.from(values as number[]);
  return values.map((value) => rawOf(type, value));
}

function rawOf(type: string, value: unknown): unknown {
  if (value === null) return null;
  if (type === 'Int64' || type === 'UInt64') return wordsOf(value as string);
  if (type === 'DateTime') return new Date(value as string);
  if (type === 'ByteString') return Buffer.from(value as string, 'base64');
  if (type === 'Double' || type === 'Float') return Number(value);
  return type === 'ExtensionObject' ? structureOf(value as Record<string, unknown>) : value;
}

function wordsOf(value: string): [number, number] {
  const bits = BigInt.asUintN(64, BigInt(value));
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
}

/** Like a structure the library has decoded: fields in lower camel case, and a schema with the names as declared. */
function structureOf(members: Record<string, unknown>): object {
  if (members['opaque'] === true)
    return { nodeId: 'ns=1;i=9', buffer: Buffer.from([1]), schema: { fields: [] } };
  const fields = Object.entries(members).map(([name, value]) => ({
    name: name[0]!.toLowerCase() + name.slice(1),
    originalName: name,
    fieldType: typeof value === 'string' ? 'UInt64' : 'Double',
    value: memberOf(value),
  }));
  const values = fields.map(({ name, value }) => [name, value] as const);
  return Object.assign(Object.fromEntries(values), { schema: { fields } });
}

function memberOf(value: unknown): unknown {
  if (typeof value === 'string') return wordsOf(value);
  const isStructure = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isStructure ? structureOf(value as Record<string, unknown>) : value;
}
