// Writes what is retained, one write of a topic at a time: several at once end in any order, on the disk too, and the
// older one would stay. Must never write what a newer one of its topic has replaced meanwhile.

/** Resolves when it, or what replaced it, is written; those of one topic resolve in the order they came. */
export type WriteNewest<P> = (packet: P) => Promise<void>;

export function createNewestWriter<P extends { readonly topic: string }>(
  write: (packet: P) => Promise<void>,
): WriteNewest<P> {
  /** By topic: the newest that no write has begun with. */
  const waiting = new Map<string, P>();
  const last = new Map<string, Promise<void>>();

  return (packet) => {
    const { topic } = packet;
    const before = last.get(topic);
    const taken = waiting.has(topic);
    waiting.set(topic, packet);
    if (taken && before !== undefined) return before;
    const turn = async (): Promise<void> => {
      if (before !== undefined) await before.catch(() => {});
      const newest = waiting.get(topic)!;
      waiting.delete(topic);
      try {
        await write(newest);
      } finally {
        if (last.get(topic) === mine) last.delete(topic);
      }
    };
    const mine = turn();
    last.set(topic, mine);
    return mine;
  };
}
