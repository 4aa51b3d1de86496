// Kills a gateway again and again while devices send to it with QoS 1, and afterwards looks what of it is stored. Every
// sample has a number; what was acknowledged is noted by whoever sent it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { openReader } from '../../src/history/reader/open.ts';
import type { LedgerRow } from '../../src/ports.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { type Device, newDevice } from './honest-device.ts';

const script = fileURLToPath(new URL('./history-kill-gateway.ts', import.meta.url));
const devices = 4;
/** Of each device; an honest one has no more under way than the gateway remembers. */
const inFlightMax = 24;

export interface Kills {
  readonly cycles: number;
  readonly seed: number;
  /** Acknowledge before the commit. */
  readonly early?: boolean;
}

export interface Aftermath {
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: string[];
  /** There twice or more often. */
  readonly twice: string[];
  readonly stored: number;
  readonly integrity: unknown;
  readonly ledger: LedgerRow;
  /** From the start of a process to its first tick with its source up, sorted. */
  readonly readyMs: number[];
}

export async function runKills({ cycles, seed, early = false }: Kills): Promise<Aftermath> {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-kills-'));
  const port = await freePort();
  const dice = newDice(seed);
  const readyMs: number[] = [];
  const shop = Array.from({ length: devices }, (_, d) => newDevice(port, `d${d}`, inFlightMax));
  let child: ChildProcess | undefined;
  try {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const fromMs = performance.now();
      child = launch(dir, port, early);
      const ready = readiness(child).then(() => readyMs.push(performance.now() - fromMs));
      // One in eight does not even get to its work.
      if (dice() < 1 / 8) await wait(dice() * 700);
      else {
        await ready;
        const sent = shop.map(({ numbers }) => numbers.acknowledged.size);
        await poll('acknowledgements', () => shop.some((one, d) => one.numbers.acknowledged.size > sent[d]!));
        await wait(dice() * 400);
      }
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    child = launch(dir, port, early);
    await readiness(child);
    for (const device of shop) device.enough();
    await poll('all that was sent', () =>
      shop.every(({ numbers }) => numbers.acknowledged.size === numbers.sent),
    );
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    return { ...(await lookAt(join(dir, 'history.db'), shop)), readyMs: readyMs.sort((a, b) => a - b) };
  } finally {
    child?.kill('SIGKILL');
    for (const device of shop) device.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Fails when it ends instead. */
async function readiness(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== null) throw new Error(`the gateway ended by itself: ${code}`);
  });
  await Promise.race([once(child, 'message'), ended]);
}

function launch(dir: string, port: number, early: boolean): ChildProcess {
  const words = [dir, `${port}`, ...(early ? ['early'] : [])];
  return fork(script, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function lookAt(file: string, shop: readonly Device[]): Promise<Omit<Aftermath, 'readyMs'>> {
  const lost: string[] = [];
  const twice: string[] = [];
  let stored = 0;
  const reader = openReader(file);
  try {
    for (const { name, numbers } of shop) {
      const found = await valuesOf(reader, `${name}/v`);
      stored += found.length;
      const once = new Set<number>();
      for (const value of found) {
        if (once.has(value)) twice.push(`${name} ${value}`);
        once.add(value);
      }
      for (const number of numbers.acknowledged) if (!once.has(number)) lost.push(`${name} ${number}`);
    }
    const { sources } = await reader.ledger();
    const database = new Database(file, { readonly: true });
    const integrity = database.pragma('integrity_check', { simple: true });
    database.close();
    const sent = shop.reduce((sum, { numbers }) => sum + numbers.sent, 0);
    const acknowledged = shop.reduce((sum, { numbers }) => sum + numbers.acknowledged.size, 0);
    return { sent, acknowledged, lost, twice, stored, integrity, ledger: sources[0]!.row };
  } finally {
    reader.close();
  }
}

async function valuesOf(reader: ReturnType<typeof openReader>, name: string): Promise<number[]> {
  const values: number[] = [];
  for (const { id } of await reader.resolveTags('shop', name)) {
    let after: string | undefined;
    do {
      const { series, next } = await reader.raw({
        ...{ tag: id, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, samplesMax: 50_000 },
        ...(after !== undefined && { after }),
      });
      values.push(...series.value.subarray(0, series.length));
      after = next;
    } while (after !== undefined);
  }
  return values;
}

/** Numbers from 0 to 1 that a seed brings again. */
function newDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seedOfRun(): number {
  const given = process.env['HISTORY_SEED'];
  return given === undefined ? Date.now() % 1_000_000_007 : Number(given);
}
