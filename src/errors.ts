// The table of everything that can go wrong for a user. docs/errors.md is generated from it.
// The runtime decides on retry or exit from the row; an adapter only names the code.
import { detectErrors } from './errors/detect.ts';
import { historyErrors } from './errors/history.ts';
import { labErrors } from './errors/lab.ts';
import type { ErrorRow } from './errors/row.ts';

export const errorTable = {
  GEM_CONFIG_UNREADABLE: {
    message: 'cannot read the configuration {file}: {why}',
    hint: 'Check the path and that the user gemel runs as may read it. `gemel check FILE` tries a file without starting anything.',
    retryable: false,
    exitCode: 2,
  },
  GEM_CONFIG_INVALID: {
    message: '{count} problem(s) in {file}:\n{problems}',
    hint: 'Every problem is listed with file:line:column. docs/config.md describes every key.',
    retryable: false,
    exitCode: 2,
  },
  GEM_SECRET_UNRESOLVED: {
    message: 'the secret {reference} at {path} cannot be resolved: {why}',
    hint: 'Set the environment variable, create the file, or pass the credential by systemd LoadCredential=.',
    retryable: false,
    exitCode: 2,
  },
  GEM_PORT_IN_USE: {
    message: '{what} cannot listen on {host}:{port}: the port is in use',
    hint: 'Another gateway or broker runs there (`ss -ltnp`). Stop it, or set another port at {path}.',
    retryable: false,
    exitCode: 1,
  },
  GEM_LISTEN_FAILED: {
    message: '{what} cannot listen on {host}:{port}: {why}',
    hint: 'Check the address at {path}; ports below 1024 need a privilege.',
    retryable: false,
    exitCode: 1,
  },
  GEM_FILE_UNREADABLE: {
    message: 'cannot read {what} {file}: {why}',
    hint: 'Check the path and its permissions.',
    retryable: false,
    exitCode: 2,
  },
  GEM_STATE_UNWRITABLE: {
    message: 'cannot write the state directory {dir}: {why}',
    hint: 'Set stateDir to a folder the user gemel runs as may write.',
    retryable: false,
    exitCode: 1,
  },
  GEM_STATE_LOCKED: {
    message: 'the state directory {dir} is in use by another gateway',
    hint: 'One gateway, one stateDir. Stop the other, or give this one a folder of its own: stateDir, or GEMEL_STATE_DIR in the environment.',
    retryable: false,
    exitCode: 1,
  },
  GEM_MEMORY_NEWER: {
    message: '{file} was written by a newer gemel: it is in form {found}, and this one reads form {form}',
    hint: 'Run the newer gemel again. To go on with this one without what the twin has learnt and how worn the machine is, move the file away.',
    retryable: false,
    exitCode: 1,
  },
  GEM_MEMORY_NONE: {
    message: 'nothing is kept of {what} in {dir}',
    hint: 'A gateway keeps the memory of its twins there once it has run. --config or --state-dir says which gateway is meant; `gemel parameters` lists its machines.',
    retryable: false,
    exitCode: 1,
  },
  GEM_ALARM_NONE: {
    message: '{machine} has no alarm "{alarm}"{hint}',
    hint: '`gemel alarms --all` lists what stands, `gemel alarms history` what became of those that are over.',
    retryable: false,
    exitCode: 1,
  },
  GEM_REQUEST_REFUSED: {
    message: 'it was not done: {why}',
    hint: 'Nothing was changed. `gemel alarms` and `gemel parameters` show what there is.',
    retryable: false,
    exitCode: 1,
  },
  GEM_REQUEST_UNANSWERED: {
    message: 'the gateway that has {dir} does not answer: {why}',
    hint: '`gemel parameters` shows whether it was done. Does the gateway run, and as a user that may read this folder? Its log says whether its disk is full or slow. When none runs, remove the file "alive" there.',
    retryable: true,
    exitCode: 1,
  },
  ...historyErrors,
  ...detectErrors,
  ...labErrors,
  GEM_BROKER_REFUSED: {
    message: 'the broker at {url} refused the connection: {why}',
    hint: 'Check broker.username, broker.password and the client certificate; the gateway goes on trying.',
    retryable: true,
    exitCode: 1,
  },
  GEM_BROKER_UNREACHABLE: {
    message: 'the broker at {url} cannot be reached: {why}',
    hint: 'Check the address, the port and the network; the gateway goes on trying.',
    retryable: true,
    exitCode: 1,
  },
  GEM_BROKER_UNSAFE: {
    message: 'the broker would listen on {host} without {missing}',
    hint: 'Beyond loopback the embedded broker wants TLS and users or client certificates. To go without, knowingly, set broker.allowInsecure: true.',
    retryable: false,
    exitCode: 2,
  },
  GEM_METRICS_UNSAFE: {
    message: 'the metrics endpoint would listen on {host} in plain HTTP, readable by anyone who reaches it',
    hint: 'Set metrics.host: 127.0.0.1 and let a local Prometheus or a TLS proxy fetch it. To publish it as it is, knowingly, set metrics.allowInsecure: true.',
    retryable: false,
    exitCode: 2,
  },
  GEM_OPCUA_INSECURE: {
    message: 'source {source}: {url} is to be used without encryption',
    hint: 'Set security.mode: SignAndEncrypt, or knowingly security.allowNone: true; but a user name never goes unencrypted.',
    retryable: false,
    exitCode: 2,
  },
  GEM_SERIAL_UNSUPPORTED: {
    message: 'source {source}: serial ports cannot be used on this machine: {why}',
    hint: 'The serial library has no build for this system or processor. Put a serial server before the device and set path: tcp://host:port.',
    retryable: false,
    exitCode: 1,
  },
  GEM_OPCUA_DEPRECATED: {
    message: 'source {source}: {url} is to be used with {policy}, which is broken',
    hint: 'Set security.policy: Basic256Sha256, or knowingly security.allowDeprecated: true.',
    retryable: false,
    exitCode: 2,
  },
  GEM_BROWSE_UNREACHABLE: {
    message: 'cannot browse {url}: {why}',
    hint: 'Is the server switched on, and does it listen at this address and port? docs/opcua.md goes through what can be in the way.',
    retryable: true,
    exitCode: 1,
  },
  GEM_BROWSE_NOTHING: {
    message: 'nothing of {url} can be shown: {why}',
    hint: 'Without --node, --path and --filter all of it is shown; --depth and --max say how far.',
    retryable: false,
    exitCode: 1,
  },
  GEM_BROWSE_FAILED: {
    message: 'cannot browse {url}: {why}',
    hint: '`gemel trust --state-dir {stateDir}` shows certificates that were kept, and trusts them. A login is given by --user and $OPCUA_PASSWORD; --allow-none goes without encryption, knowingly.',
    retryable: true,
    exitCode: 1,
  },
  GEM_CERTIFICATE_UNKNOWN: {
    message: 'no certificate {wanted} is kept in {dir}',
    hint: '`gemel trust` lists what there is; of a fingerprint the first four digits or more are enough, a file is named by its path. --config or --state-dir names another gateway.',
    retryable: false,
    exitCode: 1,
  },
  GEM_CERTIFICATE_AMBIGUOUS: {
    message: '{wanted} fits {count} certificates:\n{found}',
    hint: 'Give more digits of the fingerprint.',
    retryable: false,
    exitCode: 2,
  },
  GEM_REPLAY_MAPPING: {
    message: '{file}: {why}',
    hint: '`gemel replay` takes --map TAG=COLUMN, --time COLUMN and --rate HZ. docs/replay.md shows how columns become tags and where the time comes from.',
    retryable: false,
    exitCode: 2,
  },
  GEM_REPLAY_UNUSABLE: {
    message: 'nothing in {file} could be used: {why}',
    hint: 'The first reasons are named. Check delimiter, decimal sign and time format, with a replay source in the configuration also of 31.12.2026 (time.date: dmy); docs/replay.md has them all.',
    retryable: false,
    exitCode: 1,
  },
  GEM_REPLAY_EMPTY: {
    message: 'there is nothing in {file}: {why}',
    hint: 'Is it the right file, and was it written to its end? csv.skipLines, csv.skipRows and csv.comment of a replay source leave lines out.',
    retryable: false,
    exitCode: 1,
  },
  GEM_REPLAY_OUTSIDE: {
    message: 'no row of {file} lies between --from and --to: it goes from {first} to {last}',
    hint: '--from and --to take ISO times, or seconds after the first row.',
    retryable: false,
    exitCode: 1,
  },
  GEM_REPLAY_NO_RUN: {
    message: 'nothing of the history {file} can be replayed: {why}',
    hint: 'A gateway writes into its history what a replay needs while it runs. `gemel history` lists what is stored; its samples are also to be had with `gemel export`, and replayed as any recording.',
    retryable: false,
    exitCode: 1,
  },
  GEM_REPLAY_DAMAGED: {
    message: '{file} is damaged after line {line}: {why}',
    hint: 'What came before was replayed and counts. `gzip -t` tells whether the file is whole; copy it again from where it was written.',
    retryable: false,
    exitCode: 1,
  },
  GEM_FIT_COLUMN: {
    message: '{file}: {why}',
    hint: 'A column is NAME, NAME:UNIT, NAME*SCALE, or its number; docs/fit.md has more. The file has\n{columns}',
    retryable: false,
    exitCode: 2,
  },
  GEM_FIT_IMPOSSIBLE: {
    message: '{file} cannot be fitted: {why}',
    hint: 'docs/fit.md says what data each model needs, and what helps where it is too little.',
    retryable: false,
    exitCode: 1,
  },
  GEM_FIT_UNSURE: {
    message: 'the fit of {file} did not settle: {why}',
    hint: 'What it ended at is printed, and is no answer. More --starts, narrower --bounds or more --known values help; docs/fit.md has more.',
    retryable: false,
    exitCode: 1,
  },
  GEM_FIT_UNWRITABLE: {
    message: 'cannot write {file}: {why}',
    hint: 'Name a file in a folder that exists and that you may write to.',
    retryable: false,
    exitCode: 1,
  },
  GEM_START_TIMEOUT: {
    message: '{part} did not start within {deadlineMs} ms',
    hint: 'Look for a slow disk or name server in the log before it; loop.startDeadlineS sets the time.',
    retryable: false,
    exitCode: 1,
  },
  GEM_STOP_TIMEOUT: {
    message: '{part} did not stop within {deadlineMs} ms',
    hint: 'It was left behind so that the rest could stop. Look for a slow peer or disk in the log before it.',
    retryable: false,
    exitCode: 1,
  },
  GEM_USAGE: {
    message: '{why}',
    hint: '`gemel --help` and `gemel <command> --help` list what there is.',
    retryable: false,
    exitCode: 2,
  },
  GEM_INTERNAL: {
    message: 'an internal error: {why}',
    hint: 'This is a defect of gemel. Please report it with the log around it.',
    retryable: false,
    exitCode: 1,
  },
} as const satisfies Record<string, ErrorRow>;

export type GemCode = keyof typeof errorTable;
export type ErrorDetails = Readonly<Record<string, string | number>>;

export class GemError extends Error {
  override readonly name = 'GemError';
  readonly code: GemCode;
  readonly details: ErrorDetails;

  constructor(code: GemCode, details: ErrorDetails = {}, cause?: unknown) {
    super(fill(errorTable[code].message, details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get row(): ErrorRow {
    return errorTable[this.code];
  }

  get hint(): string {
    return fill(this.row.hint, this.details);
  }
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}
