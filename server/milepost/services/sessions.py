"""Signing people in to the dashboard: by a token, or by a link that works once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, NotFound, Unauthorized
from milepost.domain.instant import Clock, Instant
from milepost.domain.ports import Sessions
from milepost.domain.session import MOST_SESSIONS, Session, SessionKind
from milepost.domain.sid import Entropy, mint
from milepost.domain.token import Token, hash_secret, mint_secret, well_formed
from milepost.services.tokens import TokenService

_OVER = "the session is over; sign in again"
_USED = "the link was used already, or is over"


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session or link with its secret, which is kept nowhere."""

    session: Session
    secret: str


class SessionService:
    """Who is at the dashboard. A session may do what its parent may: a token or, after a link, the account's owner."""

    def __init__(self, sessions: Sessions, tokens: TokenService, clock: Clock, entropy: Entropy) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._clock = clock
        self._entropy = entropy

    async def begin(self, caller: Caller) -> Begun:
        """A session of whoever holds a token. No session begins another (`Forbidden`)."""
        if caller.token is None or caller.session is not None:
            raise Forbidden("a session begins with a token")
        return await self._add(SessionKind.SESSION, caller.account_sid, caller.token)

    async def make_link(self, caller: Caller) -> Begun:
        """A link by which somebody becomes the owner at the dashboard, once. Only for the owner (`Forbidden`)."""
        _require_owner(caller)
        return await self._add(SessionKind.LINK, caller.account_sid, None)

    async def redeem(self, code: str) -> Begun:
        """The session that a link is good for; raises `Unauthorized`, the second time too."""
        if not _is(code, SessionKind.LINK):
            raise Unauthorized(_USED)
        secret = mint_secret(SessionKind.SESSION, self._entropy)

        def successor(link: Session) -> Session | None:
            return self._made(SessionKind.SESSION, link.account_sid, link.parent) if link.alive(self._clock()) else None

        digest = hash_secret(secret)
        session = await self._sessions.exchange_session(hash_secret(code), successor, digest, MOST_SESSIONS)
        if session is None:
            raise Unauthorized(_USED)
        return Begun(session, secret)

    async def authenticate(self, secret: str, door: str) -> Caller:
        """The caller that a session's secret proves; raises `Unauthorized` once it is over."""
        found = await self._sessions.find_session(hash_secret(secret)) if _is(secret, SessionKind.SESSION) else None
        if found is None or not found.alive(self._clock()):
            raise Unauthorized(_OVER)
        return Caller(account_sid=found.account_sid, door=door, token=found.parent, session=found)

    async def refresh(self, caller: Caller) -> Caller:
        """The same caller as it is now, whatever it proved itself with; raises `Unauthorized` once that is dead."""
        if caller.session is None:
            return await self._tokens.refresh(caller)
        try:
            session = await self._sessions.get_session(caller.account_sid, caller.session.sid)
        except NotFound:
            raise Unauthorized(_OVER) from None
        if not session.alive(self._clock()):
            raise Unauthorized(_OVER)
        return replace(caller, token=session.parent, session=session)

    async def end(self, caller: Caller) -> None:
        """Sign out: the session is good for nothing from the next request on. Whoever has none stays as it is."""
        if caller.session is not None:
            await self._sessions.end_session(caller.account_sid, caller.session.sid)

    async def end_all(self, caller: Caller) -> int:
        """Sign everybody out of the account's dashboard, and make unused links useless; how many there were.

        Only for the owner (`Forbidden`).
        """
        _require_owner(caller)
        return await self._sessions.end_sessions(caller.account_sid, self._clock())

    async def _add(self, kind: SessionKind, account_sid: str, parent: Token | None) -> Begun:
        secret = mint_secret(kind, self._entropy)
        session = self._made(kind, account_sid, parent)
        await self._sessions.add_session(session, hash_secret(secret), MOST_SESSIONS)
        return Begun(session, secret)

    def _made(self, kind: SessionKind, account_sid: str, parent: Token | None) -> Session:
        now = self._clock()
        return Session(
            sid=mint(kind.prefix, now, self._entropy),
            account_sid=account_sid,
            kind=kind,
            parent=parent,
            created_at=now,
            expires_at=_end(Instant(now + kind.milliseconds), parent),
        )


def _require_owner(caller: Caller) -> None:
    if caller.proved_by is not None:
        raise Forbidden("only for whoever can read the store")


def _is(secret: str, kind: SessionKind) -> bool:
    return secret.startswith(f"{kind.prefix}_") and well_formed(secret)


def _end(latest: Instant, parent: Token | None) -> Instant:
    return min(latest, parent.expires_at) if parent and parent.expires_at is not None else latest
