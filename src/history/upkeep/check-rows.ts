// Looks at every row of the tables that hold bytes: whether each can be read, and has what it says. Changes nothing.
import { setImmediate as turn } from 'node:timers/promises';
import { inflateEvidence } from '../alarm-rows.ts';
import { decodeBlock } from '../codec/decode-block.ts';
import type { Connection } from '../database.ts';
import { decodeJournal } from '../journal-row.ts';
import { decodeChunk } from '../rollup/chunk.ts';

export interface Finding {
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  readonly about:
    | 'file'
    | 'pages'
    | 'samples'
    | 'rollups'
    | 'alarms'
    | 'ledger'
    | 'log'
    | 'clock'
    | 'disk'
    | 'aside';
  readonly text: string;
  /** What to do; absent where nothing is to be done. */
  readonly advice?: string;
}

export type Progress = (share: number) => void;

export const restoreAdvice =
  'Stop the gateway and bring back a backup (gemel restore), or start it: what is damaged is put aside and the rest is taken along.';

/** A file of the first version that nobody has written to since has none. */
export function hasAlarms(database: Connection): boolean {
  return Number(database.pragma('user_version', { simple: true })) >= 2;
}

const rowsAtOnce = 200;

interface Checked {
  readonly key: string;
  readonly about: Finding['about'];
  /** Throws, or gives the number of samples that are in the row, and that it says. */
  readonly columns: string;
  /** Absent: the column of that name. */
  readonly data?: string;
  readonly count: (data: Uint8Array) => number;
  readonly noun: string;
}

const checked: Record<'journal' | 'blocks' | 'rollups' | 'alarms', Checked> = {
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
  alarms: {
    key: 'id',
    about: 'alarms',
    columns: '-1',
    // Nothing where the text is damaged.
    data: "CASE WHEN json_valid(text) THEN coalesce(evidence, x'') END",
    count: (data) => (data.length === 0 ? 0 : inflateEvidence(data).signals.length),
    noun: 'lines about alarms',
  },
};

export async function checkRows(
  database: Connection,
  table: keyof typeof checked,
  progress: Progress,
): Promise<Finding> {
  const { key, about, columns, data: bytes = 'data', count, noun } = checked[table];
  const rows = database.prepare<[number], { at: number; samples: number; data: Uint8Array }>(
    `SELECT ${key} AS at, ${columns} AS samples, ${bytes} AS data FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${rowsAtOnce}`,
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
    const samples = table === 'rollups' || table === 'alarms' ? '' : `, ${seen.samples} samples`;
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
