// A snapshot of the core, packed for the disk. Taking it is a millisecond or so a machine on the caller's thread; the
// packing happens beside it.
import { promisify } from 'node:util';
import { constants, deflate, inflateSync } from 'node:zlib';
import { restoreCore, snapshotCore } from '../../core/snapshot.ts';
import type { Core } from '../../core/step.ts';

const pack = promisify<Uint8Array, { level: number }, Buffer>(deflate);
/** More than any core: what unpacks to more is not ours. */
const bytesMax = 1 << 30;

/** Of the core as it is now, whatever happens to it meanwhile. */
export async function packCore(core: Core): Promise<Uint8Array> {
  return pack(snapshotCore(core), { level: constants.Z_BEST_SPEED });
}

/** Throws what `restoreCore` does, and where `data` is damaged. */
export function unpackCore(core: Core, data: Uint8Array): void {
  restoreCore(core, inflateSync(data, { maxOutputLength: bytesMax }));
}
