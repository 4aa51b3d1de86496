// PUBACKs gathered and written together: one write for all messages of a chunk or of a commit.
import type { Writable } from 'node:stream';

export interface Acknowledgements {
  add(id: number): void;
  /** Writes what was added. */
  flush(): void;
  /** The same a little later, with others that are done by then. */
  flushLater(): void;
}

const PUBACK = 0x40;

export function createAcknowledgements(out: Writable): Acknowledgements {
  let ids: number[] = [];
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    if (ids.length === 0) return;
    const bytes = Buffer.allocUnsafe(ids.length * 4);
    for (let i = 0; i < ids.length; i++) {
      bytes[i * 4] = PUBACK;
      bytes[i * 4 + 1] = 2;
      bytes.writeUInt16BE(ids[i]!, i * 4 + 2);
    }
    ids = [];
    if (!out.destroyed && out.writable) out.write(bytes);
  }

  return {
    add(id) {
      ids.push(id);
    },
    flush,
    flushLater() {
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
  };
}
