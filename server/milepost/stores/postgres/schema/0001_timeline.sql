-- Times are milliseconds since 1970 UTC. Text compares by its bytes everywhere. An event's record is kept as the text
-- that was written: jsonb would lose the order of keys.
--
-- A row of `account` is the lock under which its events are written: one transaction at a time. `noticed` is the
-- position of its last notice.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE account (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sid        text COLLATE "C" NOT NULL UNIQUE,
    name       text COLLATE "C" NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    noticed    bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE place (
    account_id bigint NOT NULL REFERENCES account,
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('bucket', 'environment')),
    sid        text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    labels     text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint,
    PRIMARY KEY (account_id, kind, sid),
    UNIQUE (account_id, kind, name)
);

CREATE TABLE token (
    digest       bytea PRIMARY KEY,
    account_id   bigint NOT NULL REFERENCES account,
    sid          text COLLATE "C" NOT NULL UNIQUE,
    kind         text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    hint         text NOT NULL,
    scopes       text NOT NULL,
    buckets      text,
    environments text,
    created_at   bigint NOT NULL,
    expires_at   bigint,
    revoked_at   bigint,
    last_used_at bigint
);

CREATE INDEX token_by_time ON token (account_id, created_at, sid);

-- Live events. `chunk` and `slot` are the event's seat in the timeline (see query/__init__.py). There is no foreign key
-- on events: accounts stay for ever, and a check a row would cost as much as an index.
CREATE TABLE event (
    account_id bigint NOT NULL,
    started_at bigint NOT NULL,
    ended_at   bigint,
    chunk      bigint,
    slot       integer,
    sid        text COLLATE "C" NOT NULL,
    dedup_key  text COLLATE "C",
    record     text NOT NULL,
    PRIMARY KEY (account_id, sid)
);

CREATE UNIQUE INDEX event_by_dedup_key ON event (account_id, dedup_key) WHERE dedup_key IS NOT NULL;
CREATE INDEX event_by_time ON event (account_id, started_at, sid);
CREATE INDEX event_by_seat ON event (account_id, chunk, slot);

-- A stretch of an account's timeline. `key` is (its first millisecond << 12) + a number that tells apart those that
-- begin in the same millisecond; `live` has a bit for each slot that is taken.
CREATE TABLE chunk (
    account_id bigint NOT NULL,
    key        bigint NOT NULL,
    live       bit varying NOT NULL,
    PRIMARY KEY (account_id, key)
) WITH (fillfactor = 50);

-- Which events of a chunk have the term: a bit for each slot, cut off after the last one that is set. `term` stands for
-- the account, the kind and the value of what events can be found by: 16 bytes of a hash, so that no number has to be
-- minted and agreed upon between servers, and nothing of a purged text stays behind.
CREATE TABLE posting (
    chunk bigint NOT NULL,
    term  bytea NOT NULL,
    bits  bit varying NOT NULL,
    PRIMARY KEY (term, chunk)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- The sources that live events have, so that they can be completed.
CREATE TABLE source (
    account_id bigint NOT NULL,
    name       text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- The ids by which filters may name tag keys and values. A purged name leaves its number taken, so that the number
-- never comes to mean something else.
CREATE TABLE tag_number (
    account_id bigint NOT NULL,
    part       text COLLATE "C" NOT NULL CHECK (part IN ('key', 'value')),
    number     bigint NOT NULL,
    name       text COLLATE "C",
    PRIMARY KEY (account_id, part, number),
    UNIQUE (account_id, part, name)
);

-- Case-folded names and descriptions of live events, apart from them so that a change of seat leaves the trigrams alone.
CREATE TABLE event_text (
    account_id  bigint NOT NULL,
    sid         text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    PRIMARY KEY (account_id, sid)
);

-- What waits to be merged into the index is read through by every search, and merging little at a time costs twice as much.
CREATE INDEX event_text_by_trigram ON event_text USING gin (name gin_trgm_ops, description gin_trgm_ops)
    WITH (gin_pending_list_limit = 2048);

CREATE TABLE deleted_event (
    account_id bigint NOT NULL,
    sid        text COLLATE "C" NOT NULL,
    started_at bigint NOT NULL,
    source     text COLLATE "C",
    record     text NOT NULL,
    PRIMARY KEY (account_id, sid)
);

-- `version` is the event's after the change; `before` is its record before it.
CREATE TABLE revision (
    account_id bigint NOT NULL,
    event_sid  text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    kind       text NOT NULL,
    at         bigint NOT NULL,
    by         text NOT NULL,
    before     text,
    PRIMARY KEY (account_id, event_sid, version)
);

-- The newest changes, for whoever listens. Positions are counted by account and given out under its lock, which is held
-- until the commit: what is committed later has a higher position, so that nobody who reads by it overlooks anything.
CREATE TABLE notice (
    account_id bigint NOT NULL,
    position   bigint NOT NULL,
    kind       text NOT NULL,
    event_sid  text COLLATE "C",
    scopes     text NOT NULL,
    PRIMARY KEY (account_id, position)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
