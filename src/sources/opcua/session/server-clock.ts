// Asks the server for its time: at first often, so that its clock is known soon, then now and then. Each question
// is also the proof that the session still lives. One at a time; never in the way of the data.
import type { ClientSession } from 'node-opcua-client';
import type { Library } from '../library.ts';

/** Server_ServerStatus_CurrentTime */
const currentTimeNode = 'ns=0;i=2258';
const quickMs = [0, 100, 200, 400, 800] as const;

export interface ServerClock {
  /** The time in the head of an answer that just came, NaN where it has none. */
  readonly onServerTime: (timeMs: number) => void;
  end(): void;
}

export interface ServerClockParts {
  readonly library: Library;
  readonly session: ClientSession;
  readonly everyMs: number;
  readonly nowMs: () => number;
  /** The server said `peerMs` between the two others. */
  onSample(sentMs: number, peerMs: number, receivedMs: number): void;
}

export function startServerClock(parts: ServerClockParts): ServerClock {
  const { session, library, nowMs } = parts;
  const nodeToRead = { nodeId: currentTimeNode, attributeId: library.AttributeIds.Value };
  let asked = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  /** The head of an answer says when it was sent; a value may have been read from a cache a second ago. */
  let head = { peerMs: Number.NaN, receivedMs: Number.NaN };

  const ask = async () => {
    const sentMs = nowMs();
    head = { peerMs: Number.NaN, receivedMs: Number.NaN };
    const { value, statusCode } = await session.read(nodeToRead);
    if (over) return;
    if (Number.isFinite(head.peerMs)) parts.onSample(sentMs, head.peerMs, head.receivedMs);
    else if (statusCode.isGood() && value.value instanceof Date) {
      parts.onSample(sentMs, value.value.getTime(), nowMs());
    }
  };
  // A server that cannot tell the time is still good for its data; one that ended the session is noticed elsewhere.
  const plan = () => {
    if (over) return;
    timer = setTimeout(() => void ask().then(plan, plan), quickMs[asked++] ?? parts.everyMs);
  };
  plan();
  return {
    onServerTime(timeMs) {
      head = { peerMs: timeMs, receivedMs: nowMs() };
    },
    end() {
      over = true;
      clearTimeout(timer);
    },
  };
}
