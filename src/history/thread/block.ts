// Columns of samples in memory that both threads see: filled by one, read by the other, reused when it is on the disk.
// Nothing is copied and nothing is made for a sample; when the writer's thread dies, what it had is still here.
import type { SampleColumns } from '../../core/sample.ts';

export interface Block extends SampleColumns {
  length: number;
  readonly room: number;
  readonly memory: SharedArrayBuffer;
  exact: BigInt64Array;
  /** Only once there was an integer of 64 bits. */
  exactMemory: SharedArrayBuffer | undefined;
}

/** What it takes to see a block from another thread. */
export interface SharedBlock {
  readonly memory: SharedArrayBuffer;
  readonly exactMemory: SharedArrayBuffer | undefined;
  readonly length: number;
}

export const bytesPerRow = 40;

export function newBlock(room: number): Block {
  return blockIn(new SharedArrayBuffer(room * bytesPerRow), undefined, 0);
}

function blockIn(
  memory: SharedArrayBuffer,
  exactMemory: SharedArrayBuffer | undefined,
  length: number,
): Block {
  const room = memory.byteLength / bytesPerRow;
  return {
    ...{ length, room, memory, exactMemory },
    value: new Float64Array(memory, 0, room),
    timeMs: new Float64Array(memory, 8 * room, room),
    receiveMs: new Float64Array(memory, 16 * room, room),
    rawMs: new Float64Array(memory, 24 * room, room),
    tag: new Int32Array(memory, 32 * room, room),
    quality: new Uint32Array(memory, 36 * room, room),
    exact: exactMemory === undefined ? new BigInt64Array(0) : new BigInt64Array(exactMemory),
  };
}

export function shareBlock({ memory, exactMemory, length }: Block): SharedBlock {
  return { memory, exactMemory, length };
}

/** The columns of a block, no longer than they are filled. */
export function columnsOf(shared: SharedBlock): SampleColumns {
  const { length } = shared;
  const { tag, value, quality, timeMs, receiveMs, rawMs, exact } = blockIn(
    shared.memory,
    shared.exactMemory,
    length,
  );
  return {
    length,
    tag: tag.subarray(0, length),
    value: value.subarray(0, length),
    quality: quality.subarray(0, length),
    timeMs: timeMs.subarray(0, length),
    receiveMs: receiveMs.subarray(0, length),
    rawMs: rawMs.subarray(0, length),
    exact: exact.subarray(0, length),
  };
}

/** Most gateways never see an integer of 64 bits. */
export function keepExact(block: Block, row: number, exact: bigint): void {
  if (block.exactMemory === undefined) {
    block.exactMemory = new SharedArrayBuffer(block.room * 8);
    block.exact = new BigInt64Array(block.exactMemory);
  }
  block.exact[row] = exact;
}
