// The retained messages in memory, bounded in number and bytes. Disk is persistence.ts' work.
import { createTopicTree } from './topic-tree.ts';

export interface RetainedPacket {
  readonly topic: string;
  readonly payload: Buffer;
  readonly [key: string]: unknown;
}

export interface Retained<P extends RetainedPacket> {
  readonly count: number;
  readonly bytes: number;
  /** False when it does not fit; what was retained for the topic then stays. */
  set(packet: P): boolean;
  delete(topic: string): boolean;
  matching(filters: readonly string[]): P[];
}

export function createRetained<P extends RetainedPacket>(countMax: number, bytesMax: number): Retained<P> {
  const packets = new Map<string, P>();
  let bytes = 0;
  return {
    get count() {
      return packets.size;
    },
    get bytes() {
      return bytes;
    },
    set(packet) {
      const old = packets.get(packet.topic);
      const more = sizeOf(packet) - (old === undefined ? 0 : sizeOf(old));
      if (bytes + more > bytesMax || (old === undefined && packets.size >= countMax)) return false;
      packets.set(packet.topic, packet);
      bytes += more;
      return true;
    },
    delete(topic) {
      const old = packets.get(topic);
      if (old === undefined) return false;
      packets.delete(topic);
      bytes -= sizeOf(old);
      return true;
    },
    matching(filters) {
      const wild = filters.filter((filter) => /[+#]/.test(filter));
      const found = new Set<P>();
      for (const filter of filters) {
        const packet = packets.get(filter);
        if (packet !== undefined) found.add(packet);
      }
      if (wild.length > 0) {
        const tree = createTopicTree<true>();
        for (const filter of wild) tree.add(filter, true);
        for (const packet of packets.values()) if (tree.has(packet.topic)) found.add(packet);
      }
      return [...found];
    },
  };
}

function sizeOf(packet: RetainedPacket): number {
  return packet.payload.length + packet.topic.length;
}
