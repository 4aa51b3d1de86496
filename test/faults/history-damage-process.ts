// Opens damaged histories as a gateway does, one after the other, each until samples can be committed and read: in a
// process of its own, so that a crash or a hang is its alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBlock } from '../../src/history/codec/decode-block.ts';
import { type Connection, openDatabase } from '../../src/history/database.ts';
import { decodeJournal } from '../../src/history/journal-row.ts';
import { readLeft } from '../../src/history/left.ts';
import { createWriter } from '../../src/history/writer.ts';
import { config } from '../history/upkeep/gateway-file.ts';
import { columnsOf, commitOf, someRun, startMs, tagsOf } from '../history/writer/samples.ts';

export interface Task {
  readonly dir: string;
  /** A file that is larger is only looked at where the next commits go. */
  readonly checkedBytes: number;
  /** Control: as if nothing were ever put aside. */
  readonly plain: boolean;
}

export interface Outcome {
  /** How often it had to be opened until samples were stored. */
  readonly starts: number;
  readonly quarantined: boolean;
  /** What kept it from being used in the end. */
  readonly failure?: string;
}

/** A gateway that dies of it starts again: more often than this is a loop. */
const startsMax = 3;
const newSamples = 1000;
const laterMs = startMs + 3_600_000;

function use(task: Task): Outcome {
  let quarantined = false;
  let failure = '';
  for (let starts = 1; starts <= startsMax; starts++) {
    try {
      quarantined = live(task, starts) || quarantined;
      return { starts, quarantined };
    } catch (error) {
      failure += `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
      if (task.plain) break;
    }
  }
  return { starts: startsMax, quarantined, failure };
}

/** One life of a gateway: opens, commits, brings all into blocks, closes; then its samples are there, each once. */
function live({ dir, checkedBytes, plain }: Task, start: number): boolean {
  const file = join(dir, 'history.db');
  if (plain) return livePlainly(file);
  const run = { ...someRun, openedMs: laterMs };
  const tuning = { waitMs: 0 };
  const writer = createWriter({ file, run, config, tell: () => undefined, checkedBytes, tuning });
  try {
    for (let i = 0; i < 10; i++) {
      const nowMs = laterMs + i * 1000;
      const samples = columnsOf(
        Array.from({ length: newSamples / 10 }, (_, k) => {
          const number = i * 100 + k;
          return { tag: number % 4, value: -start, timeMs: nowMs, receiveMs: nowMs };
        }),
      );
      writer.commit(commitOf({ nowMs, tags: i === 0 ? tagsOf(4) : [], samples }));
      for (let slices = 0; writer.work(nowMs + 700_000 * i); slices++) {
        if (slices > 10_000) throw new Error('the work never ends');
      }
    }
  } finally {
    writer.close();
  }
  const found = countNew(file, -start);
  if (found !== newSamples) throw new Error(`${found} of ${newSamples} samples can be read`);
  return writer.left.quarantined !== undefined && existsSync(writer.left.quarantined.file);
}

/** Without a look at it, and without a way out. */
function livePlainly(file: string): boolean {
  const database = openDatabase(file);
  try {
    readLeft(database);
    const verdict = database.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw new Error(String(verdict));
  } finally {
    database.close();
  }
  return false;
}

function countNew(file: string, marked: number): number {
  const database = openDatabase(file, { readonly: true });
  try {
    return (
      countIn(database, 'SELECT data FROM blocks WHERE end_ms >= ?', decodeBlock, marked) +
      countIn(database, 'SELECT data FROM journal WHERE received_last >= ?', decodeJournal, marked)
    );
  } finally {
    database.close();
  }
}

function countIn(
  database: Connection,
  sql: string,
  decode: (data: Buffer) => { readonly length: number; readonly value: Float64Array },
  marked: number,
): number {
  const rows = database.prepare<[number], Buffer>(sql).pluck().all(laterMs);
  return rows.reduce((sum, data) => {
    const { value, length } = decode(data);
    return sum + value.subarray(0, length).filter((value) => value === marked).length;
  }, 0);
}

process.on('message', (task: Task) => process.send!(use(task)));
