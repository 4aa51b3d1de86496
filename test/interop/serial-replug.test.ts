// A serial device that is unplugged and plugged in again a hundred times, on real ptys: the source is back with
// data within two seconds of each return, says Bad once for each loss, and keeps nothing open.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { isBad, isGood, Quality } from '../../src/core/quality.ts';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../src/sources/serial/source.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { demandSocat, plugIn, type SocatLine } from './socat-line.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
const rounds = 100;
const clock = { monotonicMs: () => performance.now() };
const ends: (() => Promise<unknown>)[] = [];

beforeAll(demandSocat);
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function openDevice(change: object = {}) {
  const dir = await tempDir();
  ends.push(() => dir.remove());
  const path = join(dir.path, 'usb-imu');
  const config = serialSourceSchema.parse({
    type: 'serial',
    path,
    baudRate: 921_600,
    checksum: 'nmea-xor',
    columns: ['n', 'x'],
    fields: { n: 'n', x: 'x' },
    ...change,
  });
  const log = keptLog();
  const source = createSerialSource('imu', config, { log, clock });
  const feed = createKeptFeed();
  await source.prepare?.();
  ends.push(() => source.stop());
  return { path, source, feed, log };
}

/** Says a numbered line every few milliseconds, as a device does; numbers go on over all replugs. */
function talk(line: SocatLine, from: number): () => number {
  let next = from;
  const timer = setInterval(() => {
    line.say(sentence(`${next},${next / 2}`));
    next++;
  }, 5);
  return () => {
    clearInterval(timer);
    return next;
  };
}

function sentence(body: string): string {
  let sum = 0;
  for (const byte of Buffer.from(body)) sum ^= byte;
  return `$${body}*${sum.toString(16).padStart(2, '0')}\r\n`;
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Mulberry32: the same seed, the same downtimes. */
function newChance(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mostly short; now and then so long that the source tries as seldom as it ever does. */
function awayMs(round: number, chance: number): number {
  return round % 10 === 9 ? 2500 + 1000 * chance : 20 + 400 * chance;
}

function goodFrom(feed: ReturnType<typeof createKeptFeed>, index: number): boolean {
  return feed.samples.slice(index).some(({ quality }) => isGood(quality));
}

test(`100 unplugs: data again within 2 s of each (seed ${seed})`, async () => {
  const { path, source, feed } = await openDevice();
  await source.start(feed);
  const chance = newChance(seed);
  const backMs: number[] = [];
  let said = 0;
  let files = 0;
  let memory = 0;
  for (let round = 0; round <= rounds; round++) {
    const line = await plugIn(path);
    const before = feed.samples.length;
    const pluggedMs = performance.now();
    const stopTalking = talk(line, said);
    await poll('data', () => goodFrom(feed, before), 30_000, 1);
    if (round > 0) backMs.push(performance.now() - pluggedMs);
    if (round === 5) {
      files = openFiles();
      memory = process.memoryUsage().rss;
    }
    const atLoss = feed.samples.length;
    await line.unplug(chance() < 0.5 ? 'SIGKILL' : 'SIGTERM');
    said = stopTalking();
    await poll('the loss', () => source.health().link === 'down');
    const bad = feed.samples.slice(atLoss).filter(({ quality }) => isBad(quality));
    expect(bad.map(({ tag, quality }) => [tag, quality])).toEqual([
      ['n', Quality.badNoCommunication],
      ['x', Quality.badNoCommunication],
    ]);
    await new Promise((resolve) => setTimeout(resolve, awayMs(round, chance())));
  }
  backMs.sort((a, b) => a - b);
  const median = backMs[backMs.length >> 1]!;
  const most = backMs.at(-1)!;
  const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
  process.stdout.write(
    `${rounds} replugs, seed ${seed}: data after median ${median.toFixed(0)} ms, max ${most.toFixed(0)} ms; memory ${grown.toFixed(1)} MB\n`,
  );
  expect(backMs.length).toBe(rounds);
  expect(most).toBeLessThan(2000);
  await poll('no file kept open', () => openFiles() <= files);
  expect(grown).toBeLessThan(20);
  const right = feed.samples.filter(({ quality }) => isGood(quality));
  for (let i = 0; i < right.length; i += 2) expect(right[i + 1]!.value).toBe(right[i]!.value / 2);
}, 300_000);

test('a device that restarts itself counts its milliseconds anew, and its values are of now', async () => {
  const { path, source, feed } = await openDevice({
    columns: ['t', 'x'],
    time: { field: 't', format: 'millis' },
    fields: { x: 'x' },
  });
  await source.start(feed);
  const line = await plugIn(path);
  await poll('the line', () => source.health().link === 'up');
  line.say(`rest\n${sentence('86400000,1')}`);
  await poll('the value', () => feed.samples.length === 1);
  feed.timeMs += 5000;
  line.say(sentence('12,2'));
  await poll('the next', () => feed.samples.length === 2);
  expect(feed.samples.map(({ sourceMs }) => sourceMs)).toEqual([feed.timeMs - 5000, feed.timeMs]);
  await line.unplug('SIGTERM');
});

test('a port that another program holds is said to be in use', async () => {
  const first = await openDevice();
  const line = await plugIn(first.path);
  await first.source.start(first.feed);
  await poll('the line', () => first.source.health().link === 'up');
  const config = serialSourceSchema.parse({
    type: 'serial',
    path: first.path,
    columns: ['x'],
    fields: { x: 'x' },
  });
  const second = createSerialSource('other', config, { log: keptLog(), clock });
  ends.push(() => second.stop());
  await second.start(createKeptFeed());
  expect(await poll('the reason', () => second.health().reason)).toBe(
    `${first.path} is in use by another program`,
  );
  await first.source.stop();
  await poll('its turn', () => second.health().link === 'up');
  await line.unplug('SIGTERM');
});

test('negative control: a port that is opened once hears nothing after a replug', async () => {
  const { path } = await openDevice();
  const first = await plugIn(path);
  let heard = 0;
  const port = new SerialPort({ path, baudRate: 921_600 });
  port.on('data', (chunk: Buffer) => {
    heard += chunk.length;
  });
  const closed = new Promise((resolve) => port.once('close', resolve));
  await new Promise((resolve) => port.once('open', resolve));
  first.say('1,2\r\n');
  await poll('data', () => heard > 0);
  await first.unplug('SIGKILL');
  await closed;
  const second = await plugIn(path);
  heard = 0;
  const stopTalking = talk(second, 0);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  stopTalking();
  expect(heard).toBe(0);
  await second.unplug('SIGTERM');
});
