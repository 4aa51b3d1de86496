// A history as a gateway leaves it, made by the real writer: for the tests that damage, copy and check it.

import { type RejectReason, type Remark, rejectReasons, remarks } from '../../../src/core/sample.ts';
import type { Writer } from '../../../src/history/commit.ts';
import { historySchema } from '../../../src/history/schema.ts';
import type { UpkeepNews } from '../../../src/history/upkeep/news.ts';
import { createWriter } from '../../../src/history/writer.ts';
import type { LedgerRow } from '../../../src/ports.ts';
import { columnsOf, commitOf, type Sample, someRun, startMs, tagsOf } from '../writer/samples.ts';

export const config = { ...historySchema.parse({}), ballastMb: 0 };
const tagCount = 4;

export function openWriter(file: string, told: UpkeepNews[] = [], openedMs = startMs): Writer {
  return createWriter({ file, run: { ...someRun, openedMs }, config, tell: (news) => told.push(news) });
}

/** As many commits of ten samples, 100 ms apart, with an account, a memory and a cursor. */
export function commitMany(writer: Writer, from: number, commits: number): void {
  for (let i = from; i < from + commits; i++) {
    const nowMs = startMs + i * 100;
    const stored = (i + 1) * 10;
    writer.commit(
      commitOf({
        nowMs,
        tags: i === from ? tagsOf(tagCount) : [],
        samples: columnsOf(samplesOf(i)),
        ledger: [{ source: 'plc', row: ledgerOf(stored), remarks: zeros(remarks) }],
        memory: [{ key: 'twin', text: `state ${i}` }],
        cursors: [
          { sink: 'mqtt', stream: 'samples', position: nowMs },
          { sink: 'mqtt', stream: 'events', position: i + 1 },
        ],
        events: [{ kind: 'source-up', timeMs: nowMs, text: `event ${i}` }],
      }),
    );
  }
}

export function samplesOf(commit: number): Sample[] {
  const nowMs = startMs + commit * 100;
  return Array.from({ length: 10 }, (_, i) => ({
    tag: i % tagCount,
    value: commit + i / 10,
    timeMs: nowMs - 10 + i,
    receiveMs: nowMs,
  }));
}

export function ledgerOf(stored: number, lost = 0): LedgerRow {
  return {
    received: stored + lost,
    stored,
    coalesced: 0,
    pending: 0,
    rejected: zeros<RejectReason>(rejectReasons),
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

export type { Remark };
