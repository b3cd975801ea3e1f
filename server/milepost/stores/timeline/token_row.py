"""A token as both databases write it down: the same columns in the same order, sets as JSON."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from milepost.domain.scope import Restriction
from milepost.domain.token import Token, TokenKind, TokenScope


def encode_token(token: Token) -> tuple[Any, ...]:
    """Its columns from `sid` to `last_used_at`."""
    return (
        token.sid,
        token.kind.value,
        token.name,
        token.hint,
        orjson.dumps(sorted(token.scopes)).decode(),
        _sids(token.restriction.buckets),
        _sids(token.restriction.environments),
        token.created_at,
        token.expires_at,
        token.revoked_at,
        token.last_used_at,
    )


@lru_cache(maxsize=256)
def decode_token(row: tuple[Any, ...]) -> Token:
    """A token from those columns behind its account's sid. The same few are read with every request."""
    account_sid, sid, kind, name, hint, scopes, buckets, environments, *times = row
    created_at, expires_at, revoked_at, last_used_at = times
    return Token(
        sid=sid,
        account_sid=account_sid,
        kind=TokenKind(kind),
        name=name,
        hint=hint,
        scopes=frozenset(map(TokenScope, orjson.loads(scopes))),
        restriction=Restriction(_reach(buckets), _reach(environments)),
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
        last_used_at=last_used_at,
    )


def _sids(sids: frozenset[str] | None) -> str | None:
    return None if sids is None else orjson.dumps(sorted(sids)).decode()


def _reach(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(orjson.loads(text))
