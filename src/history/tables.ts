// The tables of the history file, version by version. Must never change a step that was released: a file out there has
// been through it.

/** 'GEML' in the header of the file: it is ours. */
export const applicationId = 0x47454d4c;

/** Each brings a file from the version of its index to the next; `PRAGMA user_version` counts them. */
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

  -- One row a commit: its samples as they came, until they are in blocks.
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_first INTEGER NOT NULL,
    received_last INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;

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

  -- A chunk of stretches of one tag and step; key in keys.ts.
  CREATE TABLE rollups (key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    period_ms INTEGER NOT NULL,
    opened_ms INTEGER NOT NULL,
    gemel TEXT NOT NULL,
    site TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    config TEXT NOT NULL
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
];

export const schemaVersion = migrations.length;
