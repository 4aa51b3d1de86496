// A thread with a source that counts, and in its first lives comes to an end as it is told.
import { parentPort, workerData } from 'node:worker_threads';
import type { Feed, Source } from '../../../src/ports.ts';
import { serveSource } from '../../../src/runtime/thread/serve.ts';

export interface FailingData {
  readonly how: 'not' | 'throws' | 'rejects' | 'fills its heap' | 'leaves' | 'hangs' | 'does not start';
  /** At this sample. */
  readonly after: number;
  /** How many lives fail. */
  readonly times: number;
  /** Two numbers: lives so far, and how many of them have come to their end. */
  readonly lives: SharedArrayBuffer;
}

const { how, after, times, lives } = workerData as FailingData;
const counts = new Int32Array(lives);
const life = Atomics.add(counts, 0, 1) + 1;
const hoard: unknown[] = [];

function fail(): void {
  Atomics.add(counts, 1, 1);
  if (how === 'throws') throw new Error('the counter is broken');
  if (how === 'rejects') void Promise.reject(new Error('the counter is broken'));
  if (how === 'leaves') process.exit(3);
  while (how === 'hangs') life.toString();
  while (how === 'fills its heap') hoard.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
}

function createCounter(): Source {
  let timer: NodeJS.Timeout | undefined;
  let link: 'stopped' | 'up' = 'stopped';
  const count = (feed: Feed) => {
    const tag = feed.tag({ name: 'count', unit: '', kind: 'number' });
    let value = 0;
    timer = setInterval(() => {
      feed.push(tag, ++value, 0, Number.NaN);
      if (value === after && life <= times) fail();
    }, 5);
  };
  return {
    name: 'counter',
    async start(feed) {
      if (how === 'does not start' && life > 1 && life <= times + 1) throw new Error('not today');
      if (how === 'does not start' && life === 1) setTimeout(() => process.exit(3), 50);
      link = 'up';
      count(feed);
    },
    async stop() {
      clearInterval(timer);
      link = 'stopped';
    },
    health: () => ({ link, reason: '' }),
  };
}

serveSource(parentPort!, { tagsMax: 10 }, createCounter);
