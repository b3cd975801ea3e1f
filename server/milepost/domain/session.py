"""Sessions of people at the dashboard, and the links by which they are begun.

A session has no rights of its own: it is good for what its parent is good for at that moment, a token or, without one,
the owner of the account. So nothing outlives the token that it came from. A link is a session to be: it works once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from milepost.domain.instant import HOUR, MINUTE, Instant
from milepost.domain.sid import SESSION, SIGN_IN_LINK
from milepost.domain.token import Token

SESSION_MILLISECONDS: Final = 12 * HOUR
LINK_MILLISECONDS: Final = 10 * MINUTE
MOST_SESSIONS: Final = 100
"""Sessions, and links, of one token or owner at once; a further one ends the oldest."""


class SessionKind(StrEnum):
    """What may be done with it: ask for things, or begin a session, once."""

    SESSION = "session"
    LINK = "link"

    @property
    def prefix(self) -> str:
        """What its secret, and its SID, begin with."""
        return SESSION if self is SessionKind.SESSION else SIGN_IN_LINK

    @property
    def milliseconds(self) -> int:
        """How long it lives at most."""
        return SESSION_MILLISECONDS if self is SessionKind.SESSION else LINK_MILLISECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session or link as it is kept; the secret itself is gone. `parent` is the token as it is now."""

    sid: str
    account_sid: str
    kind: SessionKind
    parent: Token | None
    created_at: Instant
    expires_at: Instant

    def alive(self, now: Instant) -> bool:
        """Not over, and neither is its parent."""
        return now < self.expires_at and (self.parent is None or self.parent.alive(now))
