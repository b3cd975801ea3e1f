"""Bitmaps over chunks as this database keeps them: little-endian bytes without zeros at the end."""

from __future__ import annotations

import sqlite3

SLOTS = 512
FULL = (1 << SLOTS) - 1


def pack(bits: int) -> bytes:
    """A bitmap as it is stored."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def unpack(stored: bytes) -> int:
    """A stored bitmap."""
    return int.from_bytes(stored, "little")


def add_functions(connection: sqlite3.Connection) -> None:
    """What SQL that writes needs to know of bitmaps."""
    connection.create_function("bits_or", 2, bits_or, deterministic=True)
    connection.create_function("bits_without", 2, bits_without, deterministic=True)
    connection.create_function("bit_at", 1, bit_at, deterministic=True)


def bit_at(slot: int) -> bytes:
    """SQL function: the bitmap of one slot."""
    return pack(1 << slot)


def bits_or(stored: bytes, further: bytes) -> bytes:
    """SQL function: both bitmaps' bits."""
    return pack(unpack(stored) | unpack(further))


def bits_without(stored: bytes, unwanted: bytes) -> bytes:
    """SQL function: the first bitmap's bits that the second lacks."""
    return pack(unpack(stored) & ~unpack(unwanted))
