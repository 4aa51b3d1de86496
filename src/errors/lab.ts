// What can go wrong with work that is done on a thread beside the ticks, and with the plan made of it.
import type { ErrorRow } from './row.ts';

export const labErrors = {
  GEM_LAB_BUSY: {
    message: 'the lab has no room for another {kind}: {waiting} wait already',
    hint: 'Ask again in a moment, or for fewer particles; forecast.threads gives the lab more threads.',
    retryable: true,
    exitCode: 1,
  },
  GEM_LAB_LATE: {
    message: 'a {kind} was given up: it was not ready within {seconds} s',
    hint: 'Ask for fewer particles or a shorter horizon; on a slow computer lower forecast.particles.',
    retryable: true,
    exitCode: 1,
  },
  GEM_LAB_FAILED: {
    message: 'a {kind} failed on its thread: {why}',
    hint: 'The gateway goes on and the next one is tried. When it happens again, report it with the log around it.',
    retryable: true,
    exitCode: 1,
  },
  GEM_LAB_STOPPED: {
    message: 'a {kind} was given up: {why}',
    hint: 'Ask again when the gateway runs.',
    retryable: true,
    exitCode: 1,
  },
  GEM_CALENDAR_UNUSABLE: {
    message: 'the calendar {file} cannot be used: {why}',
    hint: 'maintenance.holidayFiles takes iCalendar files (.ics). `gemel check --connect` reads them too.',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
