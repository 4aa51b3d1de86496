// The calendars of days off, kept up to date: read at the start, again when a file has changed, and a day further each
// day. A file that cannot be used is told of once, and what was known of it before still counts.
import { stat } from 'node:fs/promises';
import type { Clock, Log } from '../ports.ts';
import { zoneOf } from './calendar.ts';
import type { Interval } from './interval.ts';
import type { MaintenanceConfig } from './schema.ts';

export interface Holidays {
  /** Reads what is new. True when something is. */
  look(): Promise<boolean>;
  readonly closed: (fromMs: number, toMs: number) => readonly Interval[];
}

const dayMs = 86_400_000;
const lookEveryMs = 300_000;
/** Windows stay in the plan a little beyond its horizon. */
const beyond = 1.25;

interface Known {
  /** When the file was changed last; empty before it was read. */
  stamp: string;
  readMs: number;
  times: readonly Interval[];
  complained: string;
}

export function createHolidays(
  config: MaintenanceConfig,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Holidays {
  const zone = zoneOf(config.zone);
  const files = config.holidayFiles.map((file) => ({ file, known: newKnown() }));
  let lookedMs = Number.NEGATIVE_INFINITY;

  const read = async (file: string, known: Known): Promise<boolean> => {
    try {
      const { mtimeMs, size } = await stat(file);
      const stamp = `${mtimeMs} ${size}`;
      const nowMs = clock.nowMs();
      if (stamp === known.stamp && nowMs - known.readMs < dayMs) return false;
      // It is large, and most have none.
      const { readCalendarFile } = await import('./ics-read.ts');
      const toMs = nowMs + (config.horizonDays * beyond + 4) * dayMs;
      known.times = await readCalendarFile(file, { zone, fromMs: nowMs - 4 * dayMs, toMs });
      Object.assign(known, { stamp, readMs: nowMs, complained: '' });
      return true;
    } catch (error) {
      const why = (error as Error).message;
      if (known.complained !== why) log.warn({ file, why }, 'a calendar of days off cannot be used');
      known.complained = why;
      return false;
    }
  };

  return {
    async look() {
      const nowMs = clock.monotonicMs();
      if (nowMs - lookedMs < lookEveryMs) return false;
      lookedMs = nowMs;
      let isNew = false;
      for (const { file, known } of files) if (await read(file, known)) isNew = true;
      return isNew;
    },
    closed: () => files.flatMap(({ known }) => known.times),
  };
}

function newKnown(): Known {
  return { stamp: '', readMs: Number.NEGATIVE_INFINITY, times: [], complained: '' };
}
