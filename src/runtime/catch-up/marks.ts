// Marks behind what is live: an acknowledged one stands for all that went before it on its connection. One at a time.
import type { CatchUpPeer } from '../../ports/catch-up.ts';
import type { Log } from '../../ports.ts';
import type { Coverage } from './coverage.ts';

export interface Marks {
  /** All received up to `doneMs` has reached the peer. */
  send(doneMs: number): void;
  lost(): void;
}

export function createMarks(peer: CatchUpPeer, coverage: Coverage, log: Log): Marks {
  let connection = 0;
  let isUnderWay = false;
  let isRefused = false;

  const answered = (error: Error | undefined) => {
    if (error !== undefined && peer.isUp && !isRefused)
      log.warn({ err: error }, 'the mark of what has arrived is refused: without it nothing counts as told');
    isRefused = error !== undefined;
  };

  return {
    send(doneMs) {
      // What waits here is overtaken by the mark: then it would say more than is true.
      if (isUnderWay || !peer.isUp || !peer.isClear) return;
      const mark = coverage.mark();
      if (mark === undefined) return;
      const mine = connection;
      isUnderWay = true;
      peer.mark({ upToMs: doneMs, liveMs: mark.upToMs }, (error) => {
        if (mine !== connection) return;
        isUnderWay = false;
        if (error === undefined) coverage.confirm(mark, peer.dropped);
        answered(error);
      });
    },
    lost() {
      connection++;
      isUnderWay = false;
    },
  };
}
