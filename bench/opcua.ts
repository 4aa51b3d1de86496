// 5,000 OPC UA items that change ten times a second: what the gateway costs a change and how late it makes the ticks,
// with the client on the main thread and on its own, beside a bare client of the same library that only counts.
// One after the other against the same server, twice.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from './run.ts';

const items = 5000;
const warmMs = 6000;
const measureMs = Number(process.env['BENCH_SECONDS'] ?? 20) * 1000;
const hertz = 100;
const runsARound = 3;

interface Answer {
  readonly url: string;
  readonly ready: boolean;
  readonly changes: number;
  readonly ageP50Ms?: number;
  readonly ageP99Ms?: number;
  readonly lateP99Ms?: number;
}

export async function bench(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  const server = start('server.ts', [`${items}`, dir]);
  const { url } = await answer(server);
  const runs: Run[] = [];
  for (const round of [1, 2]) {
    runs.push(await run(`bare client, run ${round}`, 'bare-client.ts', [`${items}`, url]));
    for (const thread of ['shared', 'own']) {
      const words = [`${items}`, url, join(dir, 'state'), thread];
      runs.push(await run(`gateway, ${thread} thread, run ${round}`, 'gateway.ts', words));
    }
  }
  await end(server);
  rmSync(dir, { recursive: true, force: true });
  return {
    title: `OPC UA, ${items} items at 10 Hz, publishing every 50 ms, ${measureMs / 1000} s each`,
    head: [
      'who',
      'changes/s',
      'CPU a change',
      'of bare',
      'source time to tick p50, p99',
      'tick late p99',
      'RSS',
    ],
    rows: runs.map((one, i) => row(one, runs[i - (i % runsARound)]!)),
  };
}

interface Run {
  readonly who: string;
  readonly perS: number;
  readonly cpuUs: number;
  readonly rssMB: number;
  readonly last: Answer;
}

async function run(who: string, file: string, words: string[]): Promise<Run> {
  const child = start(file, words);
  await answer(child);
  await pause(warmMs);
  const before = { ...(await ask(child)), cpuMs: cpuMs(child), atMs: performance.now() };
  await pause(measureMs);
  const last = await ask(child);
  const changes = last.changes - before.changes;
  const result = {
    who,
    perS: (changes * 1000) / (performance.now() - before.atMs),
    cpuUs: ((cpuMs(child) - before.cpuMs) * 1000) / changes,
    rssMB: rssMB(child),
    last,
  };
  await end(child);
  return result;
}

function row(one: Run, bare: Run): string[] {
  const { ageP50Ms, ageP99Ms, lateP99Ms } = one.last;
  return [
    one.who,
    Math.round(one.perS).toLocaleString('en'),
    `${one.cpuUs.toFixed(2)} µs`,
    `${(one.cpuUs / bare.cpuUs).toFixed(2)}`,
    ageP50Ms === undefined ? '' : `${ageP50Ms} ms, ${ageP99Ms} ms`,
    lateP99Ms === undefined ? '' : `${lateP99Ms.toFixed(1)} ms`,
    `${one.rssMB.toFixed(0)} MB`,
  ];
}

function start(file: string, words: string[]): ChildProcess {
  const env = { ...process.env, NODEOPCUA_LOG_LEVEL: '0' };
  return fork(new URL(`./opcua/${file}`, import.meta.url), words, { env });
}

async function ask(child: ChildProcess): Promise<Answer> {
  child.send('?');
  return answer(child);
}

function answer(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a part of the bench ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Answer);
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function cpuMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / hertz;
}

function rssMB({ pid }: ChildProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
