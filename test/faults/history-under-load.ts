// The real history with its writer on its real thread, and a source that numbers every sample and notes which ones were
// acknowledged: the oracle of the fault tests.
import { join } from 'node:path';
import { decodeBlock } from '../../src/history/codec/decode-block.ts';
import { openDatabase } from '../../src/history/database.ts';
import { createHistory, type History, type HistoryParts } from '../../src/history/history.ts';
import { decodeJournal } from '../../src/history/journal-row.ts';
import { createReaderThread } from '../../src/history/reader/thread.ts';
import { type HistoryConfig, historySchema } from '../../src/history/schema.ts';
import { writerThread } from '../../src/history/thread/host.ts';
import type { WriterThreadData } from '../../src/history-writer-thread.ts';
import type { GatewayEvent } from '../../src/ports/event.ts';
import { createClock, hostTime } from '../../src/runtime/clock.ts';
import { seeded } from '../history/writer/samples.ts';
import { keptLog, type LogLine } from '../silent-log.ts';

export interface Load {
  readonly history: History;
  readonly events: readonly GatewayEvent[];
  readonly log: readonly LogLine[];
  /** Numbers of the samples that are on the disk by the history's word. */
  readonly acknowledged: ReadonlySet<number>;
  readonly pushed: number;
  /** A few hundred samples, numbered; `await` what it returns to know that they were heard of. */
  push(samples: number): void;
  /** Until what was pushed is acknowledged or refused. */
  heard(): Promise<void>;
  stop(): Promise<void>;
}

const tags = 10;
const entry = (name: string) => new URL(`../../src/${name}.ts`, import.meta.url);

export interface LoadOptions {
  readonly keep?: Partial<HistoryConfig['keep']>;
  readonly ballastMb?: number;
  readonly waitingSamples?: number;
  /** The log is large from here on. */
  readonly walLargeBytes?: number;
}

export async function startLoad(stateDir: string, options: LoadOptions = {}): Promise<Load> {
  const log = keptLog();
  const events: GatewayEvent[] = [];
  const clock = createClock(hostTime);
  const history = historyOf(stateDir, options, { clock, log, tell: (event) => events.push(event) });
  await history.start();
  for (let tag = 0; tag < tags; tag++) history.tag(tag, 'plc', { name: `t${tag}`, unit: '', kind: 'number' });
  const acknowledged = new Set<number>();
  const open: Promise<void>[] = [];
  const noise = seeded(1);
  let pushed = 0;

  return {
    history,
    events,
    log: log.lines,
    acknowledged,
    get pushed() {
      return pushed;
    },
    push(samples) {
      const first = pushed;
      const nowMs = Math.ceil(clock.nowMs());
      let whole = true;
      for (let i = 0; i < samples; i++, pushed++) {
        // The rest of it is noise: what comes takes room.
        whole = history.push(pushed % tags, pushed + noise(), 0, nowMs, nowMs, Number.NaN) && whole;
      }
      const last = pushed;
      const done = (async () => {
        try {
          await history.committed();
        } catch {
          return;
        }
        // As a source has it: the message is acknowledged as a whole, or not at all.
        for (let number = first; whole && number < last; number++) acknowledged.add(number);
      })();
      open.push(done);
    },
    async heard() {
      await Promise.all(open.splice(0));
    },
    stop: () => history.stop(),
  };
}

function historyOf(
  stateDir: string,
  { keep, walLargeBytes, ...others }: LoadOptions,
  parts: Pick<HistoryParts, 'clock' | 'log' | 'tell'>,
): History {
  const usual = historySchema.parse({});
  const config = { ...usual, ...others, keep: { ...usual.keep, minFreeMb: 0, ...keep } };
  const file = join(stateDir, 'history.db');
  const openedMs = Math.ceil(parts.clock.nowMs());
  const names = { gemel: '0', site: 't', fingerprint: 'f', config: '{}' };
  const run = { startMs: openedMs, periodMs: 100, openedMs, ...names };
  return createHistory({
    ...parts,
    config,
    reader: createReaderThread({ entry: entry('history-reader-thread'), file, log: parts.log }),
    spawn: (token) => {
      const large = walLargeBytes === undefined ? {} : { walLargeBytes };
      const data: WriterThreadData = { file, run, config, token, ...large };
      return writerThread(entry('history-writer-thread'), data);
    },
    accounts: () => [],
    settle: () => undefined,
    stopMs: 60_000,
  });
}

/** How often each number from 0 on is in the file; throws when a row cannot be read. */
export function storedNumbers(stateDir: string): Map<number, number> {
  const database = openDatabase(join(stateDir, 'history.db'), { readonly: true });
  const found = new Map<number, number>();
  const note = (values: Float64Array, length: number) => {
    for (const value of values.subarray(0, length)) {
      const number = Math.floor(value);
      if (number >= 0) found.set(number, (found.get(number) ?? 0) + 1);
    }
  };
  try {
    for (const data of database.prepare<[], Buffer>('SELECT data FROM blocks').pluck().iterate()) {
      const { value, length } = decodeBlock(data);
      note(value, length);
    }
    for (const data of database.prepare<[], Buffer>('SELECT data FROM journal').pluck().iterate()) {
      const { value, length } = decodeJournal(data);
      note(value, length);
    }
    const verdict = database.pragma('integrity_check', { simple: true });
    if (verdict !== 'ok') throw new Error(`integrity: ${String(verdict)}`);
    return found;
  } finally {
    database.close();
  }
}

/** What was acknowledged and is not there, or is there twice. */
export function faultsOf(
  stateDir: string,
  acknowledged: ReadonlySet<number>,
): { lost: number[]; twice: number[] } {
  const stored = storedNumbers(stateDir);
  return {
    lost: [...acknowledged].filter((number) => !stored.has(number)),
    twice: [...stored].filter(([, count]) => count > 1).map(([number]) => number),
  };
}
