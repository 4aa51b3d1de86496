// Looks at every page, every checksum and every account of a history file, and says what to do about what it finds.
// Changes nothing; beside a gateway that runs it never holds an old state of the file for long.
import { setImmediate as turn } from 'node:timers/promises';
import { decodeBlock } from '../codec/decode-block.ts';
import type { LedgerEntry } from '../commit.ts';
import { type Connection, openDatabase } from '../database.ts';
import { decodeJournal } from '../journal-row.ts';
import { decodeChunk } from '../rollup/chunk.ts';
import { aheadMs, earliestMs } from './age-clock.ts';
import { isInUse } from './in-use.ts';
import { mb } from './news.ts';
import { listAside } from './quarantine.ts';
import { measureSpace } from './space.ts';

export interface Finding {
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  readonly about: 'file' | 'pages' | 'samples' | 'rollups' | 'ledger' | 'log' | 'clock' | 'disk' | 'aside';
  readonly text: string;
  /** What to do; absent where nothing is to be done. */
  readonly advice?: string;
}

export interface CheckOptions {
  readonly nowMs: number;
  /** Of all the work, from 0 to 1. */
  readonly onProgress?: (share: number, what: string) => void;
  /** Room that should be left on the disk; absent: not looked at. */
  readonly minFreeBytes?: number;
  /** Not every page and row: what takes no time. */
  readonly quick?: boolean;
}

/** Throws when the file is none of ours, of a newer version, or cannot be opened at all. */
export async function checkHistory(file: string, options: CheckOptions): Promise<readonly Finding[]> {
  const isRunning = isInUse(file);
  const progress = options.onProgress ?? (() => undefined);
  const database = openDatabase(file, { readonly: true });
  try {
    const findings: Finding[] = [fileFinding(database, isRunning)];
    if (options.quick !== true) findings.push(...(await checkContent(database, isRunning, progress)));
    findings.push(...checkLedger(database), ...checkClock(database, options.nowMs));
    findings.push(...checkSpace(database, file, options.minFreeBytes), ...checkAside(file));
    progress(1, 'done');
    return findings;
  } finally {
    database.close();
  }
}

async function checkContent(
  database: Connection,
  isRunning: boolean,
  progress: (share: number, what: string) => void,
): Promise<Finding[]> {
  progress(0, 'pages');
  return [
    ...(await checkPages(database, isRunning, (share) => progress(share * 0.4, 'pages'))),
    await checkRows(database, 'journal', (share) => progress(0.4 + share * 0.05, 'journal')),
    await checkRows(database, 'blocks', (share) => progress(0.45 + share * 0.45, 'blocks')),
    await checkRows(database, 'rollups', (share) => progress(0.9 + share * 0.1, 'rollups')),
  ];
}

const restoreAdvice =
  'Stop the gateway and bring back a backup (gemel restore), or start it: what is damaged is put aside and the rest is taken along.';

function fileFinding(database: Connection, isRunning: boolean): Finding {
  const version = Number(database.pragma('user_version', { simple: true }));
  const text = `version ${version}, ${isRunning ? 'in use by a gateway' : 'not in use'}`;
  return { level: 'ok', about: 'file', text };
}

type Progress = (share: number) => void;

/** Beside a gateway table by table, each a short look; else all at once, which finds pages that nobody has, too. */
async function checkPages(database: Connection, isRunning: boolean, progress: Progress): Promise<Finding[]> {
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .pluck()
    .all();
  const pragmas = isRunning ? tables.map((name) => `integrity_check("${name}")`) : ['integrity_check(20)'];
  const complaints: string[] = [];
  for (const [i, pragma] of pragmas.entries()) {
    await turn();
    complaints.push(...verdictOf(database, pragma));
    progress((i + 1) / pragmas.length);
  }
  if (complaints.length === 0)
    return [{ level: 'ok', about: 'pages', text: 'every page is as it should be' }];
  const text = `the file is damaged: ${complaints.slice(0, 3).join('; ')}`;
  return [{ level: 'error', about: 'pages', text, advice: restoreAdvice }];
}

