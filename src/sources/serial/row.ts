// What one line says, by place of its fields; one row is written over and over, so that a line costs no allocation.

export interface Row {
  readonly values: Float64Array;
  readonly quality: Uint32Array;
  /** All the digits, of 64-bit integers. */
  readonly exact: (bigint | undefined)[];
  /** 1 where the line has the field. */
  readonly present: Uint8Array;
  /** Milliseconds since 1970, or ticks of the device; NaN without one. */
  time: number;
  sequence: number;
  /** Values that were taken although they were written otherwise than they should be. */
  coerced: number;
}

export function newRow(fields: number): Row {
  return {
    values: new Float64Array(fields),
    quality: new Uint32Array(fields),
    exact: new Array<bigint | undefined>(fields).fill(undefined),
    present: new Uint8Array(fields),
    time: Number.NaN,
    sequence: Number.NaN,
    coerced: 0,
  };
}

export function clearRow(row: Row): void {
  row.present.fill(0);
  row.quality.fill(0);
  row.time = Number.NaN;
  row.sequence = Number.NaN;
  row.coerced = 0;
}
