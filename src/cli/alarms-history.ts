// `gemel alarms history`: the journal of alarms, out of the history, beside a gateway that runs or without one.
import { join } from 'node:path';
import { GemError } from '../errors.ts';
import type { StoredAlarm, TimeRange } from '../ports/history.ts';
import type { AlarmsConsole } from './alarm-files.ts';
import { journalText } from './alarms-view.ts';
import { historyFile, withReader } from './history-file.ts';
import { twinStateDir, type WhoseTwins } from './twin-files.ts';

export interface JournalFlags extends WhoseTwins {
  readonly history?: string;
  readonly machine?: string;
  readonly alarm?: string;
  readonly from?: number;
  readonly to?: number;
  readonly rows: number;
  readonly json?: boolean;
}

const ever: TimeRange = { fromMs: 0, toMs: 8.64e15 };

export async function showHistory(flags: JournalFlags, to: AlarmsConsole): Promise<void> {
  const { machine, alarm, rows, json } = flags;
  const range = { fromMs: flags.from ?? ever.fromMs, toMs: flags.to ?? ever.toMs };
  if (range.fromMs > range.toMs) throw new GemError('GEM_USAGE', { why: '--from is after --to' });
  const about = { ...(machine !== undefined && { machine }), ...(alarm !== undefined && { alarm }) };
  const stored = await withReader(await journalFile(flags, to.env), (reader) =>
    reader.alarms({ ...range, ...about, limit: rows, newestFirst: true }),
  );
  const oldestFirst = stored.toReversed();
  to.print(json === true ? lines(oldestFirst) : journalText(oldestFirst, to.width));
}

export async function journalFile(
  flags: Pick<JournalFlags, 'history' | 'config' | 'stateDir'>,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { history } = flags;
  if (history !== undefined) return historyFile({ history }, env);
  return historyFile({ history: join(await twinStateDir(flags, env), 'history.db') }, env);
}

function lines(stored: readonly StoredAlarm[]): string {
  return stored
    .map(
      ({ timeMs, kind, alarm }) =>
        `${JSON.stringify({ time: new Date(timeMs).toISOString(), kind, ...alarm })}\n`,
    )
    .join('');
}