function verdictOf(database: Connection, pragma: string): string[] {
  try {
    const rows = database.pragma(pragma) as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((verdict) => verdict !== 'ok');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const rowsAtOnce = 200;

interface Checked {
  readonly key: string;
  readonly about: Finding['about'];
  /** Throws, or gives the number of samples that are in the row, and that it says. */
  readonly columns: string;
  readonly count: (data: Uint8Array) => number;
  readonly noun: string;
}

const checked: Record<'journal' | 'blocks' | 'rollups', Checked> = {
  journal: {
    key: 'seq',
    about: 'samples',
    columns: 'samples',
    count: (data) => decodeJournal(data).length,
    noun: 'journal rows',
  },
  blocks: {
    key: 'key',
    about: 'samples',
    columns: 'samples',
    count: (data) => decodeBlock(data).length,
    noun: 'blocks',
  },
  rollups: {
    key: 'key',
    about: 'rollups',
    columns: '-1',
    count: (data) => decodeChunk(data).startMs.length,
    noun: 'chunks of rollups',
  },
};

async function checkRows(
  database: Connection,
  table: keyof typeof checked,
  progress: Progress,
): Promise<Finding> {
  const { key, about, columns, count, noun } = checked[table];
  const rows = database.prepare<[number], { at: number; samples: number; data: Uint8Array }>(
    `SELECT ${key} AS at, ${columns} AS samples, data FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${rowsAtOnce}`,
  );
  const seen = { rows: 0, damaged: 0, samples: 0, first: '' };
  try {
    const total = database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
    for (let after = -1; ; ) {
      await turn();
      const some = rows.all(after);
      for (const { at, samples, data } of some) {
        const complaint = complaintOf(() => count(data), samples);
        if (complaint === undefined) seen.samples += Math.max(0, samples);
        else if (seen.damaged++ === 0) seen.first = `${table} ${at}: ${complaint}`;
      }
      seen.rows += some.length;
      progress(total === 0 ? 1 : Math.min(1, seen.rows / total));
      if (some.length < rowsAtOnce) break;
      after = some.at(-1)!.at;
    }
  } catch (error) {
    const text = `the ${noun} cannot all be read: ${error instanceof Error ? error.message : String(error)}`;
    return { level: 'error', about, text, advice: restoreAdvice };
  }
  if (seen.damaged === 0) {
    const samples = table === 'rollups' ? '' : `, ${seen.samples} samples`;
    return { level: 'ok', about, text: `${seen.rows} ${noun} are sound${samples}` };
  }
  const text = `${seen.damaged} of ${seen.rows} ${noun} are damaged (${seen.first})`;
  const advice =
    'They are left out of every answer. A backup may have them; look after the disk or its card.';
  return { level: 'error', about, text, advice };
}

function complaintOf(count: () => number, samples: number): string | undefined {
  try {
    const found = count();
    return samples < 0 || found === samples ? undefined : `has ${found} samples and says ${samples}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** received = stored + rejected + coalesced + pending. */
function checkLedger(database: Connection): Finding[] {
  const rows = database.prepare<[], { source: string; row: string }>('SELECT source, row FROM ledger').all();
  const findings: Finding[] = [];
  for (const { source, row } of rows) {
    const off = differenceOf(row);
    if (off === 0) continue;
    const text = Number.isNaN(off)
      ? `the account of ${source} cannot be read`
      : `the account of ${source} does not add up: ${off} samples are not explained`;
    const advice = 'That must not happen. Keep the file (gemel backup) and report it.';
    findings.push({ level: 'error', about: 'ledger', text, advice });
  }
  if (findings.length > 0) return findings;
  return [{ level: 'ok', about: 'ledger', text: `the accounts of ${rows.length} sources add up` }];
}

function differenceOf(text: string): number {
  try {
    const { row } = JSON.parse(text) as LedgerEntry;
    const rejected = Object.values(row.rejected).reduce((sum, count) => sum + count, 0);
    return row.received - row.stored - row.coalesced - row.pending - rejected;
  } catch {
    return Number.NaN;
  }
}

function checkClock(database: Connection, nowMs: number): Finding[] {
  const number = (sql: string) => database.prepare<[], number | null>(sql).pluck().get() ?? undefined;
  const last =
    number('SELECT received_last FROM journal ORDER BY seq DESC LIMIT 1') ??
    number('SELECT received_last FROM runs WHERE received_last IS NOT NULL ORDER BY id DESC LIMIT 1');
  if (nowMs < earliestMs) {
    const text = 'the clock of this machine is not set';
    return [
      {
        level: 'warning',
        about: 'clock',
        text,
        advice: 'Set it, or let it be set by NTP: nothing is deleted by age before.',
      },
    ];
  }
  if (last !== undefined && last > nowMs + aheadMs) {
    const text = `the last samples were received in the future (${new Date(last).toISOString()}): a clock was wrong`;
    return [
      {
        level: 'warning',
        about: 'clock',
        text,
        advice:
          'They are kept as if received when the clock was set right. Look after the clock of this machine.',
      },
    ];
  }
  const text =
    last === undefined ? 'nothing was received yet' : `last received ${new Date(last).toISOString()}`;
  return [{ level: 'ok', about: 'clock', text }];
}

const walLargeBytes = 64 * 2 ** 20;

function checkSpace(database: Connection, file: string, minFreeBytes: number | undefined): Finding[] {
  const { fileBytes, walBytes, freeBytes, diskFreeBytes } = measureSpace(database, file);
  const log: Finding =
    walBytes > walLargeBytes
      ? {
          level: 'warning',
          about: 'log',
          text: `the log has ${mb(walBytes)} MB: a reader holds on, or it was never merged`,
          advice: 'Close programs that have history.db open for long (fuser history.db).',
        }
      : { level: 'ok', about: 'log', text: `the log has ${mb(walBytes)} MB` };
  const text = `${mb(fileBytes)} MB, ${mb(freeBytes)} MB of it free; ${mb(diskFreeBytes)} MB left on the disk`;
  if (minFreeBytes === undefined || diskFreeBytes >= minFreeBytes)
    return [log, { level: 'ok', about: 'disk', text }];
  const advice = 'Make room, or give history.keep.maxMb a smaller number: what is oldest is being deleted.';
  return [log, { level: 'warning', about: 'disk', text, advice }];
}

function checkAside(file: string): Finding[] {
  return ['damaged', 'replaced'].flatMap((label) => {
    const sets = listAside(file, label);
    if (sets.length === 0) return [];
    const bytes = sets.reduce((sum, set) => sum + set.bytes, 0);
    const text = `${sets.length} earlier files were put aside (${label}), ${mb(bytes)} MB: ${sets.map(({ name }) => name).join(', ')}`;
    return [
      {
        level: 'note' as const,
        about: 'aside' as const,
        text,
        advice: 'Delete them when nobody needs them.',
      },
    ];
  });
}
