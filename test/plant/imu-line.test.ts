// The IMU's serial line over TCP: what a reader gets, and what happens when there is nobody or no port.
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startImuLine } from '../../src/plant/imu-line.ts';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../src/sources/serial/source.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { spawnPlant } from './process.ts';

const nobody = () => {};

test('every reader gets every line, and none of what was said before', async () => {
  const line = await startImuLine({ port: 0, onPtyLost: nobody });
  line.send('nobody hears this\r\n');
  const read = async () => {
    const config = serialSourceSchema.parse({ type: 'serial', path: line.url, line: 'number', tag: 'x' });
    const source = createSerialSource('imu', config, {
      log: keptLog(),
      clock: { monotonicMs: () => performance.now() },
    });
    const feed = createKeptFeed();
    await source.start(feed);
    return { source, feed };
  };
  const readers = [await read(), await read()];
  await poll('the first lines', () => {
    line.send('1\r\n');
    return readers.every(({ feed }) => feed.samples.length > 0);
  });
  for (const { feed, source } of readers) {
    expect(feed.rejects).toEqual([]);
    await source.stop();
  }
  await line.stop();
});

test('a port in use is said', async () => {
  const busy = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => busy.listen(port, '127.0.0.1', resolve));
  await expect(startImuLine({ port, onPtyLost: nobody })).rejects.toThrow(
    `the IMU of the plant cannot listen on 127.0.0.1:${port}: the port is in use`,
  );
  await new Promise((resolve) => busy.close(resolve));
});

test('without socat a pty is refused in plain words', async () => {
  const dir = await tempDir();
  const path = process.env['PATH'];
  process.env['PATH'] = dir.path;
  try {
    const start = startImuLine({ port: 0, pty: `${dir.path}/imu`, onPtyLost: nobody });
    await expect(start).rejects.toThrow('socat is not installed (apt install socat)');
  } finally {
    process.env['PATH'] = path;
    await dir.remove();
  }
});

test('gemel plant says where its IMU talks, and a source of the gateway understands it', async () => {
  const dir = await tempDir();
  const port = await freePort();
  const plant = spawnPlant([
    ...['--broker', `mqtt://127.0.0.1:${port}`, '--opcua-port', '0', '--state-dir', dir.path],
    ...['--imu-port', '0', '--imu-rate', '100'],
  ]);
  try {
    const url = await poll(
      'the IMU',
      () => plant.lines.find((line) => line['ready'] === 'imu')?.['url'],
      60_000,
    );
    const config = serialSourceSchema.parse({
      type: 'serial',
      path: url,
      checksum: 'nmea-xor',
      prefix: '$IMU,',
      columns: ['ms', 'n', 'ax', 'ay', 'az', 'gx', 'gy', 'gz'],
      time: { field: 'ms', format: 'millis' },
      sequence: 'n',
      fields: { az: 'accel.z' },
    });
    const source = createSerialSource('imu', config, {
      log: keptLog(),
      clock: { monotonicMs: () => performance.now() },
    });
    const feed = createKeptFeed();
    await source.start(feed);
    await poll('a second of data', () => feed.samples.length >= 100);
    expect(feed.rejects).toEqual([]);
    const times = feed.samples.map(({ sourceMs }) => sourceMs);
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeCloseTo(10, -0.5);
    await source.stop();
  } finally {
    await plant.kill();
    await dir.remove();
  }
});
