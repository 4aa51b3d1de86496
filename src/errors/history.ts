// What can go wrong with the history for a user: its file, and what is taken out of it and put into it.
import type { ErrorRow } from './row.ts';

export const historyErrors = {
  GEM_HISTORY_NEWER: {
    message: '{file} was written by a newer gemel: it is version {found}, and this one reads up to {version}',
    hint: 'Run the newer gemel again, or restore a backup of the older one. To go on with this one and without that history, move the file away; nothing of it was changed.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_FOREIGN: {
    message: '{file} is not a history of gemel: {why}',
    hint: 'It was left as it is. Move it away, or set stateDir to another folder.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_UNUSABLE: {
    message: 'cannot open the history {file}: {why}',
    hint: 'Check that the disk is mounted, has room, and that the user gemel runs as may write there. SQLite needs a local file system, not a network share.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_NONE: {
    message: 'there is no history at {file}',
    hint: 'A gateway keeps it there once it has run. --config says which gateway is meant, --history names the file itself.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_DAMAGED: {
    message: 'the history {file} is damaged: {why}',
    hint: '`gemel doctor` says how far. A gateway that starts puts the file aside and takes along what can be read; `gemel restore` brings back a backup.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_TAG: {
    message: '{why}',
    hint: '`gemel history` lists the tags there are. --tag takes SOURCE/NAME, with * for any run of characters and ? for one.',
    retryable: false,
    exitCode: 2,
  },
  GEM_HISTORY_EMPTY: {
    message: 'nothing is stored between {from} and {to}: there is {there}',
    hint: '--from and --to take ISO times (UTC where they say nothing else), or -24h, -30min for so long before now.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_BACKUP: {
    message: 'cannot back the history up to {file}: {why}',
    hint: 'Name a file that does not exist yet, on a disk with room for it. `gemel doctor` looks at the history itself.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_RESTORE: {
    message: 'cannot restore the history from {file}: {why}',
    hint: 'Nothing was changed. Take another backup; `gemel doctor --history FILE` tells what is wrong with one.',
    retryable: false,
    exitCode: 1,
  },
  GEM_HISTORY_UNANSWERED: {
    message: 'a question to the history was not answered: {why}',
    hint: 'Ask again; for less at once when it happens often. The log around it says what became of the reader.',
    retryable: true,
    exitCode: 1,
  },
  GEM_HISTORY_BUSY: {
    message: '{file} is in use by a gateway: {what} would come between',
    hint: 'Stop the gateway first (systemctl stop gemel), and start it again afterwards. Reading works while it runs.',
    retryable: true,
    exitCode: 1,
  },
  GEM_OUTPUT_EXISTS: {
    message: '{file} is there already',
    hint: 'Name another file, or overwrite this one with --force.',
    retryable: false,
    exitCode: 2,
  },
  GEM_OUTPUT_UNWRITABLE: {
    message: 'cannot write {file}: {why}',
    hint: 'Name a file in a folder that exists, that you may write to and that has room.',
    retryable: false,
    exitCode: 1,
  },
  GEM_IMPORT_UNUSABLE: {
    message: 'nothing of {file} can be imported: {why}',
    hint: 'An export of gemel is read as it is (CSV, JSON lines, Parquet); of other CSV files --map, --time and --source say which column is what, as for `gemel replay`.',
    retryable: false,
    exitCode: 1,
  },
  GEM_IMPORT_DAMAGED: {
    message: '{file} is damaged: {why}',
    hint: 'What came before was imported and counts; imported again from a whole copy, nothing of it is stored twice.',
    retryable: false,
    exitCode: 1,
  },
} as const satisfies Record<string, ErrorRow>;
