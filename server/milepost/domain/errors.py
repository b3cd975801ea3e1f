"""The few ways in which a request can fail. Every interface has one table from these to its own answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    `field` is the name as the user wrote it (`startedAt`, `metadata.commit`), empty for the whole input;
    `message` says what came and what to write instead.
    """

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class MilepostError(Exception):
    """Base of every failure that a user may be told about. Its text is fit to be shown."""


class Invalid(MilepostError):
    """The input breaks a rule; `problems` holds every broken rule that was found, at least one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))

    @classmethod
    def of(cls, field: str, message: str) -> Invalid:
        """The common case: one field, one message."""
        return cls([Problem(field, message)])


class NotFound(MilepostError):
    """No such thing in the caller's account, or none that the caller may see: the two look alike on purpose."""

    def __init__(self, what: str, sid: str) -> None:
        self.what = what
        self.sid = sid
        super().__init__(f"no {what} {sid}")


class Conflict(MilepostError):
    """A name that has to be unique is taken. The text names the field and never the holder."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


class Stale(MilepostError):
    """The thing changed since the version that the caller named."""

    def __init__(self, what: str, sid: str, version: int) -> None:
        self.version = version
        super().__init__(f"{what} {sid} has changed since: it is at version {version} now; read it again and retry")


class Unauthorized(MilepostError):
    """No token, or one that is unknown, expired or revoked. The text doesn't tell which of the last three."""


class Forbidden(MilepostError):
    """The token is good but may not do this. `scope` is the missing token scope when that is the reason."""

    def __init__(self, message: str, scope: str | None = None) -> None:
        self.scope = scope
        super().__init__(message)


class ReadOnly(MilepostError):
    """The back end, or this server by its settings, takes no writes."""


class Unavailable(MilepostError):
    """The store or upstream can't be reached or can't take the write now; nothing was written.

    `retry_after_seconds` is a hint. `outcome_unknown` is set where a write was sent and no answer came. `detail` is what
    whoever runs this Milepost may read besides, on the command line and in the log: it names files and addresses.
    """

    def __init__(
        self,
        message: str,
        retry_after_seconds: int = 1,
        *,
        outcome_unknown: bool = False,
        detail: str | None = None,
    ) -> None:
        self.retry_after_seconds = retry_after_seconds
        self.outcome_unknown = outcome_unknown
        self.detail = detail or message
        super().__init__(message)


class Broken(Unavailable):
    """An upstream answered what can't be understood; asking again is unlikely to help."""
