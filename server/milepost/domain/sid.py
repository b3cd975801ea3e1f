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
SESSION, SIGN_IN_LINK = "ses", "lnk"

BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KSUID_EPOCH = 1_400_000_000
_KSUID_LENGTH = 27
_SECONDS_MASK, _SIGN_BIT = 0xFFFFFFFF, 0x80000000
_KSUID = re.compile(rf"[0-9A-Za-z]{{{_KSUID_LENGTH}}}", re.ASCII)
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def mint(prefix: str, now: Instant, entropy: Entropy) -> str:
    """A new SID: `evt_` and a KSUID of 32 bits of seconds and 128 random bits."""
    seconds = max(0, now // SECOND - _KSUID_EPOCH) & _SECONDS_MASK
    number = seconds << 128 | int.from_bytes(entropy(16), "big")
    return f"{prefix}_{base62(number, _KSUID_LENGTH)}"


def derive(prefix: str, moment: Instant, digest: bytes) -> str:
    """The SID of something that has none of its own: the second of `moment`, and 16 bytes that stand for what it is.

    The form of a minted one, except that its 32 bits of seconds are signed, so that moments before the KSUID epoch
    (2014-05-13) have one that `second_of` reads back: 1946 to 2082.
    """
    seconds = (moment // SECOND - _KSUID_EPOCH) & _SECONDS_MASK
    return f"{prefix}_{base62(seconds << 128 | int.from_bytes(digest, 'big'), _KSUID_LENGTH)}"


def second_of(prefix: str, sid: str) -> Instant | None:
    """The whole second that `derive` made a SID of; None where it can't have made it."""
    head, _, ksuid = sid.rpartition("_")
    if head != prefix or _KSUID.fullmatch(ksuid) is None:
        return None
    seconds = _number(ksuid) >> 128
    if seconds > _SECONDS_MASK:
        return None
    signed = (seconds ^ _SIGN_BIT) - _SIGN_BIT
    return Instant((signed + _KSUID_EPOCH) * SECOND)


def base62(number: int, length: int) -> str:
    """`number` in base 62, `length` digits, zeros in front."""
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(BASE_62[digit])
    return "".join(reversed(digits))


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + BASE_62.index(digit)
    return number


def is_sid(text: str) -> bool:
    """Whether `text` may be looked up as a SID."""
    return _SID.fullmatch(text) is not None


def check_sid(value: object, field: str) -> str:
    """Take a SID as it comes; raises `Invalid` for anything that can't be one."""
    if isinstance(value, str) and is_sid(value):
        return value
    raise Invalid.of(field, f"{shown(value)} is not a SID; write 1-64 of A-Z a-z 0-9 _ - such as evt_2Zt8…")
