// A run of a gateway into a history, without the gateway: the sample mill again and again through the same feeds, core
// and record of the run, into the real file by the real writer. As fast as it goes. No test of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/load.ts';
import { recordedConfig } from '../../src/config/recorded.ts';
import type { Config } from '../../src/config/schema.ts';
import { applyCommand } from '../../src/core/command.ts';
import { models } from '../../src/core/models/index.ts';
import type { SampleColumns } from '../../src/core/sample.ts';
import { type Core, dueMs, stateHash } from '../../src/core/step.ts';
import type { TwinCommand } from '../../src/core/twin-command.ts';
import type { Act, Commit, Snapshot } from '../../src/history/commit.ts';
import { createWriter } from '../../src/history/writer.ts';
import type { HistoryGap } from '../../src/ports/history.ts';
import { createHall, type Hall } from '../../src/replay/hall.ts';
import { createTicker } from '../../src/replay/ticker.ts';
import { createRunRecord, fingerprintOf } from '../../src/runtime/twins/run-record.ts';
import { keptLog } from '../silent-log.ts';

export const version = '9.9.9';
const shipped = new URL('../../config/', import.meta.url).pathname;
const periodMs = 100;
/** Samples are committed so often. */
const commitTicks = 50;

/** The shipped replay configuration, with other words in it where a test wants another tuning. */
export function millConfig(change: (text: string) => string = (text) => text): Config {
  const file = join(shipped, 'gemel.replay.yaml');
  return parseConfig(change(readFileSync(file, 'utf8')), file, { env: {}, models }).config;
}

export interface PastRunOptions {
  readonly file: string;
  readonly config: Config;
  readonly startMs: number;
  readonly minutes: number;
  /** Before the step of that tick. */
  readonly commands?: Readonly<Record<number, readonly TwinCommand[]>>;
  /** Of that tick and so many after it the loop had no time. */
  readonly stall?: { readonly tick: number; readonly ticks: number };
  /** It ended as by kill -9: nothing was written down after the last commit. */
  readonly killed?: boolean;
  readonly gemel?: string;
  readonly gaps?: readonly HistoryGap[];
  /** Until when the run before had received samples, which this one begins before. */
  readonly overlapMs?: number;
}

export interface Recorded {
  readonly core: Core;
  readonly hash: string;
  /** By tick. */
  readonly frames: ReadonlyMap<number, readonly number[]>;
}

export async function recordRun(options: PastRunOptions): Promise<Recorded> {
  const { config, startMs, commands = {}, stall } = options;
  const hall = createHall(config, 'sample', ['log']);
  const frames = new Map<number, readonly number[]>();
  const ticker = createTicker(
    hall,
    {
      ...{ config, log: keptLog(), speed: Number.POSITIVE_INFINITY },
      onBatch: (tick, samples) => desk.batch(tick, samples),
      onFrames(made) {
        frames.set(ticker.core.lastTick, [...made[0]!.value, ...made[0]!.twin]);
        desk.ticked(ticker.core.lastTick);
        return undefined;
      },
    },
    () => startMs,
  );
  const { core } = ticker;
  const desk = createDesk(options, hall, core);
  const push = pusher(config, hall);
  let next = 0;
  const tick = () => {
    if (stall !== undefined && next === stall.tick) next += stall.ticks;
    for (const command of commands[next] ?? []) {
      desk.command(command);
      applyCommand(core, command);
    }
    void ticker.tick(next++);
    core.news.length = 0;
  };
  for (let row = 0; row < options.minutes * 600; row++) {
    const timeMs = startMs + 30 + row * periodMs;
    while (dueMs(core, next) < timeMs) tick();
    hall.time.nowMs = Math.max(hall.time.nowMs, timeMs);
    push(row, timeMs);
  }
  tick();
  await desk.end();
  return { core, hash: stateHash(core), frames };
}

