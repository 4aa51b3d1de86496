// Walks through history in order of receipt and has the peer told what it missed. It moves only with acknowledgements:
// after a break it goes on from there.
import type { CatchUpPeer } from '../../ports/catch-up.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Asker, Item } from './ask.ts';
import { createDelivery } from './delivery.ts';
import type { Pace } from './pace.ts';
import { createPatience } from './patience.ts';

export interface WalkParts {
  readonly asker: Asker;
  readonly peer: CatchUpPeer;
  readonly clock: Clock;
  readonly log: Log;
  readonly pace: Pace;
}

export interface Walk {
  /** All received up to then has reached the peer. */
  readonly doneMs: number;
  /** Acknowledged since the start. */
  readonly samples: number;
  /** Does what can be done now; called at each tick. */
  run(): void;
  /** Back to what is acknowledged. */
  rewind(): void;
}

/** More is asked for when so few are left. */
const fewItems = 4;
/** The first failure may be the end of a connection that nobody has noticed yet. */
const tellAfter = 2;

export function createWalk({ asker, peer, clock, log, pace }: WalkParts, startMs: number): Walk {
  const patience = createPatience();
  let asking = false;
  let generation = 0;
  let reachedMs = startMs;

  const delivery = createDelivery(
    {
      ...{ peer, clock, pace },
      onAcknowledged() {
        // Not by each: what comes before a message that is refused is told, and acknowledged, at each try.
        if (delivery.doneMs > reachedMs) patience.worked();
        reachedMs = Math.max(reachedMs, delivery.doneMs);
        run();
      },
      onRefused: (error) => trouble(error, 'what was missed is refused; trying again'),
    },
    startMs,
  );

  const rewind = () => {
    generation++;
    asking = false;
    delivery.cut();
    asker.back(delivery.doneMs);
  };

  const trouble = (error: unknown, what: string) => {
    const failures = patience.failed(clock.monotonicMs());
    if (failures === tellAfter) log.warn({ err: error }, what);
    rewind();
  };

  const ask = async (answer: Promise<readonly Item[]>) => {
    const mine = generation;
    asking = true;
    try {
      const items = await answer;
      if (mine !== generation) return;
      asking = false;
      delivery.push(items);
      run();
    } catch (error) {
      if (mine === generation) trouble(error, 'history does not answer; trying again');
    }
  };

  const run = () => {
    if (!peer.isUp || !patience.isOver(clock.monotonicMs())) return;
    delivery.send();
    const answer = asking || delivery.waiting >= fewItems ? undefined : asker.next();
    if (answer !== undefined) void ask(answer);
  };

  return {
    get doneMs() {
      return delivery.doneMs;
    },
    get samples() {
      return delivery.samples;
    },
    run,
    rewind,
  };
}
