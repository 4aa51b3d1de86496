// Reads the history over a thread, so that no question ever costs the gateway a tick. Bounded: more questions than it
// may hold are refused. A thread that dies fails the questions it had, and the next one starts another.
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import type { Damage } from '../query/history-file.ts';
import { createFar } from './far.ts';
import type { Ask, Questions, Topic } from './question.ts';
import { type FullReader, readerOf } from './reader.ts';

export interface ThreadReader extends FullReader {
  /** The same for one asker: what it asked and has no answer to is given up when it is gone. */
  for(asker: AbortSignal): FullReader;
  /** So many times a thread died and another was started. */
  readonly restarts: number;
  /** Of damaged rows that were left out of answers. */
  readonly damages: number;
  /** What is not answered by then is not any more. */
  stop(): Promise<void>;
}

export interface ThreadReaderOptions {
  /** The module that serves: history-reader-thread.ts. */
  readonly entry: URL;
  readonly file: string;
  readonly log: Log;
  readonly onDamage?: (damage: Damage) => void;
  /** Of questions that wait. */
  readonly waitingMax?: number;
}

const waitingMaxUsual = 256;

interface Waiting {
  readonly topic: Topic;
  readonly about: unknown;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly settled: () => void;
}

export function createReaderThread(options: ThreadReaderOptions): ThreadReader {
  const { log, waitingMax = waitingMaxUsual } = options;
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let damages = 0;
  let stopped = false;

  const settle = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    waiting.delete(id);
    one?.settled();
    return one;
  };
  const far = createFar(options, {
    message(message) {
      if (message.kind === 'answer') settle(message.id)?.resolve(message.answer as never);
      else if (message.kind === 'failed') {
        settle(message.id)?.reject(new GemError(message.failure.code, message.failure.details));
      } else if (message.kind === 'damage') {
        damages++;
        log.warn({ ...message.damage }, 'a row of the history is damaged; it is left out of answers');
        options.onDamage?.(message.damage);
      }
    },
    died(ids, why) {
      log.error({ why, questions: ids.length }, 'the reader of the history died; another takes over');
      for (const id of ids) settle(id)?.reject(unanswered(`its reader died: ${why}`));
    },
    /** Those that nobody has begun yet. */
    waiting: () => [...waiting].map(([id, { topic, about }]) => ({ kind: 'ask', id, topic, about })),
  });

  const askFor =
    (asker?: AbortSignal): Ask =>
    (topic, about) =>
      new Promise<Questions[typeof topic]['answer']>((resolve, reject) => {
        if (stopped) return reject(unanswered('the gateway stops'));
        if (asker?.aborted === true) return reject(unanswered('who asked is gone'));
        if (waiting.size >= waitingMax) return reject(unanswered(`${waitingMax} others wait already`));
        const id = next++;
        const gone = () => {
          settle(id)?.reject(unanswered('who asked is gone'));
          far.cancel(id);
        };
        asker?.addEventListener('abort', gone, { once: true });
        const settled = () => asker?.removeEventListener('abort', gone);
        waiting.set(id, { topic, about, resolve, reject, settled });
        far.ask({ kind: 'ask', id, topic, about });
      });

  return {
    ...readerOf(askFor()),
    for: (asker) => readerOf(askFor(asker)),
    get restarts() {
      return far.restarts;
    },
    get damages() {
      return damages;
    },
    async stop() {
      stopped = true;
      for (const id of [...waiting.keys()]) settle(id)?.reject(unanswered('the gateway stops'));
      await far.stop();
    },
  };
}

function unanswered(why: string): GemError {
  return new GemError('GEM_HISTORY_UNANSWERED', { why });
}
