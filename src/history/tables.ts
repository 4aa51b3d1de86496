// The tables of the history file, version by version. Must never change a step that was released: a file out there has
// been through it.

/** 'GEML' in the header of the file: it is ours. */
export const applicationId = 0x47454d4c;

/**
 * Each brings a file from the version of its index to the next; `PRAGMA user_version` counts them. Each changes some
 * table: a header that says an older version than the tables are of is known to be damaged.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE tags (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    tier TEXT NOT NULL,
    UNIQUE (source, name, unit, kind, tier)
  ) STRICT;

  -- One row a commit: its samples as they came, until they are in blocks. A seq never comes again (the writer sees to
  -- that: AUTOINCREMENT would write a second page in each commit).
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    received_first INTEGER NOT NULL,
    received_last INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;

  -- While the journal goes into blocks tag by tag: samples of this tag in journal rows up to this seq are in blocks
  -- (and rollups) already, and must not be counted twice. Mostly empty.
  CREATE TABLE moved (tag INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;

  -- Samples of one tag in order of receipt; key in keys.ts. Spans are of whole milliseconds, outwards.
  CREATE TABLE blocks (
    key INTEGER PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    received_first INTEGER NOT NULL,
    received_last INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    min REAL,
    max REAL,
    sum REAL,
    data BLOB NOT NULL
  ) STRICT;
  -- Those whose samples came long after their time: a look by receipt does not find them by their key.
  CREATE INDEX blocks_late ON blocks (received_last) WHERE received_last - start_ms > 21600000;

  -- For all that was received after some moment; and those whose samples came over a long time, which are few.
  CREATE INDEX blocks_received ON blocks (received_last, received_first);
  CREATE INDEX blocks_spread ON blocks (received_last) WHERE received_last - received_first > 21600000;
  -- Those that span more than others: a look by time need not go back so far for each block.
  CREATE INDEX blocks_long ON blocks (key) WHERE end_ms - start_ms > 600000;

  -- A chunk of stretches of one tag and step; key in keys.ts. An hour of seconds may have none as long as all of its
  -- samples are in blocks: then it is told from these (seconds.ts).
  CREATE TABLE rollups (key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    period_ms INTEGER NOT NULL,
    opened_ms INTEGER NOT NULL,
    gemel TEXT NOT NULL,
    site TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    config TEXT NOT NULL,
    -- Latest receipt of what left the journal during it, and the last row of that.
    received_last INTEGER,
    seq_last INTEGER
  ) STRICT;
  -- What a replay needs besides samples: commands, ticks that were missed, hashes, the end.
  CREATE TABLE acts (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX acts_run ON acts (run, tick);
  CREATE TABLE snapshots (
    run INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, tick)
  ) STRICT;

  CREATE TABLE memory (key TEXT PRIMARY KEY, saved_ms REAL NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE TABLE ledger (source TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT;
  CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms REAL NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE TABLE cursors (
    sink TEXT NOT NULL,
    stream TEXT NOT NULL,
    position REAL NOT NULL,
    PRIMARY KEY (sink, stream)
  ) STRICT;
  CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    samples INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- What became of alarms, change by change. The evidence of an occurrence is in the row that brought it.
  CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms REAL NOT NULL,
    machine TEXT NOT NULL,
    alarm TEXT NOT NULL,
    occurrence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- As it was after the change, as JSON, without evidence.
    text TEXT NOT NULL,
    -- Deflated JSON.
    evidence BLOB
  ) STRICT;
  CREATE INDEX alarms_time ON alarms (time_ms);
  CREATE INDEX alarms_evidence ON alarms (machine, occurrence) WHERE evidence IS NOT NULL;
  `,
];

export const schemaVersion = migrations.length;
