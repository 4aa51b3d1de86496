// A serial line over the network that floods, much faster than any serial line could: the process goes on with all
// else, memory stays, and the line is read again once it is sane.
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { newIntake } from '../../src/sources/serial/intake.ts';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../src/sources/serial/source.ts';
import { createKeptFeed, type KeptFeed } from '../kept-feed.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const clock = { monotonicMs: () => performance.now() };
/** The most lines a byte can make, and each of them is refused. */
const garbage = Buffer.alloc(65_536, 'a\n');
const floodMs = 1000;

/** Counts what is refused: to keep it all would be the memory that is not to grow. */
function countingFeed(): KeptFeed & { refused: number } {
  const feed = Object.assign(createKeptFeed(), { refused: 0 });
  feed.reject = () => {
    feed.refused++;
  };
  return feed;
}

async function floodingServer() {
  const callers: Socket[] = [];
  let flooding = true;
  const server = createServer((socket) => {
    callers.push(socket);
    socket.on('error', () => {});
    const go = () => {
      while (flooding && !socket.destroyed) if (!socket.write(garbage)) return socket.once('drain', go);
      return undefined;
    };
    go();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    flooding = false;
    for (const socket of callers) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { port: number };
  return {
    port,
    say: (text: string) => callers[0]!.write(text),
    calm: () => {
      flooding = false;
    },
  };
}

const configOf = (port: number) =>
  serialSourceSchema.parse({
    type: 'serial',
    path: `tcp://127.0.0.1:${port}`,
    columns: ['x', 'y'],
    fields: { x: 'x', y: 'y' },
  });

/** The shares of the time in which the event loop was busy, and in which it had a processor: on a busy machine the
 * first grows and the second shrinks, whatever is asked of it. */
async function shareBusy(during: () => Promise<unknown>): Promise<{ loop: number; processor: number }> {
  const [from, fromMs, fromCpu] = [performance.eventLoopUtilization(), performance.now(), cpuMs()];
  await during();
  const processor = (cpuMs() - fromCpu) / (performance.now() - fromMs);
  return { loop: performance.eventLoopUtilization(from).utilization, processor };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const forFloodMs = async () => {
  const until = performance.now() + floodMs;
  await poll('the flood to last', () => performance.now() >= until);
};

test('a flood over the network has a share of the process, and what comes after it is read', async () => {
  const server = await floodingServer();
  const feed = countingFeed();
  const source = createSerialSource('imu', configOf(server.port), { log: keptLog(), clock });
  ends.push(() => source.stop());
  await source.start(feed);
  await poll('the flood', () => feed.refused > 10_000);
  const before = process.memoryUsage.rss();
  const busy = await shareBusy(forFloodMs);
  expect(busy.processor).toBeLessThan(0.6);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
  server.calm();
  const saying = setInterval(() => server.say('\n1,2\n'), 20);
  await poll('the values', () => feed.samples.length >= 20).finally(() => clearInterval(saying));
});

test('control: without a brake the same bytes take it all', async () => {
  const feed = countingFeed();
  const intake = newIntake(configOf(1), feed, clock);
  const busy = await shareBusy(async () => {
    const until = performance.now() + floodMs;
    while (performance.now() < until) {
      intake.bytes(garbage);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  expect(busy.loop).toBeGreaterThan(0.9);
});
