// Recordings packed by gzip are read as they are. Of a torn or damaged one all whole lines before the damage count,
// and none that is half.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { FileReader } from '../../../src/sources/replay/reader.ts';
import { openReader } from '../../../src/sources/replay/reader.ts';
import { replaySourceSchema } from '../../../src/sources/replay/schema.ts';
import { createReplaySource } from '../../../src/sources/replay/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const dir = await tempDir();
  ends.push(dir.remove);
  const file = join(dir.path, name);
  await writeFile(file, bytes);
  return file;
}

async function readAll(reader: FileReader) {
  let text = '';
  let longest = 0;
  try {
    for (let piece = await reader.read(); piece !== ''; piece = await reader.read()) {
      text += piece;
      longest = Math.max(longest, piece.length);
    }
  } finally {
    await reader.close();
  }
  return { text, longest, damage: reader.damage };
}

const read = async (bytes: Uint8Array) =>
  readAll(await openReader(await written('log.csv.gz', bytes), 'auto'));

/** Lines that pack badly, so that a cut falls into the middle of something. */
const lines = Array.from({ length: 3000 }, (_, k) => `${k},${Math.sin(k * k) * 1e6},Wärme`);
const text = `${lines.join('\n')}\n`;
const packed = gzipSync(text);

describe('a packed file', () => {
  test.each([
    ['UTF-8', packed],
    ['UTF-16', gzipSync(Buffer.from(`\ufeff${text}`, 'utf16le'))],
    [
      'of two parts, one behind the other',
      Buffer.concat([gzipSync(text.slice(0, 1000)), gzipSync(text.slice(1000))]),
    ],
    ['with zeros behind it', Buffer.concat([packed, Buffer.alloc(512)])],
    ['not packed at all, whatever its name says', Buffer.from(text)],
  ])('gives its text: %s', async (_what, bytes) => {
    const { text: got, damage } = await read(bytes);
    expect(damage).toBe('');
    expect(got === text).toBe(true);
  });

  test.each([0.1, 0.5, 0.9, 0.999])('torn at %d of it gives what is there, and says so', async (share) => {
    const cut = packed.subarray(0, Math.floor(packed.length * share));
    const { text: got, damage } = await read(cut);
    expect(damage).toContain('it ends in the middle');
    expect(text.startsWith(got.replace(/\ufffd$/, ''))).toBe(true);
    // All that the packer had written out by then.
    expect(got.length).toBeGreaterThan(text.length * share * 0.8 - 40_000);
  });

  test('with a flipped byte, or with something else behind it, says so', async () => {
    const flipped = Buffer.from(packed);
    flipped[Math.floor(packed.length * 0.7)]! ^= 0xff;
    expect((await read(flipped)).damage).toContain('is not what was written');
    const followed = await read(Buffer.concat([packed, Buffer.from('and more')]));
    expect(followed.damage).toContain('is not what was written');
    // What was unpacked in one go with the damage is lost with it.
    expect(text.startsWith(followed.text)).toBe(true);
    expect(followed.text.length).toBeGreaterThan(text.length - 8192);
    // Control.
    expect((await read(packed)).damage).toBe('');
  });

  test('that unpacks to a thousand times its size comes in small pieces', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, 'x'));
    expect(bomb.length).toBeLessThan(64 * 1024);
    const { text: got, longest } = await read(bomb);
    expect(got.length).toBe(32 * 1024 * 1024);
    expect(longest).toBeLessThanOrEqual(64 * 1024);
  });

  test('with a spreadsheet in it is told from a recording', async () => {
    await expect(read(gzipSync(Buffer.from([0x50, 0x4b, 3, 4, 5, 6])))).rejects.toThrow('a ZIP archive');
  });
});

async function played(name: string, bytes: Uint8Array, more: object = {}) {
  const file = await written(name, bytes);
  const config = replaySourceSchema.parse({ type: 'replay', file, tags: { x: 'x' }, speed: 'max', ...more });
  const log = keptLog();
  const source = createReplaySource('log', config, log);
  ends.push(() => source.stop());
  const feed = createKeptFeed();
  await source.start(feed);
  const reason = await poll('the end', () => source.health().link === 'down' && source.health().reason);
  return { reason, feed, log, source };
}

const rows = Array.from({ length: 2000 }, (_, k) => ({ time: k / 10, x: Math.cos(k * k) * 1000 }));
const csv = gzipSync(`time,x\n${rows.map(({ time, x }) => `${time},${x}\n`).join('')}`);
const jsonl = gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

describe('a source of a packed recording', () => {
  test.each([
    ['log.csv.gz', csv],
    ['log.jsonl.gz', jsonl],
  ])('%s is played to its end', async (name, bytes) => {
    const { reason, feed } = await played(name, bytes);
    expect(reason).toBe('the recording has ended');
    expect(feed.rejects).toEqual([]);
    expect(feed.samples.map(({ value }) => value)).toEqual([...rows.map(({ x }) => x), Number.NaN]);
  });

  test.each([
    ['log.csv.gz', csv, 1],
    ['log.jsonl.gz', jsonl, 0],
  ])(
    '%s torn: whole lines count, the last one is named, and it is not begun again',
    async (name, bytes, header) => {
      const { reason, feed, log } = await played(name, bytes.subarray(0, bytes.length - 3000), {
        loop: true,
      });
      const taken = feed.samples.map(({ value }) => value);
      // The end of what there is.
      expect(taken.pop()).toBeNaN();
      expect(taken.length).toBeGreaterThan(500);
      expect(taken).toEqual(rows.slice(0, taken.length).map(({ x }) => x));
      expect(reason).toBe(
        `${name} is damaged after line ${taken.length + header}: it ends in the middle: cut short, or still being written`,
      );
      expect(feed.rejects).toEqual([]);
      expect(log.lines.filter(({ message }) => message.includes('is damaged'))).toHaveLength(1);
    },
  );

  test('of which nothing is left says why', async () => {
    const { reason } = await played('log.csv.gz', csv.subarray(0, 12));
    expect(reason).toContain('could be used: log.csv.gz is damaged after line 0');
  });

  test('is not followed: it cannot grow', async () => {
    const { reason } = await played('log.csv.gz', csv, { follow: true, speed: 'recorded' });
    expect(reason).toContain('is packed (gzip), and cannot be followed');
  });
});

test('what is tested is what gzip says too', () => {
  expect(gunzipSync(packed).toString() === text).toBe(true);
  expect(() => gunzipSync(packed.subarray(0, -10))).toThrow('unexpected end of file');
});
