"""SQLite's failures as domain errors. SQLite's own text goes no further than the log."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from milepost.domain.errors import Unavailable

_WORDS = {
    "SQLITE_BUSY": "is locked by another program that doesn't let go of it; look for one that holds it open",
    "SQLITE_LOCKED": "is locked by another program that doesn't let go of it; look for one that holds it open",
    "SQLITE_FULL": "can't grow: the disk is full; make room",
    "SQLITE_READONLY": "can't be written: the file or its folder is read-only; change the permissions",
    "SQLITE_CANTOPEN": "can't be opened; check that its folder exists and may be written",
    "SQLITE_PERM": "can't be opened; check the permissions",
    "SQLITE_NOTADB": "is not a database; name another file, or bring the right one back from a backup",
    "SQLITE_CORRUPT": "is damaged; bring it back from a backup or an export",
    "SQLITE_INTERRUPT": "took too long to answer and was stopped; ask for less",
    "SQLITE_IOERR": "can't be read or written: the disk failed; look at the system's log",
    "SQLITE_NOMEM": "can't be read: memory ran out",
}
_RETRY_SOON = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT"}
_RETRY_LATER_SECONDS = 30


def unavailable(error: sqlite3.Error, path: Path) -> Unavailable:
    """What to tell the caller about `error`, which the file at `path` gave."""
    name = _primary(error)
    return out_of_reach(path, _WORDS.get(name, "failed"), 1 if name in _RETRY_SOON else _RETRY_LATER_SECONDS)


def unfinished(error: sqlite3.Error, path: Path) -> Unavailable:
    """The same where it came from a COMMIT: a disk that fails then may have kept the write or not."""
    told = unavailable(error, path)
    if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_IOERR"):
        return told
    return Unavailable(str(told), told.retry_after_seconds, outcome_unknown=True, detail=told.detail)


def out_of_reach(path: Path, words: str, retry_after_seconds: int = _RETRY_LATER_SECONDS) -> Unavailable:
    """Says what is the matter; where the file is, only to whoever runs this."""
    return Unavailable(f"the event store {words}", retry_after_seconds, detail=f"the database {path} {words}")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection held a lock at that moment."""
    return _primary(error) in ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_fault(error: BaseException) -> bool:
    """Whether the database or its disk failed, rather than a statement of ours."""
    return isinstance(error, sqlite3.Error) and _primary(error) in _WORDS


def _primary(error: sqlite3.Error) -> str:
    """SQLITE_IOERR for SQLITE_IOERR_WRITE, and so on; full disks show as write errors too."""
    name: str = getattr(error, "sqlite_errorname", "")
    if name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"):
        return "SQLITE_FULL"
    return "_".join(name.split("_")[:2])
