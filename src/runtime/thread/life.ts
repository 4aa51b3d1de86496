// One life of a far end, from its birth to its end, as the gateway sees it: passes on what is asked of it, applies what
// it sends, and notices when it is gone or does not answer. Never starts another.
import type { Clock, Feed, Log, SourceHealth } from '../../ports.ts';
import { type Apply, createApply } from './apply.ts';
import { errorOf } from './failure.ts';
import { hostMs } from './far-clock.ts';
import type { Batch, Failure, FromFar, ToFar } from './message.ts';
import { startPulse } from './pulse.ts';

/** A thread, or whatever stands in for one. */
export interface Far {
  post(message: ToFar, transfer?: ArrayBuffer[]): void;
  /** Ends it, whatever it is doing. */
  end(): Promise<void>;
}

export interface FarEvents {
  message(message: FromFar): void;
  /** It ended, and why. */
  lost(why: string): void;
}

export type Spawn = (events: FarEvents) => Far;

export interface LifeParts {
  readonly spawn: Spawn;
  readonly clock: Clock;
  readonly log: Log;
  /** No answer for so long: it hangs. */
  readonly silenceMs: number;
}

export interface Life {
  /** What its start will need is loaded, or it has ended. */
  readonly ready: Promise<void>;
  /** Why it ended; undefined: it was asked to. */
  readonly over: Promise<string | undefined>;
  /** Undefined until it says something of itself. */
  readonly health: SourceHealth | undefined;
  /** Resolves when it is trying, or has ended; throws what its own start threw. */
  start(feed: Feed): Promise<void>;
  askToStop(): void;
  /** Nothing is passed on any more; what was good is Bad if `lost`. */
  end(lost: boolean): Promise<void>;
}

export function createLife({ spawn, clock, log, silenceMs }: LifeParts): Life {
  const ready = Promise.withResolvers<void>();
  const started = Promise.withResolvers<Failure | undefined>();
  const over = Promise.withResolvers<string | undefined>();
  let feed: Feed | undefined;
  let apply: Apply | undefined;
  let health: SourceHealth | undefined;
  let ended = false;
  /** What it said before it was started: lines of the log. */
  const early: Batch[] = [];
  const finish = (why: string | undefined) => {
    pulse.end();
    over.resolve(why);
    ready.resolve();
    started.resolve(undefined);
  };
  const take = (batch: Batch) => {
    if (ended) return;
    if (apply === undefined || feed === undefined) {
      early.push(batch);
      return;
    }
    apply.batch(batch, (lastMs) => {
      if (!ended) far.post({ kind: 'known', lastMs });
    });
    health = batch.health ?? health;
    far.post({ kind: 'back', buffer: batch.buffer }, [batch.buffer]);
    if (batch.question !== undefined) answer(far, feed, batch.question);
  };
  const far = spawn({
    lost: finish,
    message(message) {
      if (message.kind === 'batch') take(message);
      else if (message.kind === 'ready') ready.resolve();
      else if (message.kind === 'started') started.resolve(message.failure);
      else if (message.kind === 'ended') finish(undefined);
      else pulse.answered();
    },
  });
  const tellTime = () => far.post({ kind: 'time', time: { gatewayMs: clock.nowMs(), hostMs: hostMs() } });
  const pulse = startPulse(silenceMs, tellTime, finish);
  void ready.promise.then(pulse.loaded);
  return {
    ready: ready.promise,
    over: over.promise,
    get health() {
      return health;
    },
    async start(wayIn) {
      feed = wayIn;
      apply = createApply(wayIn, log);
      for (const batch of early.splice(0)) take(batch);
      far.post({ kind: 'start' });
      const failure = await started.promise;
      if (failure === undefined) return;
      finish(failure.message);
      throw errorOf(failure);
    },
    askToStop: () => far.post({ kind: 'stop' }),
    async end(lost) {
      finish(undefined);
      if (lost && !ended) apply?.lost();
      ended = true;
      await far.end();
    },
  };
}

function answer(far: Far, feed: Feed, id: number): void {
  const safe = () => far.post({ kind: 'safe', id });
  const waiting = feed.committed();
  if (waiting === undefined) safe();
  // What is never safe is never said to be.
  else waiting.then(safe, () => {});
}
