"""Tokens: what proves who is asking, and what a holder may do.

`mcp_…` tokens are for assistants and `tok_…` tokens for programs: the prefix, 256 random bits in base 62 (43
characters) and a checksum (6), so that a typo and a leak are both recognisable. Only a hash is ever stored; a plain
SHA-256 is enough for 256 random bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol, cast
from zlib import crc32

from milepost.domain.errors import Invalid
from milepost.domain.instant import Instant, When, parse_lifetime, parse_when
from milepost.domain.scope import UNRESTRICTED, Restriction
from milepost.domain.sid import Entropy, base62
from milepost.domain.text import check_text, shown

LONGEST_NAME = 128
_SECRET_DIGITS = 43
_CHECKSUM_DIGITS = 6
_HEAD_SHOWN, _TAIL_SHOWN = 9, 5
SECRET = re.compile(rf"(?:mcp|tok|ses|lnk)_[0-9A-Za-z]{{{_SECRET_DIGITS + _CHECKSUM_DIGITS}}}")
"""The form of a token, of a session's secret and of a sign-in link's code, whatever stands around it: in a rendered line
that may be the `n` of an escaped line feed."""


class TokenKind(StrEnum):
    """Whom a token is for; the value is how the command line and the routes name it."""

    MCP = "mcp"
    API = "api"

    @property
    def prefix(self) -> str:
        """What the token itself, and its SID, begin with."""
        return "mcp" if self is TokenKind.MCP else "tok"


class TokenScope(StrEnum):
    """What a token may do."""

    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    TOKENS_ADMIN = "tokens:admin"


ALL_SCOPES = frozenset(TokenScope)
DEFAULT_SCOPES = frozenset({TokenScope.EVENTS_READ})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it is kept. `hint` is the masked form, as `mcp_2abc1*******ef789`; the secret itself is gone."""

    sid: str
    account_sid: str
    kind: TokenKind
    name: str
    hint: str
    scopes: frozenset[TokenScope] = DEFAULT_SCOPES
    restriction: Restriction = UNRESTRICTED
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None
    last_used_at: Instant | None = None

    def alive(self, now: Instant) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Prefixed(Protocol):
    """A kind of secret: of tokens, of sessions."""

    @property
    def prefix(self) -> str:
        """What secrets of that kind begin with."""
        ...


def mint_secret(kind: Prefixed, entropy: Entropy) -> str:
    """A new secret, to be shown once."""
    head = f"{kind.prefix}_{base62(int.from_bytes(entropy(32), 'big'), _SECRET_DIGITS)}"
    return head + _checksum(head)


def well_formed(secret: str) -> bool:
    """Whether `secret` has the form and the checksum of one, of whichever kind: a cheap test before any look-up."""
    return bool(SECRET.fullmatch(secret)) and secret.endswith(_checksum(secret[:-_CHECKSUM_DIGITS]))


def hash_secret(secret: str) -> bytes:
    """The 32 bytes under which a token is stored and looked up."""
    return sha256(secret.encode()).digest()


def mask(secret: str) -> str:
    """`mcp_2abc1*******ef789`: enough to recognise a token by, far too little to guess it."""
    return f"{secret[:_HEAD_SHOWN]}*******{secret[-_TAIL_SHOWN:]}"


def parse_token_name(value: object, field: str = "name") -> str:
    """1-128 characters, not blank."""
    return check_text(value, field, LONGEST_NAME, blank=False)


def parse_token_scopes(value: object, field: str = "scopes") -> frozenset[TokenScope]:
    """A list of token scopes; one string is a list of one."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple | set | frozenset) or not items:
        raise Invalid.of(field, f'{shown(value)} is no list of scopes; write one such as ["events:read"]')
    known = {scope.value: scope for scope in TokenScope}
    written = tuple(cast("Iterable[object]", items))
    for item in written:
        if not isinstance(item, str) or item not in known:
            raise Invalid.of(field, f"{shown(item)} is not one of {', '.join(known)}")
    return frozenset(known[cast("str", item)] for item in written)


def parse_expiry(value: object, field: str = "expiresAt") -> When:
    """When a token ends: how long from now on (`90d`; units s m h d w), or a moment as everywhere else."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text[:-1].isdecimal() and text[-1:].isalpha():
        return When(relative=True, offset=parse_lifetime(text, field))
    try:
        return parse_when(text, field)
    except Invalid:
        message = f"{shown(value)} is neither; write a duration such as 90d (units s m h d w) or a time in RFC 3339"
        raise Invalid.of(field, message) from None


def _checksum(head: str) -> str:
    return base62(crc32(head.encode()), _CHECKSUM_DIGITS)