/** What the history's thread and the writer's do of it, on this one. */
function createDesk(options: PastRunOptions, { tags }: Hall, core: Core) {
  const { config, file, startMs, gemel = version } = options;
  const writer = createWriter({
    ...{ file, config: config.history, tell: () => {} },
    run: {
      ...{ startMs, periodMs, openedMs: startMs, gemel, site: 'test' },
      ...{ fingerprint: fingerprintOf(core, config.machines, gemel), config: recordedConfig(config) },
    },
  });
  const { overlapMs } = options;
  const overlap: Act[] =
    overlapMs === undefined ? [] : [{ tick: 0, kind: 'overlap', text: String(overlapMs) }];
  let [acts, snapshots]: [Act[], Snapshot[]] = [overlap, []];
  let rows: Row[] = [];
  let told = 0;
  const record = createRunRecord({
    ...{ core, log: keptLog(), snapshotEveryMs: 120_000 },
    act: (act) => acts.push(act),
    snapshot: async (snapshot) => snapshots.push(snapshot),
  });
  const commit = (gaps: readonly HistoryGap[] = []) => {
    const fresh = tags.rows.slice(told).map(({ source, spec: { name, unit, kind } }, i) => ({
      ...{ index: told + i, source, name, unit, kind, tier: 'raw' as const },
    }));
    told = tags.rows.length;
    const whole: Commit = {
      ...{ nowMs: dueMs(core, Math.max(0, core.lastTick)), tags: fresh, samples: columnsOf(rows) },
      ...{ ledger: [], memory: [], events: [], acts, snapshots, cursors: [], gaps },
    };
    writer.commit(whole);
    [acts, snapshots, rows] = [[], [], []];
    while (writer.work(whole.nowMs)) {}
  };
  return {
    command: (command: TwinCommand) => record.command(command),
    batch(tick: number, samples: SampleColumns) {
      for (let i = 0; i < samples.length; i++) rows.push(rowOf(samples, i));
      record.batch(tick);
    },
    ticked(tick: number) {
      record.ticked(tick);
      if (tick % commitTicks === 0) commit();
    },
    async end() {
      if (options.killed !== true) await record.end();
      commit(options.gaps);
      writer.close();
    },
  };
}

type Row = Readonly<Record<'tag' | 'value' | 'quality' | 'timeMs' | 'receiveMs' | 'rawMs', number>>;

function rowOf({ tag, value, quality, timeMs, receiveMs, rawMs }: SampleColumns, i: number): Row {
  return {
    ...{ tag: tag[i]!, value: value[i]!, quality: quality[i]! },
    ...{ timeMs: timeMs[i]!, receiveMs: receiveMs[i]!, rawMs: rawMs[i]! },
  };
}

function columnsOf(rows: readonly Row[]): SampleColumns {
  const column = (name: keyof Row) => Float64Array.from(rows, (row) => row[name]);
  return {
    ...{ length: rows.length, tag: Int32Array.from(column('tag')), value: column('value') },
    ...{ quality: Uint32Array.from(column('quality')), timeMs: column('timeMs') },
    ...{ receiveMs: column('receiveMs'), rawMs: column('rawMs'), exact: new BigInt64Array(0) },
  };
}

/** Row by row of the sample, which is a minute long, again and again. */
function pusher({ sources }: Config, { feed }: Hall) {
  const [, head = '', , ...rows] = readFileSync(join(shipped, 'sample-mill.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const columns = head.split(';');
  const { log } = sources;
  if (log?.type !== 'replay') throw new TypeError('the configuration has no replay source "log"');
  const fields = Object.entries(log.tags).flatMap(([name, tag]) => {
    if (typeof tag === 'string' || typeof tag === 'number') return [];
    const { unit, min, max } = tag;
    const spec = { name: `log/${name}`, unit, kind: 'number' as const };
    const limits = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    return [{ column: columns.indexOf(String(tag.column)), tag: feed.tag({ ...spec, ...limits }) }];
  });
  const cells = rows.map((row) => row.split(';').map((cell) => Number(cell.replace(',', '.'))));
  return (row: number, timeMs: number) => {
    const values = cells[row % cells.length]!;
    for (const { column, tag } of fields) feed.push(tag, values[column]!, 0, timeMs);
  };
}
