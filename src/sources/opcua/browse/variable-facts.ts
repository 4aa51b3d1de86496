// What a person wants to know of a variable before it becomes a tag: its type, its value now, its unit, whether
// it may be read. Asked for in batches.
import type { ClientSession, DataValue } from 'node-opcua-client';
import type { Library } from '../library.ts';
import { type CallLimits, inBatches } from '../session/limits.ts';
import type { WireVariant } from '../values/wire.ts';
import { engineeringUnit } from './engineering-unit.ts';
import type { TreeNode } from './walk.ts';

export interface VariableFacts {
  /** Name of the data type, as the server declares it. */
  readonly dataType: string;
  /** Number of the built-in type the value came with; 0 without a value. */
  readonly builtIn: number;
  /** Of an array or matrix; 0 where any length is allowed. Undefined: a scalar. */
  readonly dimensions: readonly number[] | undefined;
  readonly value: WireVariant | undefined;
  /** Name of the status, empty when it is Good. */
  readonly status: string;
  /** `unit` in the words of this gateway where it knows it, and `text` as the server has it. */
  readonly unit: { readonly unit: string; readonly text: string } | undefined;
  readonly access: { readonly read: boolean; readonly write: boolean; readonly history: boolean };
  /** Names of an enumeration by number. */
  readonly words: ReadonlyMap<number, string> | undefined;
}

interface Asking {
  readonly library: Library;
  readonly session: ClientSession;
  readonly limits: CallLimits;
}

const perVariable = 5;

export async function factsOfVariables(
  asking: Asking,
  variables: readonly TreeNode[],
  onProgress: (done: number) => void,
): Promise<VariableFacts[]> {
  const { AttributeIds } = asking.library;
  const attributes = [
    AttributeIds.DataType,
    AttributeIds.ValueRank,
    AttributeIds.ArrayDimensions,
    AttributeIds.UserAccessLevel,
    AttributeIds.Value,
  ];
  const answers = await read(
    asking,
    variables.flatMap(({ nodeId }) => attributes.map((attributeId) => ({ nodeId, attributeId }))),
    (done) => onProgress(Math.floor(done / perVariable)),
  );
  const types = await typesOf(
    asking,
    variables.map((_, i) => textOf(answers[i * perVariable])),
  );
  const units = await unitsOf(asking, variables);
  return variables.map((node, i) => {
    const [type, rank, dims, access, value] = answers.slice(i * perVariable, (i + 1) * perVariable);
    const known = types.get(textOf(type));
    const level = numberOf(access, 0);
    return {
      dataType: known?.name ?? '?',
      words: known?.words,
      ...valueFacts(value!, numberOf(rank, -1), dims?.value.value),
      unit: units.get(node.nodeId),
      access: { read: (level & 1) !== 0, write: (level & 2) !== 0, history: (level & 4) !== 0 },
    };
  });
}

function valueFacts(answer: DataValue, rank: number, declared: unknown) {
  const good = answer.statusCode.value >>> 30 === 0;
  const value = answer.value?.dataType === 0 ? undefined : answer.value;
  const list: unknown = value?.value;
  const lengths = value?.dimensions ?? (hasLength(list) ? [list.length] : undefined);
  const isArray = value === undefined || value === null ? rank >= 0 : value.arrayType !== 0;
  const dims = lengths ?? (hasLength(declared) ? Array.from(declared, Number) : [0]);
  return {
    builtIn: value?.dataType ?? 0,
    dimensions: isArray ? dims : undefined,
    value: value ?? undefined,
    status: good ? '' : answer.statusCode.name,
  };
}

interface TypeFacts {
  readonly name: string;
  readonly words: ReadonlyMap<number, string> | undefined;
}

/** Names of the data types, and of their numbers where they are enumerations. */
async function typesOf(asking: Asking, ids: readonly string[]): Promise<Map<string, TypeFacts>> {
  const distinct = [...new Set(ids)].filter((id) => id !== '');
  const { AttributeIds } = asking.library;
  const answers = await read(
    asking,
    distinct.flatMap((nodeId) => [
      { nodeId, attributeId: AttributeIds.BrowseName },
      { nodeId, attributeId: AttributeIds.DataTypeDefinition },
    ]),
  );
  return new Map(
    distinct.map((id, i) => {
      const name = answers[2 * i]?.value?.value as { name?: string } | null | undefined;
      return [id, { name: name?.name ?? '?', words: wordsOf(answers[2 * i + 1]?.value?.value) }];
    }),
  );
}

/** Of an EnumDefinition; a StructureDefinition has fields too, but no values. */
function wordsOf(definition: unknown): ReadonlyMap<number, string> | undefined {
  if (typeof definition !== 'object' || definition === null || !('fields' in definition)) return undefined;
  const fields = Array.isArray(definition.fields)
    ? (definition.fields as { name?: string; value?: unknown }[])
    : [];
  const words = fields.flatMap(({ name, value }): [number, string][] =>
    Array.isArray(value) ? [[Number(value[1]), name ?? '']] : [],
  );
  return words.length === 0 ? undefined : new Map(words);
}

async function unitsOf(asking: Asking, variables: readonly TreeNode[]) {
  const measured = variables.filter(({ properties }) => properties.has('EngineeringUnits'));
  const answers = await read(
    asking,
    measured.map(({ properties }) => ({
      nodeId: properties.get('EngineeringUnits')!,
      attributeId: asking.library.AttributeIds.Value,
    })),
  );
  return new Map(measured.map(({ nodeId }, i) => [nodeId, engineeringUnit(answers[i]?.value?.value)]));
}

function read(
  { library, session, limits }: Asking,
  wanted: readonly { nodeId: string; attributeId: number }[],
  onProgress?: (done: number) => void,
): Promise<DataValue[]> {
  const { coerceNodeId } = library;
  return inBatches(
    limits,
    'read',
    wanted,
    (batch) => session.read(batch.map((one) => ({ ...one, nodeId: coerceNodeId(one.nodeId) }))),
    onProgress,
  );
}

/** Of a node id. */
function textOf(answer: DataValue | undefined): string {
  const value = answer?.value?.value as { toString(): string } | null | undefined;
  return value?.toString() ?? '';
}

function numberOf(answer: DataValue | undefined, otherwise: number): number {
  const value: unknown = answer?.value?.value;
  return typeof value === 'number' ? value : otherwise;
}

function hasLength(value: unknown): value is ArrayLike<unknown> & object {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}
