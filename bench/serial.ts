// What a serial line costs: from bytes to samples alone, and with the port, over TCP and over a pty.
// `node bench/serial.ts` prints the tables by itself.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sentence } from '../src/plant/imu.ts';
import type { Feed, Log } from '../src/ports.ts';
import { newIntake } from '../src/sources/serial/intake.ts';
import { serialSourceSchema } from '../src/sources/serial/schema.ts';
import { createSerialSource } from '../src/sources/serial/source.ts';
import type { BenchResult } from './run.ts';

const measureMs = 5000;
const names = ['ax', 'ay', 'az', 'gx', 'gy', 'gz'] as const;
const fields = Object.fromEntries(names.map((name) => [name, name]));
const eye = [0, 1, 2].map((row) => [0, 1, 2].map((column) => (row === column ? 1.01 : 0.01)));
const calibration = [
  { inputs: ['ax', 'ay', 'az'], bias: [0.03, -0.02, 0.05], matrix: eye },
  { inputs: ['gx', 'gy', 'gz'], bias: [0.6, -0.4, 0.2], matrix: eye },
];
const imu = {
  checksum: 'nmea-xor',
  prefix: '$IMU,',
  columns: ['ms', 'n', ...names],
  time: { field: 'ms', format: 'millis' },
  sequence: 'n',
  fields,
  calibration,
};
const values = [0.0412, -0.0031, 1.0523, 0.61, -0.4, 0.2];
const kinds: readonly (readonly [string, object, (n: number) => string])[] = [
  ['csv, 8 columns, checksum, calibration', imu, (n) => sentence(`IMU,${n},${n},${values.join(',')}`)],
  ['csv, 6 columns', { columns: names, fields }, () => `${values.join(',')}\r\n`],
  [
    'keyvalue, 6 pairs',
    { line: 'keyvalue', fields },
    () => `${names.map((name, i) => `${name}=${values[i]}`).join(' ')}\n`,
  ],
  [
    'json, 6 fields',
    { line: 'json', fields },
    () => `${JSON.stringify(Object.fromEntries(names.map((name, i) => [name, values[i]])))}\n`,
  ],
  ['number', { line: 'number', tag: 'x' }, () => '12.75\n'],
];

interface CountingFeed extends Feed {
  samples: number;
}

function newFeed(): CountingFeed {
  let tags = 0;
  const feed: CountingFeed = {
    samples: 0,
    tag: () => tags++,
    push: () => ++feed.samples > 0,
    pushExact: () => ++feed.samples > 0,
    peerClock() {},
    reject(reason) {
      throw new Error(`a line was rejected: ${reason}`);
    },
    remark() {},
    committed: () => undefined,
    nowMs: Date.now,
  };
  return feed;
}

const clock = { monotonicMs: () => performance.now() };
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const configOf = (path: string, change: object) =>
  serialSourceSchema.parse({ type: 'serial', path, ...change });

/** µs a line, the best of several runs, in chunks as a port delivers them. */
function decodeUs(change: object, line: (n: number) => string): number {
  const lines = 40_000;
  const chunks: Buffer[] = [];
  for (let n = 0; n < lines; n += 8) {
    chunks.push(Buffer.from(Array.from({ length: 8 }, (_, i) => line(n + i)).join('')));
  }
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 12; run++) {
    const intake = newIntake(configOf('/dev/null', change), newFeed(), clock);
    intake.bytes(Buffer.from('\n'));
    const from = performance.now();
    for (const chunk of chunks) intake.bytes(chunk);
    best = Math.min(best, ((performance.now() - from) * 1000) / lines);
  }
  return best;
}

async function startLoad(ratePerS: number): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serial-load.ts'), String(ratePerS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  return { child, port };
}

interface Cost {
  readonly linesPerS: number;
  readonly corePercent: number;
  readonly usPerLine: number;
}

/** All the CPU of this process while a source reads a line. */
async function portCost(ratePerS: number, pty: boolean): Promise<Cost> {
  const load = await startLoad(ratePerS);
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  const link = join(dir, 'imu');
  const socat = pty
    ? spawn('socat', ['-u', `TCP:127.0.0.1:${load.port}`, `PTY,link=${link},rawer`], { stdio: 'ignore' })
    : undefined;
  await setTimeout(500);
  const path = pty ? link : `tcp://127.0.0.1:${load.port}`;
  const source = createSerialSource('imu', configOf(path, imu), { log: silent, clock });
  const feed = newFeed();
  feed.reject = () => {};
  await source.start(feed);
  await setTimeout(2000);
  const before = { cpu: process.cpuUsage(), samples: feed.samples, ms: performance.now() };
  await setTimeout(measureMs);
  const { user, system } = process.cpuUsage(before.cpu);
  const lines = (feed.samples - before.samples) / names.length;
  const elapsedS = (performance.now() - before.ms) / 1000;
  await source.stop();
  socat?.kill();
  load.child.kill();
  rmSync(dir, { recursive: true, force: true });
  return {
    linesPerS: lines / elapsedS,
    corePercent: (user + system) / 1e4 / elapsedS,
    usPerLine: (user + system) / lines,
  };
}

export async function bench(): Promise<BenchResult> {
  const rows = kinds.map(([name, change, line]) => [
    name,
    'bytes to samples',
    '',
    '',
    decodeUs(change, line).toFixed(2),
  ]);
  for (const [ratePerS, pty] of [
    [500, false],
    [4000, false],
    [500, true],
    [4000, true],
  ] as const) {
    const cost = await portCost(ratePerS, pty);
    rows.push([
      kinds[0]![0],
      pty ? 'pty' : 'TCP',
      cost.linesPerS.toFixed(0),
      `${cost.corePercent.toFixed(1)} %`,
      cost.usPerLine.toFixed(1),
    ]);
  }
  return { title: 'Serial lines', head: ['line', 'way', 'lines/s', 'of a core', 'µs/line'], rows };
}

if (import.meta.main) {
  const { head, rows } = await bench();
  for (const row of [head, ...rows]) process.stdout.write(`${row.join(' | ')}\n`);
}
