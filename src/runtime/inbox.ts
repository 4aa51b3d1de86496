// Where samples wait for the next tick: two sets of typed columns, one filling while the other is read.
// Bounded; pushing allocates nothing. Receive times never decrease and never fall before a tick already done,
// so which tick a sample belongs to can be told from the sample alone.
import type { SampleColumns } from '../core/sample.ts';
import { createShares, noLane, type Shares } from './shares.ts';

interface Columns {
  length: number;
  readonly tag: Int32Array;
  readonly value: Float64Array;
  readonly quality: Uint32Array;
  readonly timeMs: Float64Array;
  readonly receiveMs: Float64Array;
  readonly rawMs: Float64Array;
  exact: BigInt64Array;
  readonly lane: Int32Array;
}

function newColumns(capacity: number): Columns {
  return {
    length: 0,
    tag: new Int32Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint32Array(capacity),
    timeMs: new Float64Array(capacity),
    receiveMs: new Float64Array(capacity),
    rawMs: new Float64Array(capacity),
    exact: new BigInt64Array(0),
    lane: new Int32Array(capacity),
  };
}

export interface Inbox {
  readonly depth: number;
  /** The lane of a source, with a share of the room that no other source can fill. */
  lane(source: string): number;
  hasRoom(lane: number): boolean;
  /** The receive time a sample that arrives at `nowMs` gets. */
  receiveMs(nowMs: number): number;
  /** False when full. `receiveMs` comes from the method above. */
  push(
    tag: number,
    value: number,
    quality: number,
    timeMs: number,
    receiveMs: number,
    rawMs: number,
    exact?: bigint,
    lane?: number,
  ): boolean;
  /** All samples received up to `dueMs`. They are valid until the next call. */
  drain(dueMs: number): SampleColumns;
}

/** Receive times after a tick start this much after it. */
const afterTickMs = 1 / 1024;

export function createInbox(capacity: number): Inbox {
  let filling = newColumns(capacity);
  let reading = newColumns(capacity);
  let floorMs = Number.NEGATIVE_INFINITY;
  const shares = createShares(capacity);
  const lanes = new Map<string, number>();

  return {
    get depth() {
      return filling.length;
    },
    lane(source) {
      const known = lanes.get(source);
      if (known !== undefined) return known;
      const lane = shares.open();
      lanes.set(source, lane);
      return lane;
    },
    hasRoom: (lane) => shares.hasRoom(lane),
    receiveMs(nowMs) {
      if (nowMs > floorMs) floorMs = nowMs;
      return floorMs;
    },
    push(tag, value, quality, timeMs, receiveMs, rawMs, exact, lane = noLane) {
      if (!shares.hasRoom(lane)) return false;
      const row = filling.length;
      shares.take(lane);
      filling.tag[row] = tag;
      filling.value[row] = value;
      filling.quality[row] = quality;
      filling.timeMs[row] = timeMs;
      filling.receiveMs[row] = receiveMs;
      filling.rawMs[row] = rawMs;
      filling.lane[row] = lane;
      if (exact !== undefined) keepExact(filling, row, exact);
      filling.length = row + 1;
      return true;
    },
    drain(dueMs) {
      let taken = filling.length;
      while (taken > 0 && filling.receiveMs[taken - 1]! > dueMs) taken--;
      reading.length = 0;
      carryOver(filling, taken, reading);
      recount(shares, reading);
      const batch = filling;
      filling = reading;
      reading = batch;
      batch.length = taken;
      floorMs = Math.max(floorMs, dueMs + afterTickMs);
      return batch;
    },
  };
}

/** Samples that arrived after the tick was due, while it ran late, wait for the next one. */
function carryOver(from: Columns, start: number, to: Columns): void {
  const end = from.length;
  if (start === end) return;
  to.tag.set(from.tag.subarray(start, end));
  to.value.set(from.value.subarray(start, end));
  to.quality.set(from.quality.subarray(start, end));
  to.timeMs.set(from.timeMs.subarray(start, end));
  to.receiveMs.set(from.receiveMs.subarray(start, end));
  to.rawMs.set(from.rawMs.subarray(start, end));
  if (from.exact.length > 0) {
    makeExact(to);
    to.exact.set(from.exact.subarray(start, end));
  }
  to.lane.set(from.lane.subarray(start, end));
  to.length = end - start;
}

function keepExact(columns: Columns, row: number, exact: bigint): void {
  makeExact(columns);
  columns.exact[row] = exact;
}

/** Most gateways never see an integer of 64 bits. */
function makeExact(columns: Columns): void {
  if (columns.exact.length === 0) columns.exact = new BigInt64Array(columns.tag.length);
}

function recount(shares: Shares, { length, lane }: Columns): void {
  shares.clear();
  for (let row = 0; row < length; row++) shares.take(lane[row]!);
}
