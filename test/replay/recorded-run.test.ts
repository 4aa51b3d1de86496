// A recording of a run with everything in it that a hash could lose: extra and derived signals, integers of 64
// bits, samples that come late, and ticks that were missed because the process stood still.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Quality } from '../../src/core/quality.ts';
import type { Feed } from '../../src/ports.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { fieldsOf } from '../../src/sources/replay/field.ts';
import {
  parseRecordingLine,
  type RecordingLine,
  tagLine,
  tickLine,
} from '../../src/sources/replay/recording.ts';
import { createRecordingDecode } from '../../src/sources/replay/recording-decode.ts';
import type { Row } from '../../src/sources/replay/row.ts';
import { cleanUp, stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';

useCleanUp();

const head = `version: 1
site: test
metrics: { enabled: false }
sources:
  log:
    type: replay
    file: rows.csv
    time: { column: t, format: s }
    loop: true
    tags:
      rpm: { column: rpm, unit: rpm }
      shake: { column: shake, unit: g }
      parts: { column: parts, kind: uint64 }
`;
const machine = `machines:
  mill-1:
    model: mill
    lagMs: 100
    signals: { spindle.speed: log/rpm }
    extra: { parts.made: { tag: log/parts, required: true }, shake.now: log/shake }
    derived:
      shaking: { rms: log/shake, unit: m/s2, windowMs: 300 }
      band: { band: log/shake, fromHz: 5, toHz: 20, rateHz: 100, windowMs: 800 }
      turning: { rate: spindle.speed }
      both: { expression: "shaking * [log/shake] + (turning > 0 ? parts.made : 1)" }
`;
/** Beyond 2^63, one by one: as numbers they are all the same. */
const first = 2n ** 64n - 1000n;

function rows(): string {
  const lines = ['t,rpm,shake,parts'];
  for (let k = 0; k < 300; k++) {
    const shake = Math.sin(k) + (k % 37 === 0 ? 3 : 0);
    lines.push(`${k / 100},${6000 + (k % 50)},${k % 61 === 0 ? '' : shake},${first + BigInt(k)}`);
  }
  return `${lines.join('\n')}\n`;
}

test('a run replays to its hash, and all bits of it are in the file', async () => {
  const dir = await stateDir();
  const [file, recording] = [join(dir, 'gemel.yaml'), join(dir, 'run.jsonl')];
  writeFileSync(join(dir, 'rows.csv'), rows());
  writeFileSync(file, `${head}broker: { port: ${await freePort()} }\n${machine}`);
  const live = gemel(['run', file, '--record', recording], { cwd: dir });
  cleanUp(() => live.kill());
  await poll('some of it', () => sizeOf(recording) > 30_000);
  live.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 700));
  live.kill('SIGCONT');
  await live.said('missed');
  const size = sizeOf(recording);
  await poll('more of it', () => sizeOf(recording) > size + 30_000);
  live.kill('SIGTERM');
  expect(await live.ended()).toBe(0);
  const said = /"hash":"([0-9a-f]{16})"/.exec(live.out())?.[1];

  const replay = gemel(['replay', recording, '--config', file, '--json'], { cwd: dir });
  expect(await replay.ended()).toBe(0);
  const summary = JSON.parse(replay.out()) as {
    hash: string;
    machines: { signals: { signal: string; good: number }[] }[];
    recorded: { same: boolean };
  };
  expect(summary.hash).toBe(said);
  expect(summary.recorded.same).toBe(true);
  const good = new Map(summary.machines[0]!.signals.map((signal) => [signal.signal, signal.good]));
  for (const name of ['shaking', 'turning', 'both', 'parts.made'])
    expect(good.get(name)).toBeGreaterThan(0.3);

  const lines = readFileSync(recording, 'utf8').trimEnd().split('\n').map(parseRecordingLine);
  const ticks = lines.filter((line): line is TickLine => line?.kind === 'tick');
  expect(Math.max(...ticks.slice(1).map(({ tick }, i) => tick - ticks[i]!.tick))).toBeGreaterThan(3);
  const exact = ticks.flatMap(({ samples }) => samples.flatMap((sample) => sample.exact ?? []));
  expect(exact.slice(0, 100).map((bits) => BigInt.asUintN(64, bits) - first)).toEqual(
    Array.from({ length: 100 }, (_, k) => BigInt(k)),
  );

  // Control: a bit of some samples; not every one is in a frame.
  const changed = readFileSync(recording, 'utf8').replaceAll(/,(60\d\d),0,/g, ',$1.0000000001,0,');
  writeFileSync(recording, changed);
  const other = gemel(['replay', recording, '--config', file, '--json'], { cwd: dir });
  expect(await other.ended()).toBe(0);
  expect(JSON.parse(other.out())).toMatchObject({ recorded: { same: false } });
});

type TickLine = Extract<RecordingLine, { kind: 'tick' }>;

test('as the input of a source it gives back the upper half of an uint64', () => {
  const pushed: (bigint | number)[] = [];
  const feed = {
    tag: () => 0,
    pushExact: (_tag: number, value: bigint) => pushed.push(value),
    push: (_tag: number, value: number) => pushed.push(value),
  } as unknown as Feed;
  const [field] = fieldsOf({ n: { column: 'n', kind: 'uint64' } } as never);
  const decode = createRecordingDecode('run.jsonl', [field!], feed);
  const inbox = createInbox(16);
  const values = [2n ** 64n - 1n, 2n ** 63n, 5n];
  for (const value of values) inbox.push(0, Number(value), 0, 1e12, 1e12, 1e12, value);
  inbox.push(0, Number.NaN, Quality.badSensorFailure, 1e12, 1e12, 1e12);
  const line = tickLine(1, inbox.drain(2e12), () => true);
  expect(line.match(/"/g)).toHaveLength(2 * (2 + values.length));
  const read: Row[] = [];
  decode.write(
    `${tagLine({ tag: 0, source: 'cnc', spec: { name: 'n', unit: '', kind: 'uint64' } })}${line}`,
    read,
  );
  decode.end(read);
  for (const row of read) decode.take(row, row.timeMs);
  expect(pushed).toEqual([...values, Number.NaN]);
});

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
