"""The SQLite that Python brought along: whether it can do what the store needs."""

from __future__ import annotations

import sqlite3

from milepost.domain.errors import Unavailable

LEAST_VERSION = (3, 37, 0)
"""STRICT tables came with it; the trigram index is older."""


def sqlite_version() -> str:
    """Of the library that Python brought along."""
    return sqlite3.sqlite_version


def check_library() -> None:
    """Raises `Unavailable` where the library is too old, or was built without the full-text index."""
    if sqlite3.sqlite_version_info < LEAST_VERSION:
        raise Unavailable(f"Milepost needs SQLite {_LEAST} and found {sqlite_version()}; {_ADVICE}")
    if not _has_trigrams():
        raise Unavailable(
            f"Milepost needs SQLite with FTS5, which this {sqlite_version()} was built without; {_ADVICE}"
        )


_LEAST = f"{LEAST_VERSION[0]}.{LEAST_VERSION[1]} or newer"
_ADVICE = "run it with a Python that brings a newer SQLite along"


def _has_trigrams() -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text, tokenize = 'trigram')")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True
