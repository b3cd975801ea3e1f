"""Chunks: the pieces of an account's timeline, and bitmaps over them.

A chunk covers the time from its first millisecond to the next chunk's, and seats up to 512 events in slots, in no
order. Its key is its first millisecond shifted by twelve bits, plus a number where several begin in the same
millisecond (then all but the last of those hold events of that one millisecond only). An account's first chunk begins
before all time.

A bitmap is an `int` here, bit n for slot n, and in the database its little-endian bytes without zeros at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

SLOTS = 512
FULL = (1 << SLOTS) - 1
_TIE_BITS = 12
LAST_TIE = (1 << _TIE_BITS) - 1
BEGINNING = -(1 << 50)
"""A millisecond before every moment there is."""


def first_key(moment: int) -> int:
    """The lowest key of a chunk that begins at `moment`."""
    return moment << _TIE_BITS


def last_key(moment: int) -> int:
    """The highest key of a chunk that begins at `moment`."""
    return moment << _TIE_BITS | LAST_TIE


def beginning(key: int) -> int:
    """The millisecond at which that chunk begins."""
    return key >> _TIE_BITS


def pack(bits: int) -> bytes:
    """A bitmap as it is stored."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def unpack(stored: bytes) -> int:
    """A stored bitmap."""
    return int.from_bytes(stored, "little")


def slots_of(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def bits_or(stored: bytes, further: bytes) -> bytes:
    """SQL function: both bitmaps' bits."""
    return pack(unpack(stored) | unpack(further))


def bits_without(stored: bytes, unwanted: bytes) -> bytes:
    """SQL function: the first bitmap's bits that the second lacks."""
    return pack(unpack(stored) & ~unpack(unwanted))
