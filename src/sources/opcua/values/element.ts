// One element of an array or a matrix, by its place; never out of a shape that was not declared.
import type { WireVariant } from './wire.ts';

/** Undefined when the shape is another, or the place is outside it. */
export function elementAt(
  { value, dimensions }: WireVariant,
  index: readonly number[],
  declared: readonly number[] | undefined,
): unknown {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
  const list = value as unknown as ArrayLike<unknown>;
  const shape = dimensions?.length ? dimensions : [list.length];
  if (shape.length !== index.length) return undefined;
  let place = 0;
  for (let i = 0; i < shape.length; i++) {
    if (index[i]! >= shape[i]! || (declared !== undefined && declared[i] !== shape[i])) return undefined;
    place = place * shape[i]! + index[i]!;
  }
  return list[place];
}
