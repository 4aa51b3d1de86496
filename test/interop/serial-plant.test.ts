// The plant's IMU on a pty: read with its calibration, and read by the gateway as it ships, from the bundle, whose
// native library must be found.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { lstat, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { startImuLine } from '../../src/plant/imu-line.ts';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../src/sources/serial/source.ts';
import { gemel } from '../gemel-process.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { spawnPlant } from '../plant/process.ts';
import { meanOf } from '../plant/shop-floor.ts';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { demandSocat } from './socat-line.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ends: (() => Promise<unknown>)[] = [];

beforeAll(demandSocat);
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The demo's own source, pointed at a pty. */
function imuAt(path: string): object {
  const demo = parse(readFileSync(join(root, 'config/gemel.demo.yaml'), 'utf8')) as {
    sources: { imu: object };
  };
  return { ...demo.sources.imu, path };
}

async function startImu() {
  const dir = await tempDir();
  ends.push(() => dir.remove());
  const path = join(dir.path, 'imu');
  const broker = `mqtt://127.0.0.1:${await freePort()}`;
  const words = ['--broker', broker, '--opcua-port', '0', '--state-dir', dir.path, '--imu-pty', path];
  const plant = spawnPlant(words);
  // Not SIGKILL: its socat would stay.
  ends.push(() => {
    plant.child.kill('SIGTERM');
    return plant.ended();
  });
  await poll('the IMU', () => plant.lines.some((line) => line['ready'] === 'imu'));
  return { dir: dir.path, path, plant };
}

test('calibrated, gravity is upright and nothing turns while the machine stands still', async () => {
  const { path, plant } = await startImu();
  const config = serialSourceSchema.parse(imuAt(path));
  const clock = { monotonicMs: () => performance.now() };
  const source = createSerialSource('imu', config, { log: keptLog(), clock });
  const feed = createKeptFeed();
  await source.start(feed);
  ends.push(() => source.stop());
  await poll('data of the first change of tool', () => feed.samples.length >= 6 * 500 * 4);
  const valuesOf = (tag: string) =>
    feed.samples.filter((sample) => sample.tag === `mill-1/${tag}`).map(({ value }) => value);
  const still = calmest(['accel.x', 'accel.y', 'accel.z'].map(valuesOf), 500);
  const mean = (tag: string) => meanOf(valuesOf(tag).slice(still, still + 500));
  expect(mean('accel.z')).toBeCloseTo(9.807, 1);
  for (const tag of ['accel.x', 'accel.y']) expect(Math.abs(mean(tag))).toBeLessThan(0.1);
  for (const tag of ['gyro.x', 'gyro.y', 'gyro.z']) expect(Math.abs(mean(tag))).toBeLessThan(0.05);
  expect(feed.rejects).toEqual([]);
  expect(feed.remarks).toEqual([]);
  plant.child.kill('SIGTERM');
  expect(await plant.ended()).toBe(0);
  expect(existsSync(path)).toBe(false);
  await poll('the loss', () => source.health().link === 'down');
});

test('what nobody read is gone: each reader of the pty begins with what is said now', async () => {
  const dir = await tempDir();
  ends.push(() => dir.remove());
  const path = join(dir.path, 'imu');
  const lost: string[] = [];
  const line = await startImuLine({ port: 0, pty: path, onPtyLost: (why) => lost.push(why) });
  ends.push(() => line.stop());
  for (let reader = 0; reader < 3; reader++) {
    // More than any buffer on the way holds.
    for (let i = 0; i < 1000; i++) line.send(`old ${'-'.repeat(10_000)}\r\n`);
    const port = await poll('the pty', () => open(path, 'r').catch(() => undefined));
    const talk = setInterval(() => line.send('new\r\n'), 5);
    const { buffer, bytesRead } = await port.read(Buffer.alloc(64)).finally(() => clearInterval(talk));
    expect(buffer.toString('latin1', 0, bytesRead)).toMatch(/^new\r\n/);
    const { ctimeMs } = await lstat(path);
    await port.close();
    await poll('another pty', async () => (await lstat(path).catch(() => ({ ctimeMs }))).ctimeMs > ctimeMs);
  }
  expect(lost).toEqual([]);
});

test('the gateway of the bundle reads a serial port, and `gemel check --connect` tries it', async () => {
  await promisify(execFile)(process.execPath, ['build.ts'], { cwd: root });
  const { dir, path } = await startImu();
  const metrics = await freePort();
  const file = join(dir, 'gemel.yaml');
  const config = {
    version: 1,
    stateDir: './state',
    broker: { port: 0 },
    metrics: { port: metrics },
    sources: { imu: imuAt(path), other: imuAt('/dev/serial/by-id/usb-nobody') },
  };
  await writeFile(file, stringify(config));
  const env = { GEMEL_BUNDLE: '1' };
  const check = gemel(['check', file, '--connect'], { env });
  expect(await check.ended()).toBe(1);
  expect(check.out()).toMatch(new RegExp(`source imu ${path}`));
  expect(check.out()).toContain('there is no /dev/serial/by-id/usb-nobody: not plugged in?');

  const gateway = gemel(['run', file], { env });
  ends.push(async () => gateway.kill());
  const figure = async (name: string) => {
    const page = await fetch(`http://127.0.0.1:${metrics}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(page)?.[1]);
  };
  await poll('samples', async () => (await figure('gemel_samples_received_total{source="imu"}')) > 3000);
  expect(await figure('gemel_source_up{source="imu"}')).toBe(1);
  expect(await figure('gemel_source_up{source="other"}')).toBe(0);
  for (const reason of ['checksum', 'parse', 'type', 'too_large']) {
    expect(await figure(`gemel_samples_rejected_total{source="imu",reason="${reason}"}`)).toBe(0);
  }
  gateway.kill('SIGTERM');
  expect(await gateway.ended()).toBe(0);
});

/** Where the stretch of so many samples begins in which the machine moves least: it stands while a tool is changed. */
function calmest(axes: readonly number[][], length: number): number {
  const spread = (values: readonly number[]) => {
    const mean = meanOf(values);
    return meanOf(values.map((value) => (value - mean) ** 2));
  };
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let from = 0; from + length <= axes[0]!.length - 1; from += 10) {
    const moved = axes.reduce((sum, values) => sum + spread(values.slice(from, from + length)), 0);
    if (moved < least) [best, least] = [from, moved];
  }
  return best;
}
