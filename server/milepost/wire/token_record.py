"""The JSON record of a token: what it may do and when it was used, never its secret."""

from __future__ import annotations

from typing import Any

from milepost.domain.instant import Instant, format_instant
from milepost.domain.token import Token


def token_record(token: Token) -> dict[str, Any]:
    """`token` is the masked form; `["*"]` in a list of SIDs is no restriction; times that never came are null."""
    return {
        "sid": token.sid,
        "accountSid": token.account_sid,
        "kind": token.kind.value,
        "name": token.name,
        "token": token.hint,
        "scopes": sorted(scope.value for scope in token.scopes),
        "bucketSids": sids_record(token.restriction.buckets),
        "environmentSids": sids_record(token.restriction.environments),
        "isRevoked": token.revoked_at is not None,
        "createdAt": format_instant(token.created_at),
        "expiresAt": _time(token.expires_at),
        "revokedAt": _time(token.revoked_at),
        "lastUsedAt": _time(token.last_used_at),
    }


def token_answer(token: Token, now: Instant) -> dict[str, Any]:
    """The record, and what `now` makes of it: `isActive`, neither revoked nor expired, and `updatedAt`."""
    return {**token_record(token), "isActive": token.alive(now), "updatedAt": _time(token.revoked_at)}


def issued_token_answer(token: Token, secret: str, now: Instant) -> dict[str, Any]:
    """The same with the secret itself as `token`: this once."""
    return {**token_answer(token, now), "token": secret}


def sids_record(sids: frozenset[str] | None) -> list[str]:
    """What a restriction reaches; `["*"]` is no restriction."""
    return ["*"] if sids is None else sorted(sids)


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
