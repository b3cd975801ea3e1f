"""PostgreSQL's failures as domain errors. Its own text goes no further than to whoever runs this."""

from __future__ import annotations

import psycopg

from milepost.domain.errors import Unavailable

RETRY_LATER_SECONDS = 5

_WORDS = {
    "08": "can't be reached",
    "28": "refuses the login; check user and password",
    "3D000": "doesn't exist on its server; create it, or name another",
    "25006": "is read-only, as a replica is; name the primary",
    "42501": "doesn't allow what Milepost has to do; its user has to own the tables",
    "40": "was too busy with others' changes",
    "53": "has run out of room, memory or connections",
    "55P03": "was kept locked by others for too long",
    "57014": "took too long to answer and was stopped; ask for less",
    "57": "is shutting down or starting up",
    "58": "can't read or write its disk; look at its log",
    "XX": "is damaged or met a fault of its own; look at its log",
}
"""By SQLSTATE or its class; the longer one counts."""

_TRANSIENT = ("08", "25006", "40", "55P03", "57P")


def sqlstate(error: psycopg.Error) -> str:
    """The error's code; that of a lost connection where none came."""
    if error.sqlstate:
        return error.sqlstate
    return "08006" if isinstance(error, psycopg.OperationalError) else ""


def is_fault(error: BaseException) -> bool:
    """Whether the database, its host or the network failed, rather than a statement of ours."""
    return isinstance(error, psycopg.Error) and _words(sqlstate(error)) is not None


def is_transient(error: BaseException) -> bool:
    """Whether trying again soon may help: the connection was lost, a server gave way, two transactions met."""
    return isinstance(error, psycopg.Error) and sqlstate(error).startswith(_TRANSIENT)


def is_lock_timeout(error: BaseException) -> bool:
    """Whether somebody else held a lock for too long."""
    return isinstance(error, psycopg.errors.LockNotAvailable)


def unavailable(error: psycopg.Error) -> Unavailable:
    """What to tell the caller about `error`; nothing was written."""
    return _told(error, outcome_unknown=False)


def unfinished(error: psycopg.Error) -> Unavailable:
    """The same where it came from a COMMIT: unless the server says that it rolled back, it may have been kept."""
    return _told(error, outcome_unknown=error.diag.severity_nonlocalized != "ERROR")


def out_of_reach(words: str, retry_after_seconds: int = RETRY_LATER_SECONDS, detail: str | None = None) -> Unavailable:
    """Says what is the matter with the database."""
    told = f"the event store {words}"
    return Unavailable(told, retry_after_seconds, detail=f"{told} ({detail})" if detail else told)


def _told(error: psycopg.Error, *, outcome_unknown: bool) -> Unavailable:
    words = f"the event store {_words(sqlstate(error)) or 'failed'}"
    detail = f"{words}: {_first_line(error)}"
    seconds = 1 if is_transient(error) else RETRY_LATER_SECONDS
    return Unavailable(words, seconds, outcome_unknown=outcome_unknown, detail=detail)


def _words(code: str) -> str | None:
    return _WORDS.get(code) or _WORDS.get(code[:2])


def _first_line(error: psycopg.Error) -> str:
    """Libpq's words name host, port, user and database, and never the password."""
    return next(iter(str(error).splitlines()), type(error).__name__)
