// The history of a gateway, put together: what it keeps, on which threads, and who is told. Nothing is opened before its
// part is started.
import { join } from 'node:path';
import { recordedConfig } from './config/recorded.ts';
import type { Config } from './config/schema.ts';
import type { Core } from './core/step.ts';
import type { Run } from './history/commit.ts';
import { createHistory, type History, type HistoryParts } from './history/history.ts';
import { createReaderThread } from './history/reader/thread.ts';
import { type SpawnWriter, writerThread } from './history/thread/host.ts';
import { giveBallast } from './history/upkeep/ballast.ts';
import { isInUse } from './history/upkeep/in-use.ts';
import { diskFreeBytes } from './history/upkeep/space.ts';
import type { WriterThreadData } from './history-writer-thread.ts';
import type { GatewayEvent } from './ports/event.ts';
import type { GatewayClock } from './runtime/clock.ts';
import { createEarlyBox, historyListener, historyPart, type Listener } from './runtime/history-part.ts';
import type { Part } from './runtime/lifecycle.ts';
import type { RootLog } from './runtime/log.ts';
import type { SetTimer } from './runtime/pacer.ts';
import type { SourceWatch } from './runtime/sources.ts';
import { createRunRecord, fingerprintOf, type RunRecord } from './runtime/twins/run-record.ts';

/** Tests have the writer elsewhere, or say that samples are safe before they are. */
export interface HistoryTuning {
  readonly spawn?: (data: WriterThreadData) => SpawnWriter;
  readonly tuning?: HistoryParts['tuning'];
  readonly compact?: NonNullable<WriterThreadData['tuning']>;
}

interface HistoryOptions {
  readonly config: Config;
  readonly stateDir: string;
  readonly version: string;
  readonly log: RootLog;
  readonly setTimer?: SetTimer;
  readonly history?: HistoryTuning;
}

interface HistoryAround {
  readonly core: Core;
  readonly clock: GatewayClock;
  readonly watch: SourceWatch;
  readonly tell: (event: GatewayEvent) => void;
}

/** With less nothing can be opened, whoever wants to. */
const littleBytes = 2 ** 20;

export interface Kept {
  /** Before all others: where the disk is full, they need what the history has put by. */
  readonly reserve: Part;
  readonly history: History;
  /** What a replay needs of the run besides samples. */
  readonly record: RunRecord;
  readonly part: Part;
  readonly listener: Listener;
}

/** Undefined where it is switched off. */
export function openHistory(
  options: HistoryOptions,
  { core, clock, watch, tell }: HistoryAround,
): Kept | undefined {
  const { config, stateDir, version } = options;
  if (!config.history.enabled) return undefined;
  const log = options.log.component('history');
  const file = join(stateDir, 'history.db');
  const run: Run = {
    ...{ startMs: core.startMs, periodMs: core.periodMs, openedMs: Math.ceil(clock.nowMs()) },
    ...{ site: config.site, gemel: version, config: recordedConfig(config) },
    fingerprint: fingerprintOf(core, config.machines, version),
  };
  const { spawn = writerOnThread, tuning = {}, compact } = options.history ?? {};
  const data = { file, run, config: config.history, ...(compact !== undefined && { tuning: compact }) };
  const entry = new URL('./history-reader-thread.ts', import.meta.url);
  const reader = createReaderThread({ entry, file, log });
  const early = createEarlyBox(tell);
  const history = createHistory({
    ...{ clock, log, reader, tuning, config: config.history, tell: early.tell },
    ...(options.setTimer !== undefined && { setTimer: options.setTimer }),
    stopMs: config.loop.stopDeadlineS * 1000,
    spawn: (token) => spawn({ ...data, token }),
    accounts: () =>
      watch.all.map(({ source, account: { ledger } }) => ({
        ...{ source: source.name, row: ledger, remarks: ledger.remarks },
      })),
    settle: (source, samples, what) => watch.settled(source, samples, what),
  });
  const snapshotEveryMs = config.history.snapshotMin * 60_000;
  const record = createRunRecord({
    ...{ core, log, snapshotEveryMs },
    act: (act) => history.act(act),
    snapshot: (snapshot) => history.snapshot(snapshot),
  });
  const reserve: Part = {
    name: 'reserve',
    async start() {
      if (diskFreeBytes(file) < littleBytes && !isInUse(file)) giveBallast(file);
    },
    async stop() {},
  };
  const part = historyPart({ history, reader, watch, record });
  return { history, record, reserve, part, listener: historyListener(history, early.release) };
}

function writerOnThread(data: WriterThreadData): SpawnWriter {
  return writerThread(new URL('./history-writer-thread.ts', import.meta.url), data);
}
