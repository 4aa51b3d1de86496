// Bytes to lines: a state machine without I/O. Lines end with CR, LF or both; the first, of which the
// beginning was missed, is dropped; one too long is refused and the next line end starts anew.
// Runs over every byte: it allocates nothing.

export interface FrameEvents {
  /** A line that is not empty, without its end; the bytes are valid during the call only. */
  readonly onLine: (bytes: Buffer, from: number, to: number) => void;
  /** A line beyond the limit, by its beginning; said once, and `onNoise` for every further length of it. */
  readonly onTooLong: (bytes: Buffer) => void;
  readonly onNoise: () => void;
}

export interface Framing {
  push(chunk: Buffer): void;
  /** After a loss: what comes next may begin in the middle of a line. */
  restart(): void;
}

const lf = 0x0a;
const cr = 0x0d;

export function createFraming(lineBytesMax: number, { onLine, onTooLong, onNoise }: FrameEvents): Framing {
  const kept = Buffer.alloc(lineBytesMax);
  let length = 0;
  /** Waiting for a line end, because the beginning is missing or the line is refused. */
  let skipping = true;
  let skipped = 0;

  function refuse(beginning: Buffer): void {
    onTooLong(beginning);
    length = 0;
    skipped = 0;
    skipping = true;
  }

  function skip(bytes: number): void {
    skipped += bytes;
    for (; skipped >= lineBytesMax; skipped -= lineBytesMax) onNoise();
  }

  /** A piece of a line whose end has not come yet. */
  function keep(chunk: Buffer, from: number): void {
    const bytes = chunk.length - from;
    if (skipping) {
      skip(bytes);
      return;
    }
    const room = Math.min(bytes, lineBytesMax - length);
    chunk.copy(kept, length, from, from + room);
    length += room;
    if (room === bytes) return;
    refuse(kept);
    skip(bytes - room);
  }

  function finish(chunk: Buffer, from: number, to: number): void {
    if (skipping) {
      skip(to - from);
      skipping = false;
      skipped = 0;
    } else if (length + to - from > lineBytesMax) {
      keep(chunk.subarray(0, to), from);
      skipping = false;
    } else if (length > 0) {
      chunk.copy(kept, length, from, to);
      const end = length + to - from;
      length = 0;
      onLine(kept, 0, end);
    } else if (to > from) onLine(chunk, from, to);
  }

  return {
    push(chunk) {
      let from = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at]!;
        if (byte !== lf && byte !== cr) continue;
        finish(chunk, from, at);
        from = at + 1;
      }
      if (from < chunk.length) keep(chunk, from);
    },
    restart() {
      length = 0;
      skipping = true;
      skipped = 0;
    },
  };
}
