"""What `milepost doctor` looks at where the store is a PostgreSQL database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from milepost.cli.check import Check, State
from milepost.cli.fields import explain
from milepost.domain.errors import MilepostError
from milepost.settings.postgres_url import PostgresBackend

if TYPE_CHECKING:
    from milepost.stores.postgres.checkup import Checkup

MOST_CLOCK_SECONDS = 5.0
"""Servers whose clocks are further apart put their events into the wrong order."""


def shared_checks(backend: PostgresBackend) -> Iterator[Check]:
    """The database: whether it is reached and may be written, what it lacks, how its clock goes."""
    from milepost.stores.postgres.checkup import check_up

    part = "database"
    try:
        found = check_up(backend.conninfo, time.time)
    except MilepostError as error:
        yield Check(State.WRONG, part, explain(error))
        return
    yield _schema(backend, found)
    yield _clock(found.clock_seconds)


def _schema(backend: PostgresBackend, found: Checkup) -> Check:
    text = f"{backend.url} answers: PostgreSQL {found.server}"
    if found.problem:
        return Check(State.WRONG, "database", f"{text}; {found.problem}")
    if found.schema == 0:
        return Check(State.FINE, "database", f"{text}, a primary; empty yet, the first command that needs it fills it")
    older = "" if found.schema >= found.newest else f", to become {found.newest} at the next start"
    return Check(State.FINE, "database", f"{text}, a primary; schema {found.schema}{older}")


def _clock(seconds: float) -> Check:
    if abs(seconds) > MOST_CLOCK_SECONDS:
        direction = "ahead of" if seconds > 0 else "behind"
        text = f"the database's is {abs(seconds):,.0f} s {direction} this machine's; have both follow a time server"
        return Check(State.WRONG, "clock", text)
    return Check(State.FINE, "clock", f"the database's and this machine's are {abs(seconds):.1f} s apart")
