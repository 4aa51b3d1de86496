// One tag and what the server answered for it: nothing to say, a doubt, or why it can never be a sample. Pure.
import { isBad } from '../../../core/quality.ts';
import type { PlannedItem, PlannedTag } from '../tag-plan.ts';
import { decode, newDecoded, Type } from '../values/decode.ts';
import type { WireValue } from '../values/wire.ts';
import { isRefusal, refusalAdvice, type TypeName, valueWords, type Words } from './advice.ts';

export interface TagVerdict extends Words {
  readonly tag: string;
  /** Node id or path, as it was written. */
  readonly place: string;
  /** It may yet become a sample by itself. */
  readonly ok: boolean;
}

/** What came for one node. */
export interface Answer {
  /** The name of the status it was refused with. */
  readonly refused: string | undefined;
  readonly value: (WireValue & { readonly statusCode: { readonly name: string } }) | undefined;
}

const decoded = newDecoded();

/** Undefined when all is well. */
export function judgeTag(
  { spec, rule }: PlannedTag,
  { place }: PlannedItem,
  { refused, value: wire }: Answer,
  typeName: TypeName,
): TagVerdict | undefined {
  const verdict = (ok: boolean, words: Words): TagVerdict => ({ tag: spec.name, place, ok, ...words });
  if (refused !== undefined) return verdict(false, { said: refused, advice: refusalAdvice(refused) });
  if (wire === undefined)
    return verdict(true, { said: 'no value within the time of this check', advice: 'does it ever change?' });
  const { name, value: status } = wire.statusCode;
  if (isBad(status)) {
    const advice = isRefusal(name) ? refusalAdvice(name) : 'the machine says so: is it switched on?';
    return verdict(!isRefusal(name), { said: name, advice });
  }
  const { value } = wire;
  if (value === undefined || value === null || value.dataType === Type.null)
    return verdict(true, { said: 'no value yet', advice: 'the machine says so: is it switched on?' });
  decode(wire, rule, decoded);
  const unfit = decoded.reject !== undefined || (rule.index !== undefined && isBad(decoded.quality));
  return unfit ? verdict(false, valueWords(value, rule, typeName)) : undefined;
}
