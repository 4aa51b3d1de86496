// A gateway as anybody runs it, with ticks that it misses, somebody who looks at a tool, and a restart by kill -9: out of
// its history it comes to the same state, beside the gateway that runs on it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PastSummary } from '../../src/replay/past/summary.ts';
import { cleanUp, stateDir, useCleanUp } from '../broker/fixture.ts';
import { type GemelProcess, gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';

useCleanUp();

const config = (port: number) => `version: 1
site: test
metrics: { enabled: false }
broker: { port: ${port} }
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
machines:
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

function rows(): string {
  const lines = ['t,rpm,shake,parts'];
  for (let k = 0; k < 300; k++) {
    const shake = Math.sin(k) + (k % 37 === 0 ? 3 : 0);
    lines.push(`${k / 100},${6000 + (k % 50)},${k % 61 === 0 ? '' : shake},${2n ** 64n - 1000n + BigInt(k)}`);
  }
  return `${lines.join('\n')}\n`;
}

async function gatewayIn(dir: string): Promise<GemelProcess> {
  const run = gemel(['run', 'gemel.yaml'], { cwd: dir });
  cleanUp(async () => {
    run.kill();
    await run.ended();
  });
  await run.said('first frame');
  return run;
}

async function replayIn(dir: string, ...words: string[]): Promise<PastSummary> {
  const run = gemel(['replay', '--json', ...words], { cwd: dir });
  expect([await run.ended(), run.err()]).toEqual([0, '']);
  return JSON.parse(run.out()) as PastSummary;
}

test('what a gateway was comes out of its history to the bit', async () => {
  const dir = await stateDir();
  writeFileSync(join(dir, 'rows.csv'), rows());
  writeFileSync(join(dir, 'gemel.yaml'), config(await freePort()));
  const first = await gatewayIn(dir);
  first.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 700));
  first.kill('SIGCONT');
  await first.said('missed');
  const look = gemel(['inspect', 'mill-1', 'tool.3', '--wear', '30%'], { cwd: dir });
  expect(await look.ended()).toBe(0);
  first.kill('SIGTERM');
  expect(await first.ended()).toBe(0);

  const second = await gatewayIn(dir);
  const one = await poll('its first second', async () => {
    const summary = await replayIn(dir);
    return summary.runs.length === 2 && summary.runs[1]!.frames > 10 ? summary : undefined;
  });
  // The first has said what it was when it stopped; the second runs on.
  expect(one.hashes).toEqual({ compared: 1, equal: 1 });
  expect(one.runs.map(({ ended }) => ended)).toEqual([true, false]);
  expect(one.runs[0]!.ticksSkipped).toBeGreaterThan(3);
  expect(one.runs[0]!.machines[0]!.news).toMatchObject({ inspected: 1 });
  const worn = one.runs.map(({ machines }) => machines[0]!.wearing['tool.3']!);
  expect(worn[0]![1]).toBeGreaterThan(0.05);
  // What the second began with is what the first ended with, and the replay knows it from the command alone.
  expect(worn[1]![1]).toBeGreaterThanOrEqual(worn[0]![1]);
  second.kill('SIGKILL');
  await second.ended();

  const both = await replayIn(dir, '--from', one.runs[1]!.from);
  expect(both.runs.map(({ run }) => run)).toEqual([2]);
  expect(both.runs[0]!.frames).toBeGreaterThanOrEqual(one.runs[1]!.frames);
  // To the same moment the same, whatever has been stored since.
  const again = await replayIn(dir, '--from', one.runs[1]!.from, '--to', one.runs[1]!.to);
  expect(again.runs[0]!.hash).toBe(one.runs[1]!.hash);
});
