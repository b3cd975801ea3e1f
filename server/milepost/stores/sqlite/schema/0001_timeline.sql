-- Times are milliseconds since 1970 UTC. Sids compare by their bytes (BINARY, the default).

CREATE TABLE account (
    id         INTEGER PRIMARY KEY,
    sid        TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE place (
    account_id INTEGER NOT NULL REFERENCES account,
    kind       TEXT NOT NULL CHECK (kind IN ('bucket', 'environment')),
    sid        TEXT NOT NULL,
    name       TEXT NOT NULL,
    labels     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    PRIMARY KEY (account_id, kind, sid),
    UNIQUE (account_id, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    digest       BLOB NOT NULL PRIMARY KEY,
    account_id   INTEGER NOT NULL REFERENCES account,
    sid          TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    hint         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    buckets      TEXT,
    environments TEXT,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX token_by_time ON token (account_id, created_at, sid);

-- Live events. `record` is the whole event as JSON; the other columns are what finding needs.
-- `chunk` and `slot` are the event's seat in the timeline (see query/__init__.py), given to it at the end of the
-- transaction that writes it; the partial indexes make that one insertion into each instead of two. A row's id is
-- never given out again: what one transaction removes and adds is told apart by it (see index.py).
CREATE TABLE event (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account,
    sid        TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    chunk      INTEGER,
    slot       INTEGER,
    source     TEXT,
    dedup_key  TEXT,
    record     TEXT NOT NULL,
    UNIQUE (account_id, sid)
) STRICT;

CREATE UNIQUE INDEX event_by_dedup_key ON event (account_id, dedup_key) WHERE dedup_key IS NOT NULL;
CREATE INDEX event_by_time ON event (account_id, started_at, sid, chunk, slot, ended_at) WHERE chunk IS NOT NULL;
CREATE INDEX event_by_seat ON event (account_id, chunk, slot, started_at, sid, ended_at) WHERE chunk IS NOT NULL;

-- A stretch of an account's timeline: up to 512 events. `key` is (its first millisecond << 12) + a number that tells
-- apart those that begin in the same millisecond; `live` has a bit for each slot that is taken.
CREATE TABLE chunk (
    account_id INTEGER NOT NULL,
    key        INTEGER NOT NULL,
    live       BLOB NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;

-- What events can be found by: a type, a bucket, a tag, … of one account. See terms.py for the kinds.
CREATE TABLE term (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    value      TEXT NOT NULL,
    UNIQUE (account_id, kind, value)
) STRICT;

-- Which events of a chunk have the term: a bit for each slot, little-endian, without zero bytes at the end.
CREATE TABLE posting (
    term  INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    bits  BLOB NOT NULL,
    PRIMARY KEY (term, chunk)
) STRICT, WITHOUT ROWID;

-- The ids by which filters may name tag keys and values. A purged name leaves its number taken, so that the number
-- never comes to mean something else.
CREATE TABLE tag_number (
    account_id INTEGER NOT NULL,
    part       TEXT NOT NULL CHECK (part IN ('key', 'value')),
    number     INTEGER NOT NULL,
    name       TEXT,
    PRIMARY KEY (account_id, part, number),
    UNIQUE (account_id, part, name)
) STRICT, WITHOUT ROWID;

-- Case-folded names and descriptions, and the trigrams that they hold. Without positions the index is a third of the
-- size; what it finds is checked against the text anyway.
CREATE TABLE event_text (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    description TEXT
) STRICT;

CREATE VIRTUAL TABLE event_trigram USING fts5 (
    name, description,
    content = 'event_text', content_rowid = 'id',
    tokenize = 'trigram case_sensitive 1',
    detail = none, columnsize = 0
);

CREATE TABLE deleted_event (
    account_id INTEGER NOT NULL REFERENCES account,
    sid        TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    source     TEXT,
    record     TEXT NOT NULL,
    PRIMARY KEY (account_id, sid)
) STRICT;

-- `version` is the event's after the change; `before` is its record before it.
CREATE TABLE revision (
    account_id INTEGER NOT NULL REFERENCES account,
    event_sid  TEXT NOT NULL,
    version    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    by         TEXT NOT NULL,
    before     TEXT,
    PRIMARY KEY (account_id, event_sid, version)
) STRICT;

-- The newest changes, for whoever listens: read by position, trimmed at the old end.
CREATE TABLE notice (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    event_sid  TEXT,
    scopes     TEXT NOT NULL
) STRICT;
