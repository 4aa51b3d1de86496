// A history in which an hour lies that the broker has not been told: 500 samples a second, written by the real writer as
// if they had been received then. What is simulated is the hour; all that follows is real.
import { join } from 'node:path';
import type { Commit, NewTag } from '../src/history/commit.ts';
import { historySchema } from '../src/history/schema.ts';
import { createWriter } from '../src/history/writer.ts';

export const hour = { tags: 10, perS: 50, seconds: 3600 };
export const hourSamples = hour.tags * hour.perS * hour.seconds;

/** The signals of mill-1 that are missed; of each the values 0, 1, 2 and so on. */
export const hourSignals = ['spindle.speed', ...probes().map((n) => `probe.${n}`)];

function probes(): number[] {
  return Array.from({ length: hour.tags - 1 }, (_, i) => i + 1);
}

/** The gateway that belongs to it; `broker` and `backfill` in YAML's flow style. */
export function hourConfig(broker: string, metricsPort: number, backfill: string): string {
  const fields = probes().map((n) => `          p${n}: { tag: "{machine}/p${n}", unit: A }\n`);
  const extra = probes().map((n) => `      probe.${n}: shop/mill-1/p${n}\n`);
  return `version: 1
site: test
log: { level: info }
broker: ${broker}
metrics: { port: ${metricsPort} }
publish: { backfill: ${backfill} }
sources:
  shop:
    type: mqtt
    topics:
      - topic: shop/{machine}/drive
        payload: object
        time: { field: t, format: ms }
        sequence: seq
        qos: 1
        fields:
          rpm: { tag: "{machine}/rpm", unit: rpm }
      - topic: shop/{machine}/probes
        payload: object
        time: { field: t, format: ms }
        fields:
${fields.join('')}machines:
  mill-1:
    model: mill
    signals:
      spindle.speed: shop/mill-1/rpm
    extra:
${extra.join('')}`;
}

/** Ends at `endMs`; the broker has all that was received up to where it begins. */
export function writeHour(stateDir: string, endMs: number): void {
  const startMs = endMs - hour.seconds * 1000;
  const writer = createWriter({
    file: join(stateDir, 'history.db'),
    run: {
      ...{ startMs, periodMs: 100, openedMs: startMs, gemel: '0.0.0', site: 'test' },
      ...{ fingerprint: 'hour', config: '{}' },
    },
    config: historySchema.parse({}),
    tell: () => {},
  });
  const nothing = { ledger: [], memory: [], events: [], acts: [], snapshots: [], gaps: [] };
  const name = (index: number) => (index === 0 ? 'mill-1/rpm' : `mill-1/p${index}`);
  const tags: NewTag[] = Array.from({ length: hour.tags }, (_, index) => ({
    ...{ index, source: 'shop', name: name(index), unit: index === 0 ? 'rpm' : 'A' },
    ...{ kind: 'number', tier: 'raw' },
  }));
  for (let second = 0; second < hour.seconds; second++) {
    const samples = secondOf(startMs, second);
    const commit: Commit = {
      ...{ ...nothing, nowMs: startMs + (second + 1) * 1000, samples, tags: second === 0 ? tags : [] },
      cursors: second === 0 ? [{ sink: 'mqtt', stream: 'samples', position: startMs }] : [],
    };
    writer.commit(commit);
    for (let slice = 0; slice < 3 && writer.work(commit.nowMs); slice++);
  }
  writer.close();
}

function secondOf(startMs: number, second: number): NonNullable<Commit['samples']> {
  const { tags, perS } = hour;
  const length = tags * perS;
  const each = <T extends Float64Array | Int32Array>(
    array: T,
    value: (row: number, tag: number) => number,
  ) => {
    for (let i = 0; i < length; i++) array[i] = value(Math.floor(i / tags), i % tags);
    return array;
  };
  const atMs = (row: number) => startMs + second * 1000 + ((row + 1) * 1000) / perS;
  return {
    ...{ length, quality: new Uint32Array(length), exact: new BigInt64Array(0) },
    tag: each(new Int32Array(length), (_, tag) => tag),
    value: each(new Float64Array(length), (row) => second * perS + row),
    timeMs: each(new Float64Array(length), (row) => atMs(row) - 5),
    receiveMs: each(new Float64Array(length), atMs),
    rawMs: each(new Float64Array(length), (row) => atMs(row) - 5),
  };
}
