// Signals of several sensors as one gateway receives them, in commits: for the benches that write a whole history.
import type { SampleColumns, Series } from '../src/core/sample.ts';
import type { Commit, NewTag, Run } from '../src/history/commit.ts';

export const benchRun: Run = {
  startMs: 0,
  periodMs: 100,
  openedMs: 0,
  gemel: '0.0.0',
  site: 'bench',
  fingerprint: '',
  config: '{}',
};

export const keepAll = {
  rawDays: 36500,
  twinDays: 36500,
  rollupDays: 36500,
  secondDays: 36500,
  maxMb: 1e6,
  minFreeMb: 0,
};

export function tagsOf(count: number): NewTag[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    source: 'bench',
    name: `signal ${index}`,
    unit: '',
    kind: 'number',
    tier: 'raw',
  }));
}

export function commitOf(nowMs: number, tags: readonly NewTag[], samples: SampleColumns): Commit {
  const none = { ledger: [], memory: [], events: [], acts: [], snapshots: [], cursors: [], gaps: [] };
  return { ...none, nowMs, tags, samples };
}

/** One stream in order of receipt; the index of a series is its tag. */
export function together(series: readonly Series[]): SampleColumns {
  const length = series.reduce((sum, one) => sum + one.length, 0);
  const column = () => new Float64Array(length);
  const [value, timeMs, receiveMs, rawMs] = [column(), column(), column(), column()];
  const [tag, quality] = [new Int32Array(length), new Uint32Array(length)];
  const at = series.map(() => 0);
  for (let i = 0; i < length; i++) {
    const next = earliest(series, at);
    const from = series[next]!;
    const k = at[next]!;
    at[next] = k + 1;
    tag[i] = next;
    value[i] = from.value[k]!;
    quality[i] = from.quality[k]!;
    timeMs[i] = from.timeMs[k]!;
    receiveMs[i] = from.receiveMs[k]!;
    rawMs[i] = from.rawMs[k]!;
  }
  return { length, tag, value, quality, timeMs, receiveMs, rawMs, exact: new BigInt64Array(0) };
}

function earliest(series: readonly Series[], at: readonly number[]): number {
  let [found, foundMs] = [-1, Infinity];
  for (let s = 0; s < series.length; s++) {
    const receiveMs = series[s]!.receiveMs[at[s]!] ?? Infinity;
    if (receiveMs < foundMs) [found, foundMs] = [s, receiveMs];
  }
  return found;
}

export function part(samples: SampleColumns, from: number, to: number): SampleColumns {
  return {
    length: to - from,
    tag: samples.tag.subarray(from, to),
    value: samples.value.subarray(from, to),
    quality: samples.quality.subarray(from, to),
    timeMs: samples.timeMs.subarray(from, to),
    receiveMs: samples.receiveMs.subarray(from, to),
    rawMs: samples.rawMs.subarray(from, to),
    exact: samples.exact.subarray(from, to),
  };
}
