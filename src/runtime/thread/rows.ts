// The columns in which a source on a thread of its own hands over what it has: one block of memory that changes
// hands and comes back, so that nothing is copied and nothing is made for a sample.
import type { Remark } from '../../core/sample.ts';

/** What a row is. All but samples are rare; they are rows to keep their place between samples. */
export const RowKind = {
  /** `value` is a number. */
  number: 0,
  /** `exact` has all 64 bits, of a number that may be negative; or that may not. */
  signed: 1,
  unsigned: 2,
  /** `tag` is the place of the remark in the list of them. */
  remark: 3,
  /** The next of the batch's asides says what. */
  aside: 4,
} as const;

export interface Rows {
  readonly buffer: ArrayBuffer;
  readonly room: number;
  readonly value: Float64Array;
  /** The same memory as `value`. */
  readonly exact: BigInt64Array;
  readonly sourceMs: Float64Array;
  /** The tag's number at the far end; -1 when there are too many. */
  readonly tag: Int32Array;
  readonly quality: Uint32Array;
  readonly kind: Uint8Array;
}

const bytesPerRow = 25;

export function newRows(room: number): Rows {
  return rowsIn(new ArrayBuffer(room * bytesPerRow));
}

export function rowsIn(buffer: ArrayBuffer): Rows {
  const room = buffer.byteLength / bytesPerRow;
  return {
    buffer,
    room,
    value: new Float64Array(buffer, 0, room),
    exact: new BigInt64Array(buffer, 0, room),
    sourceMs: new Float64Array(buffer, 8 * room, room),
    tag: new Int32Array(buffer, 16 * room, room),
    quality: new Uint32Array(buffer, 20 * room, room),
    kind: new Uint8Array(buffer, 24 * room, room),
  };
}

/** As many rows, in as many blocks: what may be on its way at a time. */
export interface Room {
  readonly rows: number;
  readonly blocks: number;
}

/** 65,536 samples in 1.6 MB. */
export const defaultRoom: Room = { rows: 8192, blocks: 8 };

export type RemarkCounts = Partial<Record<Remark, number>>;
