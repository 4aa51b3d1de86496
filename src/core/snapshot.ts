// All of a core between two ticks, as bytes: a fresh core of the same setup that takes them goes on to the same bits. It
// walks whatever there is, so that a field that is new tomorrow is in it without anybody having thought of it.
import { readValue } from './snapshot-read.ts';
import { writeValue } from './snapshot-write.ts';
import type { Core } from './step.ts';

/** The bytes are not packed. */
export function snapshotCore(core: Core): Uint8Array {
  return writeValue(core);
}

/**
 * `core` is fresh: it has not stepped. Throws `SnapshotMismatch` for one of another configuration or version; then it
 * is of no use any more.
 */
export function restoreCore(core: Core, data: Uint8Array): void {
  if (core.lastTick >= 0) throw new RangeError('a snapshot is for a core that has not stepped');
  readValue(data, core);
}
