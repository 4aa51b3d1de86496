// The journal of alarms, and what was seen around a raise.
import type { Alarm, AlarmChangeKind, Evidence } from '../../core/alarm.ts';
import type { AlarmsQuery, EvidenceQuery, StoredAlarm } from '../../ports/history.ts';
import { inflateEvidence } from '../alarm-rows.ts';
import type { HistoryFile } from './history-file.ts';

/** An answer has no more. */
const alarmsMax = 10_000;

interface Row {
  readonly id: number;
  readonly timeMs: number;
  readonly kind: AlarmChangeKind;
  readonly text: string;
}

export function readAlarms(file: HistoryFile, query: AlarmsQuery): StoredAlarm[] {
  if (!hasJournal(file)) return [];
  const { machine = null, alarm = null, fromMs, toMs, limit, newestFirst = false } = query;
  const { afterId = newestFirst ? Number.MAX_SAFE_INTEGER : 0 } = query;
  const rows = file.sql<[number, number, number, string | null, string | null, number], Row>(
    `SELECT id, time_ms AS timeMs, kind, text FROM alarms
     WHERE id ${newestFirst ? '<' : '>'} ? AND time_ms >= ? AND time_ms <= ?
       AND machine = coalesce(?, machine) AND alarm = coalesce(?, alarm)
     ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
  );
  const most = Math.max(0, Math.min(limit, alarmsMax));
  return rows.all(afterId, fromMs, toMs, machine, alarm, most).flatMap((row) => storedOf(file, row));
}

function storedOf(file: HistoryFile, { id, timeMs, kind, text }: Row): StoredAlarm[] {
  try {
    return [{ id, timeMs, kind, alarm: JSON.parse(text) as Alarm }];
  } catch {
    file.damaged({ table: 'alarms', key: id, why: 'its text is no JSON' });
    return [];
  }
}

export function readEvidence(
  file: HistoryFile,
  { machine, occurrence }: EvidenceQuery,
): Evidence | undefined {
  if (!hasJournal(file)) return undefined;
  const row = file
    .sql<[string, number], { readonly id: number; readonly evidence: Uint8Array }>(
      `SELECT id, evidence FROM alarms WHERE machine = ? AND occurrence = ? AND evidence IS NOT NULL
       ORDER BY id DESC LIMIT 1`,
    )
    .get(machine, occurrence);
  if (row === undefined) return undefined;
  try {
    return inflateEvidence(row.evidence);
  } catch (error) {
    file.damaged({ table: 'alarms', key: row.id, why: `its evidence: ${(error as Error).message}` });
    return undefined;
  }
}

/** A file of an earlier version that nobody has written to since has none. */
function hasJournal({ sql }: HistoryFile): boolean {
  const table = sql<[], number>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alarms'");
  return table.get() !== undefined;
}
