// A serial source on a line over TCP: what a user sees when lines break, fall silent, or are noise.
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import type { Source } from '../../../src/ports.ts';
import { nameWarning } from '../../../src/sources/serial/reason.ts';
import { serialSourceSchema } from '../../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../../src/sources/serial/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { freePort, tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { startLineServer } from './line-server.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const clock = { monotonicMs: () => performance.now() };

async function open(path: string, change: object = {}) {
  const config = serialSourceSchema.parse({
    type: 'serial',
    path,
    columns: ['x', 'y'],
    fields: { x: 'x', y: 'y' },
    ...change,
  });
  const log = keptLog();
  const source: Source = createSerialSource('imu', config, { log, clock });
  const feed = createKeptFeed();
  ends.push(() => source.stop());
  await source.prepare?.();
  await source.start(feed);
  return { source, feed, log };
}

async function openLine(change: object = {}) {
  const server = await startLineServer();
  ends.push(() => server.stop());
  const parts = await open(`tcp://127.0.0.1:${server.port}`, change);
  await poll('the caller', () => server.callers === 1);
  await poll('the link', () => parts.source.health().link === 'up');
  return { server, ...parts };
}

const bad = (code: number) => ({ value: Number.NaN, quality: code, sourceMs: Number.NaN });

test('a lost line makes each tag Bad once, and the values come back with the line', async () => {
  const { server, feed, source, log } = await openLine();
  server.say('1,2\n');
  await poll('the values', () => feed.samples.length === 2);
  server.hangUp();
  await poll('the loss', () => feed.samples.length === 4);
  expect(feed.samples.slice(2)).toEqual([
    { tag: 'x', ...bad(Quality.badNoCommunication) },
    { tag: 'y', ...bad(Quality.badNoCommunication) },
  ]);
  await poll('the line again', () => server.calls === 2 && source.health().link === 'up', 2000);
  await poll('that it is told', () => log.lines.at(-1)?.message === 'the serial line is up');
  server.hangUp();
  await poll('the line again', () => server.calls === 3 && source.health().link === 'up', 2000);
  server.say('3,4\n');
  await poll('the values', () => feed.samples.length === 6);
  expect(feed.samples[4]).toMatchObject({ tag: 'x', value: 3, quality: Quality.good });
  expect(log.lines.filter(({ level }) => level === 'warn').length).toBe(2);
});

test('a silent line is opened anew, and its tags are Bad meanwhile', async () => {
  const { server, feed, source } = await openLine({ silenceS: 1 });
  const before = performance.now();
  server.say('1,2\n');
  await poll('the values', () => feed.samples.length >= 2);
  await poll('the silence', () => source.health().link === 'down');
  expect(source.health().reason).toBe('silent for 1 s');
  expect(performance.now() - before).toBeGreaterThan(990);
  expect(feed.samples.slice(2).map(({ quality }) => quality)).toEqual([
    Quality.badNoCommunication,
    Quality.badNoCommunication,
  ]);
  await poll('another call', () => source.health().link === 'up');
});

test('what was noise before the line was opened anew is none of the device there now', async () => {
  const { server, source } = await openLine({ silenceS: 1 });
  server.say('\xff\xfe garbage\n'.repeat(30));
  await poll('the noise', () => source.health().reason.includes('unreadable'));
  await poll('the silence', () => source.health().reason === 'silent for 1 s');
  const said = new Set<string>();
  const listen = () => said.add(source.health().reason);
  await poll('another call', () => listen() && server.calls >= 2 && source.health().link === 'up', 30_000, 1);
  await poll(
    'silence again',
    () => listen() && server.calls >= 3 && source.health().link === 'up',
    30_000,
    1,
  );
  expect([...said].sort()).toEqual(['', 'silent for 1 s']);
});

test('nobody there: says why, once, and goes on trying', async () => {
  const port = await freePort();
  const { source, log } = await open(`tcp://127.0.0.1:${port}`);
  const reason = await poll('the reason', () => source.health().reason);
  expect(reason).toBe(`127.0.0.1:${port} refuses the connection: is the serial server running?`);
  const server = await startLineServer(port);
  ends.push(() => server.stop());
  await poll('the call', () => source.health().link === 'up');
  await poll('that it is told', () => log.lines.length === 2);
  expect(log.lines.map(({ message }) => message)).toEqual([
    'the serial line is down',
    'the serial line is up',
  ]);
});

test('a server that hangs up at once, for somebody else has the line, is tried ever less often and told of once', async () => {
  const tries: number[] = [];
  const server = createServer((socket) => {
    tries.push(performance.now());
    socket.on('error', () => {});
    socket.end('Port already in use\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const { log } = await open(`tcp://127.0.0.1:${port}`);
  await poll('five tries', () => tries.length >= 5);
  // 100, 200, 400 and 800 ms, but for the time of a connection.
  expect(tries[4]! - tries[0]!).toBeGreaterThan(1400);
  expect(log.lines.map(({ message }) => message)).toEqual(['the serial line is down']);
});

test('no device, and a path that is no serial line', async () => {
  const none = await open('/dev/serial/by-id/usb-nobody-if00');
  expect(await poll('the reason', () => none.source.health().reason)).toBe(
    'there is no /dev/serial/by-id/usb-nobody-if00: not plugged in?',
  );
  const dir = await tempDir();
  ends.push(() => dir.remove());
  const file = join(dir.path, 'notes.txt');
  await writeFile(file, '1,2\n');
  const other = await open(file);
  expect(await poll('the reason', () => other.source.health().reason)).toBe(`${file} is no serial line`);
});

test('a wrong baud rate is told: the link goes down with a reason, and comes up with the first good lines', async () => {
  const { server, feed, source } = await openLine();
  server.say('1,2\n');
  await poll('the values', () => feed.samples.length === 2);
  const garbage = Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 37 + (i >> 3)) & 0xff));
  server.say(garbage);
  await poll('the trouble', () => source.health().link === 'down');
  expect(source.health().reason).toMatch(/^\d+ % of the lines were unreadable: another baudRate/);
  expect(feed.samples.slice(2).map(({ quality }) => quality)).toEqual([
    Quality.badCommunicationError,
    Quality.badCommunicationError,
  ]);
  expect(server.callers).toBe(1);
  server.say(`\n${'5,6\n'.repeat(10)}`);
  await poll('the link', () => source.health().link === 'up');
  await poll('the values', () => feed.samples.at(-1)?.value === 6);
  expect(feed.samples.at(-1)).toMatchObject({ tag: 'y', value: 6, quality: Quality.good });
});

test('nothing is ever written to the device', async () => {
  const { server, feed, source } = await openLine();
  server.say('1,2\n3,4\n');
  await poll('the values', () => feed.samples.length === 4);
  await source.stop();
  expect(server.heard().length).toBe(0);
});

test('a name that changes with the order of plugging in is warned about', async () => {
  expect(await nameWarning('/dev/ttyUSB0')).toMatch(
    /^\/dev\/ttyUSB0 may be another device after the next replug; use /,
  );
  expect(await nameWarning('/dev/ttyACM12')).not.toBe('');
  expect(await nameWarning('/dev/serial/by-id/usb-FTDI_1')).toBe('');
  expect(await nameWarning('/dev/ttyS0')).toBe('');
  expect(await nameWarning('tcp://host:1')).toBe('');
});
