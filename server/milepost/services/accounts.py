"""The accounts of this installation, as the command line and the first start need them."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.domain.account import Account, parse_account_name
from milepost.domain.caller import Caller
from milepost.domain.errors import Invalid, NotFound
from milepost.domain.instant import Clock
from milepost.domain.ports import Accounts
from milepost.domain.sid import ACCOUNT, Entropy, mint
from milepost.domain.token import TokenKind, TokenScope
from milepost.services.tokens import Issued, TokenDraft, TokenService

FIRST_ACCOUNT = "default"
FIRST_TOKEN = "first token"  # noqa: S105 - a name, no secret


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What `serve` finds: the account it serves by default, and the one token that was just made, if it was."""

    account: Account
    issued: Issued | None


class AccountService:
    """Creates and picks accounts. Only whoever can read the store gets here: no token reaches across accounts."""

    def __init__(self, accounts: Accounts, tokens: TokenService, clock: Clock, entropy: Entropy) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._clock = clock
        self._entropy = entropy

    async def list(self) -> tuple[Account, ...]:
        """All accounts, oldest first."""
        return await self._accounts.accounts()

    async def create(self, name: str) -> Account:
        """A new account; raises `Invalid`, and `Conflict` on a taken name."""
        return await self._accounts.add_account(self._minted(parse_account_name(name)))

    async def named(self, account_sid: str) -> Account:
        """The account of that SID; raises `NotFound`."""
        for account in await self._accounts.accounts():
            if account.sid == account_sid:
                return account
        raise NotFound("account", account_sid)

    async def pick(self, account: str | None) -> Account:
        """The account of that SID or name; without one, the only account there is. An empty store gets its first.

        Raises `Invalid` saying which there are.
        """
        if account is None:
            await self._accounts.first_account(self._minted(FIRST_ACCOUNT))
        accounts = await self._accounts.accounts()
        if account is None and len(accounts) == 1:
            return accounts[0]
        for found in [item for item in accounts if item.sid == account] or [
            item for item in accounts if item.name == account
        ]:
            return found
        known = ", ".join(f"{item.sid} ({item.name})" for item in accounts[:50]) or "none yet"
        what = "there are several" if account is None else f'there is no "{account}"'
        raise Invalid.of("account", f"{what}; name one of: {known}")

    async def first_start(self) -> FirstStart:
        """The oldest account, made if there is none, and a read-write MCP token if no token was ever made in it."""
        account, _ = await self._accounts.first_account(self._minted(FIRST_ACCOUNT))
        owner = Caller(account_sid=account.sid, door="cli")
        if await self._tokens.list(owner, limit=1):
            return FirstStart(account, None)
        scopes = frozenset({TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE})
        draft = TokenDraft(kind=TokenKind.MCP, name=FIRST_TOKEN, scopes=scopes)
        return FirstStart(account, await self._tokens.issue(owner, draft))

    def _minted(self, name: str) -> Account:
        now = self._clock()
        return Account(mint(ACCOUNT, now, self._entropy), name, now)
