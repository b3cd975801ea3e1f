"""Opening connections: the file's permissions, the pragmas, nothing else."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
BUSY_SECONDS = 10.0
"""How long a lock of another process is waited for."""
CACHE_KIB = 2_048
"""Pages kept in memory by one connection."""
CHECKPOINT_PAGES = 1_000
LARGEST_LOG_BYTES = 64 * 1_024 * 1_024
"""The log file is cut to this after a checkpoint."""


def create_file(path: Path) -> None:
    """Make an empty file, and its folder, for the owner's eyes only; SQLite gives -wal and -shm the same mode."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        return


def connect(path: Path, *, read_only: bool = False, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection in autocommit mode that may be handed from thread to thread, one at a time."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON", f"cache_size = -{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {LARGEST_LOG_BYTES}")
        connection.execute("PRAGMA trusted_schema = OFF")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection
