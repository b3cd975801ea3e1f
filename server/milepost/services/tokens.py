"""Issuing, checking and revoking tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace

from milepost.domain.caller import Caller
from milepost.domain.errors import Forbidden, Invalid, NotFound, Unauthorized
from milepost.domain.instant import Clock, Instant, format_instant
from milepost.domain.ports import Tokens
from milepost.domain.query import LARGEST_LIMIT
from milepost.domain.scope import EVERYWHERE, Restriction, SidTuple
from milepost.domain.sid import Entropy, check_sid, mint
from milepost.domain.token import (
    DEFAULT_SCOPES,
    Token,
    TokenKind,
    TokenScope,
    hash_secret,
    mask,
    mint_secret,
    well_formed,
)
from milepost.services.places import PlaceService

_DEAD = "the token is unknown, expired or revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDraft:
    """What a user asks for. None for buckets or environments is whatever the issuer reaches, `["*"]` all there are.

    Without `expires_at` the token lives as long as its issuer. The SIDs may be names, as written.
    """

    kind: TokenKind
    name: str
    scopes: frozenset[TokenScope] = DEFAULT_SCOPES
    buckets: SidTuple | None = None
    environments: SidTuple | None = None
    expires_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token with its secret, which is to be shown once and is kept nowhere."""

    token: Token
    secret: str


class TokenService:
    """Who may do what, proved by a token."""

    def __init__(self, tokens: Tokens, places: PlaceService, clock: Clock, entropy: Entropy) -> None:
        self._tokens = tokens
        self._places = places
        self._clock = clock
        self._entropy = entropy

    async def authenticate(self, secret: str, door: str, client: str | None = None) -> Caller:
        """The caller that a secret proves; raises `Unauthorized` for an unknown, expired or revoked one."""
        if not well_formed(secret):
            raise Unauthorized(_DEAD)
        now = self._clock()
        token = await self._tokens.find_token(hash_secret(secret))
        if token is None or not token.alive(now):
            raise Unauthorized(_DEAD)
        await self._tokens.note_use(token.sid, now)
        return Caller(account_sid=token.account_sid, door=door, token=token).with_client(client)

    async def refresh(self, caller: Caller) -> Caller:
        """The same caller with its token as it is now; raises `Unauthorized` once it is dead.

        For whatever stays open longer than a request. The local owner has no token and stays as it is.
        """
        if caller.token is None:
            return caller
        try:
            token = await self._tokens.get_token(caller.account_sid, caller.token.sid)
        except NotFound:
            raise Unauthorized(_DEAD) from None
        if not token.alive(self._clock()):
            raise Unauthorized(_DEAD)
        return replace(caller, token=token)

    async def issue(self, caller: Caller, draft: TokenDraft) -> Issued:
        """A new token; never one that exceeds its issuer in scopes, SIDs or life (`Forbidden`)."""
        caller.require(TokenScope.TOKENS_ADMIN)
        now = self._clock()
        expires_at = self._checked_expiry(caller, draft.expires_at, now)
        restriction = await self._restriction(caller, draft)
        _require_within(caller, draft.scopes, restriction, expires_at)
        secret = mint_secret(draft.kind, self._entropy)
        token = Token(
            sid=mint(draft.kind.prefix, now, self._entropy),
            account_sid=caller.account_sid,
            kind=draft.kind,
            name=draft.name,
            hint=mask(secret),
            scopes=draft.scopes,
            restriction=restriction,
            created_at=now,
            expires_at=expires_at,
        )
        await self._tokens.add_token(token, hash_secret(secret))
        return Issued(token, secret)

    async def list(
        self, caller: Caller, kind: TokenKind | None = None, limit: int = LARGEST_LIMIT, after_sid: str | None = None
    ) -> tuple[Token, ...]:
        """The account's tokens within the caller's reach, newest first, revoked and expired ones too."""
        caller.require(TokenScope.TOKENS_ADMIN)
        found = list[Token]()
        while True:
            page = await self._tokens.tokens(caller.account_sid, kind, limit, after_sid)
            found.extend(token for token in page if caller.restriction.contains(token.restriction))
            if len(found) >= limit or len(page) < limit:
                return tuple(found[:limit])
            after_sid = page[-1].sid

    async def get(self, caller: Caller, token_sid: str) -> Token:
        """One token; raises `NotFound`, also where it reaches beyond the caller."""
        caller.require(TokenScope.TOKENS_ADMIN)
        token = await self._tokens.get_token(caller.account_sid, check_sid(token_sid, "sid"))
        if not caller.restriction.contains(token.restriction):
            raise NotFound("token", token_sid)
        return token

    async def revoke(self, caller: Caller, token_sid: str) -> Token:
        """Make a token good for nothing from the next request on; raises `NotFound`.

        A token may revoke only what has none but its own scopes (`Forbidden`).
        """
        token = await self.get(caller, token_sid)
        if not token.scopes <= caller.scopes:
            raise Forbidden("that token may do more than this one, so this one can't revoke it")
        return await self._tokens.revoke_token(caller.account_sid, token.sid, self._clock())

    async def _restriction(self, caller: Caller, draft: TokenDraft) -> Restriction:
        own = caller.restriction
        buckets, environments = own.buckets, own.environments
        if draft.buckets is not None:
            buckets = _reach(await self._places.bucket_sids(caller, draft.buckets))
        if draft.environments is not None:
            environments = _reach(await self._places.environment_sids(caller, draft.environments))
        return Restriction(buckets, environments)

    def _checked_expiry(self, caller: Caller, expires_at: Instant | None, now: Instant) -> Instant | None:
        if expires_at is None:
            return caller.token.expires_at if caller.token else None
        if expires_at <= now:
            raise Invalid.of("expiresAt", f"{format_instant(expires_at)} is over already; write a moment to come")
        return expires_at


def _reach(sids: SidTuple) -> frozenset[str] | None:
    return None if sids == EVERYWHERE else frozenset(sids)


def _require_within(
    caller: Caller, scopes: frozenset[TokenScope], restriction: Restriction, expires_at: Instant | None
) -> None:
    if beyond := sorted(scopes - caller.scopes):
        raise Forbidden(f"this token lacks the scope {beyond[0]}, so it can't hand it on", beyond[0])
    if not caller.restriction.contains(restriction):
        raise Forbidden("this token is restricted to some buckets or environments and can't reach beyond them")
    limit = caller.token.expires_at if caller.token else None
    if limit is not None and (expires_at is None or expires_at > limit):
        raise Forbidden(f"this token ends at {format_instant(limit)} and can't issue one that lives longer")
