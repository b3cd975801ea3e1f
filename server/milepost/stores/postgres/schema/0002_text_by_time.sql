-- Texts know when their events began, so that a substring is looked for in one stretch of time after the other, the
-- newest first: an index of trigrams has no order, and of a word that many events hold it would give them all.

SET LOCAL enable_seqscan = on;
SET LOCAL enable_hashjoin = on;

CREATE TABLE text_with_time (
    account_id  bigint NOT NULL,
    sid         text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    started_at  bigint NOT NULL
);

-- In order of time, since the index finds rows by where they lie: those of one stretch should lie together.
INSERT INTO text_with_time
SELECT account_id, sid, event_text.name, event_text.description, event.started_at
  FROM event_text JOIN event USING (account_id, sid)
 ORDER BY account_id, event.started_at, sid;

DROP TABLE event_text;
ALTER TABLE text_with_time RENAME TO event_text;
ALTER TABLE event_text ADD CONSTRAINT event_text_pkey PRIMARY KEY (account_id, sid);

-- Numbers of the stretches that a moment of an account lies in, from two hours to thirteen months wide, and of all its
-- time. query/text.py makes the same numbers; two stretches that happen to share one cost time and nothing else.
CREATE FUNCTION stretches_of(account_id bigint, moment bigint) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY[
    account_id << 28,
    (account_id << 28) | (1::bigint << 25) | ((moment >> 23) & 33554431),
    (account_id << 28) | (2::bigint << 25) | ((moment >> 26) & 33554431),
    (account_id << 28) | (3::bigint << 25) | ((moment >> 29) & 33554431),
    (account_id << 28) | (4::bigint << 25) | ((moment >> 32) & 33554431),
    (account_id << 28) | (5::bigint << 25) | ((moment >> 35) & 33554431)
];

-- What waits to be merged into the index is read through by every search, and merging little at a time costs twice as much.
CREATE INDEX event_text_by_trigram ON event_text
    USING gin (stretches_of(account_id, started_at), name gin_trgm_ops, description gin_trgm_ops)
    WITH (gin_pending_list_limit = 2048);

-- A Milepost of the version before writes a text without its time, after the event.
CREATE FUNCTION text_takes_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.started_at := (SELECT started_at FROM event WHERE account_id = NEW.account_id AND sid = NEW.sid);
    RETURN NEW;
END
$$;

CREATE TRIGGER text_takes_time BEFORE INSERT ON event_text
    FOR EACH ROW WHEN (NEW.started_at IS NULL) EXECUTE FUNCTION text_takes_time();

-- Whoever moves an event, its text goes with it.
CREATE FUNCTION text_follows_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE event_text SET started_at = NEW.started_at WHERE account_id = NEW.account_id AND sid = NEW.sid;
    RETURN NULL;
END
$$;

CREATE TRIGGER text_follows_event AFTER UPDATE OF started_at ON event
    FOR EACH ROW WHEN (NEW.started_at <> OLD.started_at) EXECUTE FUNCTION text_follows_event();
