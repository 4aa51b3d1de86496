// A history with a real writer and file, whose faults a test decides: it may have no room, die before or after a commit,
// or say nothing any more. On this thread, with the time of the machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rejectReasons, remarks, type TagSpec } from '../../../src/core/sample.ts';
import type { Writer } from '../../../src/history/commit.ts';
import { createHistory, type History } from '../../../src/history/history.ts';
import { HistoryFull } from '../../../src/history/history-full.ts';
import { type OpenReader, openReader } from '../../../src/history/reader/open.ts';
import { historySchema } from '../../../src/history/schema.ts';
import { nearWriter } from '../../../src/history/thread/host.ts';
import { createWriter } from '../../../src/history/writer.ts';
import type { GatewayEvent } from '../../../src/ports/event.ts';
import type { LedgerRow } from '../../../src/ports.ts';
import { keptLog } from '../../silent-log.ts';

export interface Faults {
  /** Until it is taken away. */
  full: boolean;
  /** The next commit ends the writer, before it is on the disk or after. */
  death: 'before' | 'after' | undefined;
  /** Questions and commits are not heard. */
  silent: boolean;
}

export interface House {
  readonly history: History;
  readonly faults: Faults;
  readonly events: GatewayEvent[];
  /** What is in the file, by tag, in order of receipt. */
  stored(name: string, source?: string): Promise<number[]>;
  reader(): OpenReader;
  readonly settled: Record<'stored' | 'lost', number>;
  readonly writers: number;
  /** A sample; `at`: of receipt, in ms. */
  push(value: number, tag?: number): boolean;
  close(): Promise<void>;
}

export const spec: TagSpec = { name: 'temp', unit: 'degC', kind: 'number' };
const startMs = Date.UTC(2026, 10, 21);

export async function openHouse(options: object = {}, dir?: string): Promise<House & { dir: string }> {
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'gemel-history-'));
  const file = join(folder, 'history.db');
  const config = historySchema.parse({ ballastMb: 0, commitMs: 5, ...options });
  const faults: Faults = { full: false, death: undefined, silent: false };
  const events: GatewayEvent[] = [];
  const settled = { stored: 0, lost: 0 };
  const ledger = newRow();
  let writers = 0;
  let receiveMs = startMs;
  const run = {
    ...{ startMs, periodMs: 100, openedMs: startMs, gemel: '0', site: 's', fingerprint: 'f', config: '{}' },
  };
  const history = createHistory({
    config,
    clock: { nowMs: () => receiveMs, monotonicMs: () => performance.now() },
    log: keptLog(),
    reader: undefined as never,
    accounts: () => [{ source: 'shop', row: ledger, remarks: noRemarks() }],
    settle(_source, samples, what) {
      settled[what] += samples;
      ledger.pending -= samples;
      if (what === 'stored') ledger.stored += samples;
    },
    tell: (event) => {
      events.push(event);
    },
    stopMs: 400,
    tuning: { silenceMs: 500 },
    spawn: (token) => (heard) => {
      writers++;
      const open = () => faulty(createWriter({ file, run, config, tell() {} }), faults);
      const host = nearWriter({ token, open, isFull: (error) => error instanceof HistoryFull })({
        ...heard,
        message: (message) => {
          if (!faults.silent) heard.message(message);
        },
      });
      return host;
    },
  });
  await history.start();
  history.tag(0, 'shop', spec);
  return {
    ...{ history, faults, events, settled, dir: folder, reader: () => openReader(file) },
    get writers() {
      return writers;
    },
    push(value, tag = 0) {
      ledger.received++;
      receiveMs++;
      const isKept = history.push(tag, value, 0, receiveMs, receiveMs, receiveMs);
      if (isKept) ledger.pending++;
      else ledger.rejected.disk_full++;
      return isKept;
    },
    stored: (name, source = 'shop') => storedIn(file, source, name),
    async close() {
      await history.stop();
      if (dir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function faulty(writer: Writer, faults: Faults): Writer {
  return {
    ...writer,
    commit(commit) {
      if (faults.full) throw new HistoryFull('the disk is full');
      const { death } = faults;
      faults.death = undefined;
      if (death !== 'before') writer.commit(commit);
      if (death === undefined) return;
      writer.close();
      throw new Error(`it died ${death} a commit`);
    },
  };
}

async function storedIn(file: string, source: string, name: string): Promise<number[]> {
  const reader = openReader(file);
  try {
    const values: number[] = [];
    for (const { id } of await reader.resolveTags(source, name)) {
      const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
      const { series } = await reader.raw({ tag: id, ...range, samplesMax: 100_000 });
      values.push(...series.value.subarray(0, series.length));
    }
    return values;
  } finally {
    reader.close();
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function newRow(): Mutable<Omit<LedgerRow, 'rejected'>> & { rejected: Mutable<LedgerRow['rejected']> } {
  const rejected = Object.fromEntries(rejectReasons.map((reason) => [reason, 0])) as Record<
    (typeof rejectReasons)[number],
    number
  >;
  return { received: 0, stored: 0, coalesced: 0, pending: 0, rejected };
}

function noRemarks() {
  return Object.fromEntries(remarks.map((remark) => [remark, 0])) as Record<(typeof remarks)[number], number>;
}
