"""The one account that an upstream's events belong to: no other is served beside it, and no other's tokens are good.

Accounts and tokens themselves are kept in a store of ours.
"""

from __future__ import annotations

from collections.abc import Callable

from milepost.domain.account import Account
from milepost.domain.errors import Conflict, Invalid
from milepost.domain.instant import Instant
from milepost.domain.ports import Accounts, Sessions, Tokens
from milepost.domain.session import Session
from milepost.domain.token import Token, TokenKind


async def account_named(accounts: Accounts, account: Account) -> Account:
    """The account of that SID, kept if it isn't yet."""
    known = await _find(accounts, account.sid)
    if known is not None:
        return known
    try:
        return await accounts.add_account(account)
    except Conflict:
        # Another process was quicker, or else another account has its name.
        known = await _find(accounts, account.sid)
        if known is None:
            raise
        return known


async def _find(accounts: Accounts, sid: str) -> Account | None:
    return next((account for account in await accounts.accounts() if account.sid == sid), None)


class OneAccount:
    """Meets `Accounts`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def accounts(self) -> tuple[Account, ...]:
        """See `Accounts.accounts`."""
        return (self._account,)

    async def add_account(self, account: Account) -> Account:
        """Raises `Invalid`."""
        sid = self._account.sid
        raise Invalid.of(
            "account", f'"{account.name}" can\'t be made: an upstream keeps the events, and they are of {sid}'
        )

    async def first_account(self, account: Account) -> tuple[Account, bool]:  # noqa: ARG002 - there is one already
        """See `Accounts.first_account`."""
        return self._account, False


class TokensOfOneAccount:
    """Meets `Tokens`: those of other accounts in the same store are unknown here."""

    def __init__(self, account_sid: str, tokens: Tokens) -> None:
        self._account_sid = account_sid
        self._tokens = tokens

    async def add_token(self, token: Token, digest: bytes) -> None:
        """See `Tokens.add_token`."""
        await self._tokens.add_token(token, digest)

    async def find_token(self, digest: bytes) -> Token | None:
        """See `Tokens.find_token`."""
        token = await self._tokens.find_token(digest)
        return token if token is not None and token.account_sid == self._account_sid else None

    async def get_token(self, account_sid: str, token_sid: str) -> Token:
        """See `Tokens.get_token`."""
        return await self._tokens.get_token(account_sid, token_sid)

    async def tokens(
        self, account_sid: str, kind: TokenKind | None, limit: int, after_sid: str | None
    ) -> tuple[Token, ...]:
        """See `Tokens.tokens`."""
        return await self._tokens.tokens(account_sid, kind, limit, after_sid)

    async def revoke_token(self, account_sid: str, token_sid: str, at: Instant) -> Token:
        """See `Tokens.revoke_token`."""
        return await self._tokens.revoke_token(account_sid, token_sid, at)

    async def note_use(self, token_sid: str, at: Instant) -> None:
        """See `Tokens.note_use`."""
        await self._tokens.note_use(token_sid, at)


class SessionsOfOneAccount:
    """Meets `Sessions`: those of other accounts in the same store are unknown here."""

    def __init__(self, account_sid: str, sessions: Sessions) -> None:
        self._account_sid = account_sid
        self._sessions = sessions

    async def add_session(self, session: Session, digest: bytes, most: int) -> None:
        """See `Sessions.add_session`."""
        await self._sessions.add_session(session, digest, most)

    async def find_session(self, digest: bytes) -> Session | None:
        """See `Sessions.find_session`."""
        return self._own(await self._sessions.find_session(digest))

    async def get_session(self, account_sid: str, session_sid: str) -> Session:
        """See `Sessions.get_session`."""
        return await self._sessions.get_session(account_sid, session_sid)

    async def exchange_session(
        self, digest: bytes, successor: Callable[[Session], Session | None], successor_digest: bytes, most: int
    ) -> Session | None:
        """See `Sessions.exchange_session`; another account's is left where it is."""
        if await self.find_session(digest) is None:
            return None
        return await self._sessions.exchange_session(digest, successor, successor_digest, most)

    async def end_session(self, account_sid: str, session_sid: str) -> None:
        """See `Sessions.end_session`."""
        await self._sessions.end_session(account_sid, session_sid)

    async def end_sessions(self, account_sid: str, now: Instant) -> int:
        """See `Sessions.end_sessions`."""
        return await self._sessions.end_sessions(account_sid, now)

    def _own(self, session: Session | None) -> Session | None:
        return session if session is not None and session.account_sid == self._account_sid else None
