// PUBACKs in the order of their messages, as MQTT wants it, written together: one write for all messages
// of a chunk or of a commit.
import type { Writable } from 'node:stream';

export interface Acknowledgements {
  /** A message that is done with; written by the next `flush`, after all before it. */
  add(id: number): void;
  /** One that is not done with yet. The result is to be called when it is; it is then written soon. */
  reserve(id: number): () => void;
  flush(): void;
}

interface Slot {
  readonly id: number;
  done: boolean;
}

const PUBACK = 0x40;

export function createAcknowledgements(out: Writable): Acknowledgements {
  let slots: Slot[] = [];
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    let count = 0;
    while (count < slots.length && slots[count]!.done) count++;
    if (count === 0) return;
    const bytes = Buffer.allocUnsafe(count * 4);
    for (let i = 0; i < count; i++) {
      bytes[i * 4] = PUBACK;
      bytes[i * 4 + 1] = 2;
      bytes.writeUInt16BE(slots[i]!.id, i * 4 + 2);
    }
    slots = slots.slice(count);
    if (!out.destroyed && out.writable) out.write(bytes);
  }

  return {
    add(id) {
      slots.push({ id, done: true });
    },
    reserve(id) {
      const slot: Slot = { id, done: false };
      slots.push(slot);
      return () => {
        slot.done = true;
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
      };
    },
    flush,
  };
}
