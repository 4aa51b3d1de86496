// What detectors remember over a restart: one list of finite numbers by mode and column, made of parts in a fixed order.
// A list that is not exactly as long as its parts is left out.
import { type Histogram, sizesOf, takeSizes } from './histogram.ts';

/** Arrays of which each column has `1` number; an array with more a column says so. */
export interface ColumnPart {
  readonly numbers: Float64Array | Float32Array | Int8Array | Uint8Array;
  readonly each: number;
}

export type Part = ColumnPart | { readonly sizes: Histogram };

/** Enough to go on from, and a third of the room. */
const digits = 8;

export function keyOf(mode: number, column: number): string {
  return `${mode}.${column}`;
}

/** Of one column, or undefined where a number is none. */
export function listOf(parts: readonly Part[], column: number): number[] | undefined {
  const list: number[] = [];
  for (const part of parts) {
    if ('sizes' in part) {
      const sizes = sizesOf(part.sizes, column);
      list.push(sizes.length, ...sizes);
    } else {
      for (let i = 0; i < part.each; i++) {
        // No negative zero.
        list.push(Number(part.numbers[column * part.each + i]!.toPrecision(digits)) + 0);
      }
    }
  }
  return list.every(Number.isFinite) ? list : undefined;
}

/** False, and nothing is changed, where the list does not fit. */
export function takeList(parts: readonly Part[], column: number, list: readonly number[]): boolean {
  if (!list.every(Number.isFinite) || lengthOf(parts, list) !== list.length) return false;
  let at = 0;
  for (const part of parts) {
    if ('sizes' in part) {
      const count = list[at]!;
      if (!takeSizes(part.sizes, column, list.slice(at + 1, at + 1 + count))) return false;
      at += 1 + count;
    } else {
      for (let i = 0; i < part.each; i++) part.numbers[column * part.each + i] = list[at++]!;
    }
  }
  return true;
}

/** How long a list that begins as this one does has to be. */
function lengthOf(parts: readonly Part[], list: readonly number[]): number {
  let at = 0;
  for (const part of parts) {
    if (!('sizes' in part)) at += part.each;
    else {
      const count = list[at];
      if (count === undefined || !Number.isInteger(count) || count < 4) return -1;
      at += 1 + count;
    }
  }
  return at;
}

/** What belongs to a mode; made when it is first needed. */
export function openMode<Known>(byMode: (Known | undefined)[], mode: number, make: () => Known): Known {
  byMode[mode] ??= make();
  return byMode[mode];
}
