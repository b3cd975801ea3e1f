"""Names of things: a prefix and a KSUID (27 base-62 characters that begin with the time, so they sort by it).

Minted that way; on input 1-64 characters of `[A-Za-z0-9_-]` are looked up, prefix or not, since existing ones differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from milepost.domain.errors import Invalid
from milepost.domain.instant import SECOND, Instant
from milepost.domain.text import shown

Entropy = Callable[[int], bytes]
"""Gives that many random bytes; handed in, like the clock."""

ACCOUNT, BUCKET, ENVIRONMENT, EVENT, MCP_TOKEN, API_TOKEN = "acc", "bkt", "env", "evt", "mcp", "tok"

BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KSUID_EPOCH = 1_400_000_000
_KSUID_LENGTH = 27
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def mint(prefix: str, now: Instant, entropy: Entropy) -> str:
    """A new SID: `evt_` and a KSUID of 32 bits of seconds and 128 random bits."""
    seconds = max(0, now // SECOND - _KSUID_EPOCH) & 0xFFFFFFFF
    number = seconds << 128 | int.from_bytes(entropy(16), "big")
    return f"{prefix}_{base62(number, _KSUID_LENGTH)}"


def base62(number: int, length: int) -> str:
    """`number` in base 62, `length` digits, zeros in front."""
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(BASE_62[digit])
    return "".join(reversed(digits))


def is_sid(text: str) -> bool:
    """Whether `text` may be looked up as a SID."""
    return _SID.fullmatch(text) is not None


def check_sid(value: object, field: str) -> str:
    """Take a SID as it comes; raises `Invalid` for anything that can't be one."""
    if isinstance(value, str) and is_sid(value):
        return value
    raise Invalid.of(field, f"{shown(value)} is not a SID; write 1-64 of A-Z a-z 0-9 _ - such as evt_2Zt8…")
