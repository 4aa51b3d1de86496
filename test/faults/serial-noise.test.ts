// Serial noise: a megabyte of it, alone and between good lines. No bad line is ever accepted, every good line after
// it is taken, and without checksum or framing rules (the negative controls) bad lines do get in.
import { afterEach, describe, expect, test } from 'vitest';
import { isGood } from '../../src/core/quality.ts';
import { newIntake } from '../../src/sources/serial/intake.ts';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../src/sources/serial/source.ts';
import { createKeptFeed, type KeptFeed } from '../kept-feed.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';
import { startLineServer } from '../sources/serial/line-server.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
const megabyte = 2 ** 20;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function newChance(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const chance = newChance(seed);
const noise = (bytes: number) => Buffer.from(Array.from({ length: bytes }, () => Math.floor(chance() * 256)));
/** Noise that looks like lines of numbers. */
const likeness = '0123456789012345678901234567890123456789..,,,,--e*$ \r\n\n';
const numberNoise = (bytes: number) =>
  Buffer.from(
    Array.from({ length: bytes }, () => likeness.charCodeAt(Math.floor(chance() * likeness.length))),
  );

const csv = { columns: ['n', 'half', 'third'], fields: { n: 'n', half: 'half', third: 'third' } };
const proven = { ...csv, checksum: 'nmea-xor' };

function configOf(change: object) {
  return serialSourceSchema.parse({ type: 'serial', path: '/dev/serial/by-id/usb-imu', ...change });
}

function take(change: object, chunks: Iterable<Buffer>): KeptFeed {
  const feed = createKeptFeed();
  const intake = newIntake(configOf(change), feed, { monotonicMs: () => feed.timeMs });
  for (const chunk of chunks) {
    feed.timeMs += 10;
    intake.bytes(chunk);
  }
  return feed;
}

function lineOf(n: number, withSum: boolean): string {
  const body = `${n},${n / 2},${(n / 3).toFixed(4)}`;
  if (!withSum) return `${body}\r\n`;
  let sum = 0;
  for (const byte of Buffer.from(body)) sum ^= byte;
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
}

/** The accepted lines, three values each. */
function rowsOf(feed: KeptFeed): number[][] {
  const good = feed.samples.filter(({ quality }) => isGood(quality));
  return Array.from({ length: good.length / 3 }, (_, row) =>
    good.slice(row * 3, row * 3 + 3).map(({ value }) => value),
  );
}

const wrong = (row: readonly number[]) =>
  row[1] !== row[0]! / 2 || row[2] !== Number((row[0]! / 3).toFixed(4)) || !Number.isInteger(row[0]);

/** Bits flipped on the wire: about one line in three is hit. */
function* damaged(lines: number, withSum: boolean): Generator<Buffer> {
  yield Buffer.from('\n');
  for (let n = 0; n < lines; n++) {
    const line = Buffer.from(lineOf(n, withSum));
    if (chance() < 1 / 3) line[Math.floor(chance() * line.length)]! ^= 1 << Math.floor(chance() * 8);
    yield line;
  }
}

describe(`Serial noise: binary, no newline, partial first line, merged lines, bad checksum (seed ${seed})`, () => {
  test('a megabyte of noise alone: nothing is accepted, and the lines after it are', () => {
    function* bytes() {
      for (let sent = 0; sent < megabyte; sent += 4096) yield noise(4096);
      yield Buffer.from('\n');
      for (let n = 0; n < 1000; n++) yield Buffer.from(lineOf(n, true));
    }
    const feed = take(proven, bytes());
    const rows = rowsOf(feed);
    expect(rows.map(([n]) => n)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(rows.filter(wrong)).toEqual([]);
    expect(feed.rejects.length).toBeGreaterThan(5000);
    const others = feed.rejects.filter(({ reason }) => reason !== 'checksum' && reason !== 'too_large');
    expect(others).toEqual([]);
  });

  test('a megabyte between good lines, over a real connection: each burst costs the line it hits, no other', async () => {
    const server = await startLineServer();
    ends.push(() => server.stop());
    const feed = createKeptFeed();
    const config = configOf({ ...proven, path: `tcp://127.0.0.1:${server.port}` });
    const source = createSerialSource('imu', config, {
      log: keptLog(),
      clock: { monotonicMs: () => performance.now() },
    });
    ends.push(() => source.stop());
    await source.start(feed);
    await poll('the call', () => server.callers === 1);
    const bursts = 1024;
    for (let n = 0; n < bursts; n++) {
      // The noise hits the end of one line and the beginning of the next.
      server.say(lineOf(4 * n, true) + lineOf(4 * n + 1, true));
      server.say(noise(1024));
      server.say(lineOf(4 * n + 2, true) + lineOf(4 * n + 3, true));
    }
    await poll('the last line', () => rowsOf(feed).at(-1)?.[0] === 4 * bursts - 1);
    const rows = rowsOf(feed);
    expect(rows.filter(wrong)).toEqual([]);
    const taken = new Set(rows.map(([n]) => n));
    expect(taken.size).toBe(rows.length);
    const missing = Array.from({ length: 4 * bursts }, (_, n) => n).filter((n) => !taken.has(n));
    // Only a line that touched noise may be lost.
    expect(missing.filter((n) => n % 4 !== 2)).toEqual([]);
  });

  test('flipped bits: with a checksum no wrong value gets in', () => {
    const rows = rowsOf(take(proven, damaged(20_000, true)));
    expect(rows.filter(wrong)).toEqual([]);
    expect(rows.length).toBeGreaterThan(12_000);
  });

  test('negative control: without a checksum flipped bits do get in', () => {
    const rows = rowsOf(take(csv, damaged(20_000, false)));
    expect(rows.filter(wrong).length).toBeGreaterThan(500);
  });

  test('without a checksum: of a megabyte that looks like numbers only well-formed lines are accepted', () => {
    const bytes = numberNoise(megabyte);
    const text = bytes.toString('latin1');
    const number = '[ \\t]*[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d{1,4})?[ \\t]*';
    const wellFormed = new RegExp(`^${number},${number},${number}$`, 'i');
    const expected = text
      .split(/[\r\n]/)
      .slice(1, -1)
      .filter((line) => line.length <= 1024 && wellFormed.test(line));
    const feed = take(csv, [bytes]);
    // Every line that was not refused gave three samples, believed or not.
    expect(feed.samples.length).toBe(3 * expected.length);
    expect(expected.length).toBeGreaterThan(20);
  });

  test('a partial first line is dropped; negative control: taken for a whole one it gets in', () => {
    expect(rowsOf(take(csv, [Buffer.from('23,61.5,41\n124,62,41.3333\n')]))).toEqual([[124, 62, 41.3333]]);
    expect(rowsOf(take(csv, [Buffer.from('\n23,61.5,41\n124,62,41.3333\n')]))[0]).toEqual([23, 61.5, 41]);
  });

  test('two lines that ran together are refused as a whole', () => {
    const feed = take(csv, [Buffer.from('\n1,2,34,5,6\n7,8,9\n')]);
    expect(feed.rejects.map(({ reason }) => reason)).toEqual(['parse']);
    expect(rowsOf(feed)).toEqual([[7, 8, 9]]);
  });

  test('a stream without line ends is refused once, and the next line end starts anew', () => {
    const feed = take(csv, [
      Buffer.from('\n'),
      Buffer.alloc(megabyte, '1'),
      Buffer.from('\n1,2,3\n'.repeat(20)),
    ]);
    expect(feed.rejects.map(({ reason }) => reason)).toEqual(['too_large']);
    expect(rowsOf(feed).length).toBeGreaterThanOrEqual(16);
  });
});
