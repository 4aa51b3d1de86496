// Made-up samples and commits for the tests of the writer: seeded, so that a failing one can be had again.
import type { SampleColumns } from '../../../src/core/sample.ts';
import type { Commit, NewTag, Run } from '../../../src/history/commit.ts';

export const startMs = 1_780_000_000_000;

export const someRun: Run = {
  startMs,
  periodMs: 100,
  openedMs: startMs,
  gemel: '0.0.0',
  site: 'test',
  fingerprint: 'f',
  config: '{}',
};

export interface Sample {
  readonly tag: number;
  readonly value: number;
  readonly quality?: number;
  readonly timeMs: number;
  readonly receiveMs: number;
  readonly rawMs?: number;
  readonly exact?: bigint;
}

export function columnsOf(samples: readonly Sample[]): SampleColumns {
  const hasExact = samples.some(({ exact }) => exact !== undefined);
  return {
    length: samples.length,
    tag: Int32Array.from(samples, ({ tag }) => tag),
    value: Float64Array.from(samples, ({ value }) => value),
    quality: Uint32Array.from(samples, ({ quality }) => quality ?? 0),
    timeMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    receiveMs: Float64Array.from(samples, ({ receiveMs }) => receiveMs),
    rawMs: Float64Array.from(samples, ({ rawMs }) => rawMs ?? Number.NaN),
    exact: hasExact ? BigInt64Array.from(samples, ({ exact }) => exact ?? 0n) : new BigInt64Array(0),
  };
}

const nothing: Commit = {
  nowMs: startMs,
  tags: [],
  samples: undefined,
  ledger: [],
  memory: [],
  events: [],
  acts: [],
  snapshots: [],
  cursors: [],
  gaps: [],
};

export function commitOf(parts: Partial<Commit>): Commit {
  return { ...nothing, ...parts };
}

export function tagsOf(count: number): NewTag[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    source: 'plc',
    name: `tag ${index}`,
    unit: '',
    kind: 'number',
    tier: 'raw',
  }));
}

/** mulberry32. */
export function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const keepAll = {
  rawDays: 36500,
  twinDays: 36500,
  rollupDays: 36500,
  secondDays: 36500,
  maxMb: 1000,
  minFreeMb: 0,
};

export const victimTags = 7;

/** The sample with this number: always the same one. Some come late, and blocks fill in no time. */
export function numbered(n: number): Sample {
  const receiveMs = startMs + n * 20;
  const lateMs = n % 11 === 0 ? 7_200_000 : n % 5;
  return { tag: n % victimTags, value: (n % 1000) / 100, timeMs: receiveMs - lateMs, receiveMs };
}
