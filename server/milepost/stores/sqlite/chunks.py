"""Bitmaps over chunks as this database keeps them: little-endian bytes without zeros at the end."""

from __future__ import annotations

SLOTS = 512
FULL = (1 << SLOTS) - 1


def pack(bits: int) -> bytes:
    """A bitmap as it is stored."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def unpack(stored: bytes) -> int:
    """A stored bitmap."""
    return int.from_bytes(stored, "little")


def bits_or(stored: bytes, further: bytes) -> bytes:
    """SQL function: both bitmaps' bits."""
    return pack(unpack(stored) | unpack(further))


def bits_without(stored: bytes, unwanted: bytes) -> bytes:
    """SQL function: the first bitmap's bits that the second lacks."""
    return pack(unpack(stored) & ~unpack(unwanted))
