// `gemel alarms show`: one alarm with all that is known of it: from the gateway or what is kept, and from the journal. Of a
// condition that is normal, its last occurrence.
import type { Alarm, Evidence } from '../core/alarm.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { StoredAlarm } from '../ports/history.ts';
import {
  type AlarmFlags,
  type AlarmsConsole,
  listKnown,
  standingAlarms,
  unknownAlarm,
} from './alarm-files.ts';
import { journalFile } from './alarms-history.ts';
import { alarmText } from './alarms-view.ts';
import { withReader } from './history-file.ts';
import { twinStateDir } from './twin-files.ts';

/** Of one occurrence. */
const journalMax = 200;

export async function showAlarm(
  machine: string,
  id: string,
  flags: AlarmFlags,
  to: AlarmsConsole,
): Promise<void> {
  const stateDir = await twinStateDir(flags, to.env);
  const { alarms, running, machines } = await standingAlarms(stateDir, machine, id);
  await listKnown(stateDir, machine, machines);
  const journal = await fromJournal(machine, id, alarms[0], flags, to.env);
  const alarm = alarms[0] ?? journal.last;
  if (alarm === undefined) {
    const { alarms: others } = await standingAlarms(stateDir, machine);
    const ids = others.map((one) => one.id);
    throw unknownAlarm(machine, id, didYouMean(id, ids) || '; nothing of it is kept');
  }
  const evidence = alarm.evidence ?? journal.evidence;
  const occurrences = journal.rows.filter((row) => row.alarm.occurrence === alarm.occurrence);
  if (flags.json === true) {
    const changes = occurrences.map(({ timeMs, kind, alarm: { by, comment } }) => ({
      timeMs,
      kind,
      by,
      comment,
    }));
    to.print(`${JSON.stringify({ running, ...alarm, evidence: evidence ?? null, changes }, null, 2)}\n`);
    return;
  }
  const style = { width: to.width, ascii: flags.ascii === true, nowMs: to.nowMs };
  to.print(alarmText(alarm, evidence, occurrences, style));
}

interface Journal {
  readonly rows: readonly StoredAlarm[];
  readonly last: Alarm | undefined;
  readonly evidence: Evidence | undefined;
}

/** A gateway without a history has none. */
async function fromJournal(
  machine: string,
  id: string,
  alarm: Alarm | undefined,
  flags: AlarmFlags,
  env: NodeJS.ProcessEnv,
): Promise<Journal> {
  try {
    const file = await journalFile(flags, env);
    return await withReader(file, async (reader) => {
      const query = { machine, alarm: id, fromMs: 0, toMs: 8.64e15, limit: journalMax, newestFirst: true };
      const rows = (await reader.alarms(query)).toReversed();
      const last = rows.at(-1)?.alarm;
      const occurrence = alarm?.occurrence ?? last?.occurrence;
      const evidence = occurrence === undefined ? undefined : await reader.evidence({ machine, occurrence });
      return { rows, last, evidence };
    });
  } catch (error) {
    if ((error as { code?: string }).code === 'GEM_HISTORY_NONE')
      return { rows: [], last: undefined, evidence: undefined };
    throw error;
  }
}
