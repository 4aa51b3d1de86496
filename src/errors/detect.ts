// What can go wrong where detectors are run over a file.
import type { ErrorRow } from './row.ts';

export const detectErrors = {
  GEM_DETECT_COLUMN: {
    message: '{file}: {why}',
    hint: 'A column is its name in the header, or its number from 1; docs/detect.md says how times and numbers are found. The file has\n{columns}',
    retryable: false,
    exitCode: 2,
  },
  GEM_DETECT_EMPTY: {
    message: 'there is nothing to look at in {file}: {why}',
    hint: 'Is it the right file, and was it written to its end? --delimiter, --skip-lines and --comment say how its text is to be read.',
    retryable: false,
    exitCode: 1,
  },
  GEM_DETECT_SHORT: {
    message:
      '{file} is too short to learn what is normal: it has {rows} rows with numbers, and {what} needs {needed}',
    hint: 'Give it a longer record. Limits need nothing to learn from: --limit COLUMN=WARNING/TRIP judges from the first row on.',
    retryable: false,
    exitCode: 1,
  },
} as const satisfies Record<string, ErrorRow>;
