// What a source delivers: value, quality, source time and receive time of one tag.
// Batches are columns, so that a sample costs no allocation between the wire and the frame.

/** Read by index from 0 to `length`; the arrays belong to the giver and are reused after the call. */
export interface SampleColumns {
  readonly length: number;
  /** Index into the tag table. */
  readonly tag: Int32Array;
  /** NaN exactly when the quality is Bad. */
  readonly value: Float64Array;
  /** OPC UA status code. */
  readonly quality: Uint32Array;
  /** When the value was true, in gateway time (ms since 1970), after the stamp rules. */
  readonly timeMs: Float64Array;
  /** When it arrived, in gateway time; never decreasing. */
  readonly receiveMs: Float64Array;
  /** The stamp as it came, whatever its clock said; NaN without one. */
  readonly rawMs: Float64Array;
  /**
   * All 64 bits of a value of kind int64 or uint64, whose `value` is the nearest number. Of others, of Bad ones
   * too, meaningless; empty while there was none.
   */
  readonly exact: BigInt64Array;
}

/** Samples of one tag, as `SampleColumns` are of many. Receive times are whole milliseconds, rounded up. */
export type Series = Omit<SampleColumns, 'tag'>;

/** int64 and uint64 keep all their bits; a number would lose them beyond 2^53. */
export type ValueKind = 'number' | 'boolean' | 'enum' | 'int64' | 'uint64';

/** What a source knows of one of its streams. The name is unique inside the source. */
export interface TagSpec {
  readonly name: string;
  readonly unit: string;
  readonly kind: ValueKind;
  /** Physical range; outside it a value is kept but Uncertain. */
  readonly min?: number;
  readonly max?: number;
  /** Largest believable change, in units per second. */
  readonly slewPerS?: number;
  /** So many samples without a change, where noise is expected, mean that the sensor is stuck. */
  readonly stuckSamples?: number;
  /** A steady value that becomes the same in another unit, from one sample to the next, is not believed. */
  readonly unitJump?: boolean;
  /** The device whose clock stamped it, where one source carries several; absent: one clock for the source. */
  readonly clock?: string;
  /** That clock is right: its stamps stand as they are. The first tag of a clock decides. */
  readonly clockTrusted?: boolean;
}

/** Why an input was refused. A closed set: these are metric labels and ledger rows. */
export const rejectReasons = [
  'parse',
  'too_large',
  'type',
  'unit',
  'duplicate',
  'unmapped',
  'opaque',
  'too_many_tags',
  'inbox_full',
  'not_ready',
  'rate',
  'checksum',
  'disk_full',
  'lost',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

/** Things worth counting about samples that were nevertheless taken. A closed set. */
export const remarks = [
  'late',
  'coerced',
  'clock_unsynced',
  'future',
  'out_of_range',
  'retained',
  'gap',
  'clock_corrected',
  'stuck',
  'unit_jump',
  'backfilled',
] as const;
export type Remark = (typeof remarks)[number];

/** What is wrong with a clock, the worst first: of several clocks the worst speaks. A closed set. */
export const clockFindings = [
  'unsynced',
  'quantised',
  'backward',
  'shared',
  'stepped',
  'drifting',
  'offset',
  'none',
] as const;
export type ClockFinding = (typeof clockFindings)[number];
