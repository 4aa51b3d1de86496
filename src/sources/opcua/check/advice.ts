// What a person can do about a tag that a server refuses or whose value is no sample, in words. Pure.
import { didYouMean } from '../../../formats/edit-distance.ts';
import type { TagRule } from '../values/decode.ts';
import { Type } from '../values/decode.ts';
import { membersOf } from '../values/structure.ts';
import type { WireVariant } from '../values/wire.ts';

export interface Words {
  /** What the server said or sent. */
  readonly said: string;
  /** What to do; empty where nobody can tell. */
  readonly advice: string;
}

const refusals: ReadonlyMap<string, string> = new Map([
  [
    'BadNodeIdUnknown',
    'the server has no such node: `gemel browse --filter` finds its id by a part of its name',
  ],
  ['BadNodeIdInvalid', 'the server takes it for no node id: `gemel browse` shows the ids it has'],
  ['BadNoMatch', 'the path leads nowhere: `gemel browse` shows the names there are'],
  ['BadTooManyMatches', 'the path leads to several nodes: give one of them as node'],
  [
    'BadUserAccessDenied',
    'this login may not read it: give it the right at the server, or use another login',
  ],
  ['BadNotReadable', 'it cannot be read: the server would have to allow it'],
  [
    'BadAttributeIdInvalid',
    'it has no value: it is a folder, an object or a method. Its variables are below it',
  ],
  ['BadSecurityModeInsufficient', 'it is only told over an encrypted connection: security.mode'],
  [
    'BadTooManyMonitoredItems',
    'the server watches no more nodes for us: fewer tags, or a higher limit there',
  ],
  ['BadIndexRangeInvalid', 'the server knows no such part of it'],
]);

/** A value with such a status stands for a refusal; with another the machine may only be switched off. */
export function isRefusal(status: string): boolean {
  return refusals.has(status);
}

export function refusalAdvice(status: string): string {
  return refusals.get(status) ?? '';
}

/** Of `nsu=…;…` when the server has no such namespace; empty when it has. */
export function namespaceAdvice(place: string, namespaces: readonly string[]): string {
  const missing = [...place.matchAll(/(?:^|\/)nsu=([^;]+);/g)]
    .map(([, uri = '']) => uri)
    .find((uri) => !namespaces.includes(uri));
  if (missing === undefined) return '';
  const hint = didYouMean(missing, namespaces) || `; it has ${namespaces.slice(1).join(', ')}`;
  return `the server has no namespace "${missing}"${hint}`;
}

/** The name of a type by its number. */
export type TypeName = (dataType: number) => string;

/** Of a value that came, and that is no sample by the rule of its tag. */
export function valueWords(value: WireVariant, rule: TagRule, typeName: TypeName): Words {
  const shape = shapeOf(value, typeName);
  if (rule.field !== undefined) return memberWords(value, rule.field, shape);
  if (value.dataType === Type.structure && rule.index === undefined && value.arrayType === 0)
    return { said: 'a structure', advice: 'field says which member is the value: field: position.x' };
  if (value.arrayType !== 0) return elementWords(value, rule, shape);
  if (rule.index !== undefined) return { said: `${shape}, no array`, advice: 'leave index out' };
  return scalarWords(value, rule, shape);
}

function memberWords(value: WireVariant, field: readonly string[], shape: string): Words {
  if (value.dataType !== Type.structure) return { said: `${shape}, no structure`, advice: 'leave field out' };
  const members = membersOf(value.value);
  if (members.length === 0)
    return { said: 'a structure', advice: 'the server does not explain its type: use nodes of its members' };
  const [first = ''] = field;
  if (members.includes(first))
    return { said: 'a structure', advice: `its member ${first} holds no single value at ${field.join('.')}` };
  const hint = didYouMean(first, members) || `; it has ${members.slice(0, 12).join(', ')}`;
  return { said: 'a structure', advice: `it has no member "${first}"${hint}` };
}

function elementWords(value: WireVariant, rule: TagRule, shape: string): Words {
  const lengths = lengthsOf(value);
  const some = lengths.map(() => 0);
  const list = (numbers: readonly number[]) =>
    numbers.length === 1 ? `${numbers[0]}` : `[${numbers.join(', ')}]`;
  if (rule.index === undefined) {
    const advice = `index says which element is the value: index: ${list(some)}, length: ${list(lengths)}`;
    return { said: `an array: ${shape}`, advice };
  }
  if (rule.index.length !== lengths.length)
    return {
      said: shape,
      advice: `index wants ${lengths.length === 1 ? 'one number' : `${lengths.length} numbers`}`,
    };
  if (rule.index.some((at, i) => at >= lengths[i]!))
    return { said: shape, advice: `index: ${list(rule.index)} is beyond its end; the first is 0` };
  if (rule.dimensions?.some((length, i) => length !== lengths[i]) === true)
    return { said: shape, advice: `length says ${list(rule.dimensions)}` };
  return scalarWords({ ...value, arrayType: 0, value: undefined }, rule, shape);
}

function scalarWords({ dataType, value }: WireVariant, { kind, plain }: TagRule, shape: string): Words {
  const words = plain.words === undefined ? [] : [...plain.words.keys()];
  if (dataType === Type.string || dataType === Type.localizedText) {
    const text = textOf(value);
    const said = text === '' ? 'a text' : `a text: ${JSON.stringify(text.slice(0, 40))}`;
    if (words.length > 0)
      return { said, advice: `it is none of the words of enum${didYouMean(text, words)}` };
    return { said, advice: 'kind: enum with its words and numbers; or coerce: true where it holds a number' };
  }
  if (dataType === Type.boolean) return { said: 'true or false', advice: 'kind: boolean' };
  if (dataType === Type.dateTime) return { said: 'a time', advice: 'kind: number, in ms since 1970' };
  if (dataType > Type.double) return { said: shape, advice: 'bytes of no known meaning: it can be no tag' };
  const said = typeof value === 'number' ? `a number: ${value}` : `a number: ${shape}`;
  if (kind === 'boolean') return { said, advice: 'kind: number or enum; or coerce: true where it is 0 or 1' };
  if (words.length > 0) return { said, advice: 'it is none of the numbers of enum' };
  return { said, advice: kind === 'number' ? '' : `kind: ${kind} takes whole numbers: kind: number` };
}

function shapeOf(value: WireVariant, typeName: TypeName): string {
  const name = typeName(value.dataType);
  return value.arrayType === 0 ? name : `${name}[${lengthsOf(value).join(', ')}]`;
}

function lengthsOf({ value, dimensions }: WireVariant): readonly number[] {
  if (dimensions?.length) return dimensions;
  return [
    Array.isArray(value) || ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<unknown>).length : 0,
  ];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
    ? value.text
    : '';
}
