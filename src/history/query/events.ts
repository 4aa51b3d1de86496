// What happened, and what is missing.
import type { GatewayEvent } from '../../ports/event.ts';
import type { HistoryGap, StoredEvent, TimeRange } from '../../ports/history.ts';
import type { HistoryFile } from './history-file.ts';

/** An answer has no more. */
const eventsMax = 10_000;

export function readEvents({ sql }: HistoryFile, afterId: number, limit: number): StoredEvent[] {
  return sql<[number, number], { id: number; event: string }>(
    'SELECT id, event FROM events WHERE id > ? ORDER BY id LIMIT ?',
  )
    .all(afterId, Math.min(limit, eventsMax))
    .map(({ id, event }) => ({ id, event: JSON.parse(event) as GatewayEvent }));
}

/** Those that touch the range, in order of their beginning. */
export function readGaps({ sql }: HistoryFile, { fromMs, toMs }: TimeRange): HistoryGap[] {
  return sql<[number, number], HistoryGap>(
    `SELECT from_ms AS fromMs, to_ms AS toMs, reason, samples FROM gaps
     WHERE to_ms >= ? AND from_ms <= ? ORDER BY from_ms, id`,
  ).all(fromMs, toMs);
}
