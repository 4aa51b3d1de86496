// Looks at every page, every checksum and every account of a history file, and says what to do about what it finds.
// Changes nothing; beside a gateway that runs it never holds an old state of the file for long.
import { setImmediate as turn } from 'node:timers/promises';
import type { LedgerEntry } from '../commit.ts';
import { type Connection, openDatabase } from '../database.ts';
import { aheadMs, earliestMs } from './age-clock.ts';
import { checkRows, type Finding, hasAlarms, type Progress, restoreAdvice } from './check-rows.ts';
import { isInUse } from './in-use.ts';
import { mb } from './news.ts';
import { listAside } from './quarantine.ts';
import { measureSpace } from './space.ts';

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
    await checkRows(database, 'rollups', (share) => progress(0.9 + share * 0.08, 'rollups')),
    ...(hasAlarms(database)
      ? [await checkRows(database, 'alarms', (share) => progress(0.98 + share * 0.02, 'alarms'))]
      : []),
  ];
}

function fileFinding(database: Connection, isRunning: boolean): Finding {
  const version = Number(database.pragma('user_version', { simple: true }));
  const text = `version ${version}, ${isRunning ? 'in use by a gateway' : 'not in use'}`;
  return { level: 'ok', about: 'file', text };
}

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
