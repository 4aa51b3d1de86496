// A history of its own for a test, written by the real writer.
import { join } from 'node:path';
import type { SampleColumns } from '../../src/core/sample.ts';
import type { Commit } from '../../src/history/commit.ts';
import { historySchema } from '../../src/history/schema.ts';
import { createWriter } from '../../src/history/writer.ts';
import type { HistoryTag } from '../../src/ports/history.ts';

export type Tag = Omit<HistoryTag, 'id'>;

export interface Sample {
  /** Place in the list of tags. */
  readonly tag: number;
  readonly timeMs: number;
  readonly value: number;
  readonly quality?: number;
  readonly receiveMs?: number;
  readonly rawMs?: number;
  readonly exact?: bigint;
}

export const nothing: Omit<Commit, 'nowMs' | 'tags' | 'samples'> = {
  ledger: [],
  memory: [],
  events: [],
  acts: [],
  snapshots: [],
  cursors: [],
  gaps: [],
};

export const config = historySchema.parse({
  keep: { rawDays: 1e6, twinDays: 1e6, minFreeMb: 0 },
  ballastMb: 0,
});

/** When the samples of these tests are of, about. */
export const startMs = Date.UTC(2026, 2, 2, 8);

export function tagOf(source: string, name: string, more: Partial<Tag> = {}): Tag {
  return { source, name, unit: 'A', kind: 'number', tier: 'raw', ...more };
}

/** Closed when it returns; with `more` in the last commit. */
export function writeHistory(
  dir: string,
  tags: readonly Tag[],
  samples: readonly Sample[],
  more: Partial<Commit> = {},
  groupSamples = 1000,
): string {
  const file = join(dir, 'history.db');
  const nowMs = startMs + 86_400_000;
  const run = {
    startMs,
    periodMs: 100,
    openedMs: startMs,
    gemel: '0',
    site: 's',
    fingerprint: 'f',
    config: '{}',
  };
  const writer = createWriter({ file, run, config, tell: () => {} });
  writer.commit({
    nowMs,
    tags: tags.map((tag, index) => ({ ...tag, index })),
    samples: undefined,
    ...nothing,
  });
  for (let at = 0; at < samples.length; at += groupSamples) {
    const group = columnsOf(samples.slice(at, at + groupSamples));
    writer.commit({ nowMs, tags: [], samples: group, ...nothing });
  }
  const end = { tick: 1, kind: 'end', text: '0' } as const;
  writer.commit({ nowMs, tags: [], samples: undefined, ...nothing, acts: [end], ...more });
  writer.close();
  return file;
}

export function columnsOf(samples: readonly Sample[]): SampleColumns {
  return {
    length: samples.length,
    tag: Int32Array.from(samples, ({ tag }) => tag),
    value: Float64Array.from(samples, ({ value }) => value),
    quality: Uint32Array.from(samples, ({ quality = 0 }) => quality),
    timeMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    receiveMs: Float64Array.from(samples, ({ receiveMs, timeMs }) => receiveMs ?? Math.ceil(timeMs)),
    rawMs: Float64Array.from(samples, ({ rawMs = Number.NaN }) => rawMs),
    exact: BigInt64Array.from(samples, ({ exact = 0n }) => BigInt.asIntN(64, exact)),
  };
}
