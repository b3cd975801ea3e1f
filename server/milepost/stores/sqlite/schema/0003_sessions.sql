-- Sessions at the dashboard, and the links that begin one (kind). `parent` is the sid of the token whose rights a session
-- has; without one it is the owner's. What is over is deleted.
CREATE TABLE session (
    digest     BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    sid        TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    parent     TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_parent ON session (account_id, kind, parent, created_at, sid);
