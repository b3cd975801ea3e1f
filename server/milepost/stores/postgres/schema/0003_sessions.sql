-- Sessions at the dashboard, and the links that begin one (kind). `parent` is the sid of the token whose rights a session
-- has; without one it is the owner's. What is over is deleted.
CREATE TABLE session (
    digest     bytea PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account,
    sid        text COLLATE "C" NOT NULL UNIQUE,
    kind       text COLLATE "C" NOT NULL,
    parent     text COLLATE "C",
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE INDEX session_by_parent ON session (account_id, kind, parent, created_at, sid);
