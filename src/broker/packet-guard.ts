// Cuts a byte stream into MQTT packets by their fixed headers, before anybody parses them. A packet whose
// remaining length is over the limit, or whose header cannot be, stops the stream before its payload is
// kept. Must never allocate per packet, and never keep more bytes than have arrived.

export type GuardFault = 'malformed' | 'too-large';

/**
 * One whole packet: `chunk[start..end)`, its variable header at `body`. Answers whether it was taken; if
 * not, it and all behind it are handed back.
 */
export type TakePacket = (chunk: Buffer, start: number, body: number, end: number) => boolean;

const HEADER_BYTES_MAX = 5;

/** First bytes a client or broker of MQTT 3.1.1 or 5 may send: packet type and its fixed flags. */
const firstByteFine = Uint8Array.from({ length: 256 }, (_, byte) => {
  const type = byte >> 4;
  const flags = byte & 0x0f;
  if (type === 0) return 0;
  if (type === 3) return (flags & 0x06) === 0x06 ? 0 : 1;
  return flags === (type === 6 || type === 8 || type === 10 ? 2 : 0) ? 1 : 0;
});

const nothing = Buffer.alloc(0);

export class PacketGuard {
  readonly #limitBytes: number;
  readonly #take: TakePacket;
  #fault: GuardFault | undefined;
  /** The beginning of a packet that is not complete yet: the first `#keptBytes` of it. */
  #kept = nothing;
  #keptBytes = 0;
  /** Length of that packet; 0 while its header is not complete. */
  #need = 0;

  constructor(limitBytes: number, take: TakePacket) {
    this.#limitBytes = limitBytes;
    this.#take = take;
  }

  get fault(): GuardFault | undefined {
    return this.#fault;
  }

  /** Bytes set aside for a packet that is not complete yet. */
  get pendingBytes(): number {
    return this.#kept.length;
  }

  /** Feeds what was read; returns what was not taken. After a fault it takes nothing more. */
  read(chunk: Buffer): Buffer | undefined {
    if (this.#fault !== undefined) return undefined;
    if (this.#keptBytes === 0) return this.#walk(chunk, 0);
    // The header was cut: at most four bytes are joined with the chunk, then it goes on as usual.
    if (this.#need === 0) return this.#walk(Buffer.concat([this.#keptOut(), chunk]), 0);
    const missing = this.#need - this.#keptBytes;
    if (chunk.length < missing) {
      this.#keep(chunk, this.#need);
      return undefined;
    }
    this.#keep(chunk.subarray(0, missing), this.#need);
    const packet = this.#keptOut();
    if (!this.#take(packet, 0, bodyAt(packet, 0), packet.length)) {
      return Buffer.concat([packet, chunk.subarray(missing)]);
    }
    return this.#walk(chunk, missing);
  }

  #walk(chunk: Buffer, from: number): Buffer | undefined {
    const take = this.#take;
    let at = from;
    while (at < chunk.length) {
      const end = this.#endOf(chunk, at);
      if (end < 0) return undefined;
      if (end === 0 || end > chunk.length) {
        this.#keep(chunk.subarray(at), end === 0 ? 0 : end - at);
        return undefined;
      }
      if (!take(chunk, at, bodyAt(chunk, at), end)) return chunk.subarray(at);
      at = end;
    }
    return undefined;
  }

  /** The end of the packet at `at` (it may lie beyond the chunk), 0 for a header not complete yet. */
  #endOf(chunk: Buffer, at: number): number {
    if (firstByteFine[chunk[at]!] === 0) return this.#fail('malformed');
    let remaining = 0;
    for (let i = 1; i < HEADER_BYTES_MAX; i++) {
      if (at + i >= chunk.length) return 0;
      const byte = chunk[at + i]!;
      remaining += (byte & 0x7f) << (7 * (i - 1));
      if (byte < 0x80) return remaining > this.#limitBytes ? this.#fail('too-large') : at + i + 1 + remaining;
    }
    return this.#fail('malformed');
  }

  #fail(why: GuardFault): number {
    this.#fault = why;
    this.#keptOut();
    return -1;
  }

  #keep(bytes: Buffer, need: number): void {
    this.#need = need;
    const wanted = this.#keptBytes + bytes.length;
    if (wanted > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(need, this.#kept.length * 2)));
      this.#kept.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#keptBytes);
    this.#keptBytes = wanted;
  }

  #keptOut(): Buffer {
    const whole = this.#kept.subarray(0, this.#keptBytes);
    this.#kept = nothing;
    this.#keptBytes = 0;
    return whole;
  }
}

function bodyAt(chunk: Buffer, start: number): number {
  let at = start + 1;
  while (chunk[at]! >= 0x80) at++;
  return at + 1;
}
