"""Bitmaps over chunks as this database keeps them: `bit varying`, the first bit for slot 0, cut off after the last one.

To combine two, SQL casts them to the full length, which fills up with zeros.
"""

from __future__ import annotations

from typing import Final

SLOTS = 1_024
"""Events that a chunk seats; a constant of the schema: rows that were written with more could not be read with less."""
FULL = (1 << SLOTS) - 1
BITS: Final = "bit(1024)"
"""The full length, as a type."""
ZERO: Final = "B'0'::bit(1024)"


def pack(bits: int) -> str:
    """A bitmap as it is stored."""
    return f"{bits:b}"[::-1] if bits else ""


def pack_binary(bits: int) -> bytes:
    """The same as a COPY takes it: how many bits, then they themselves, the first one on top of the first byte."""
    text = pack(bits)
    room = -len(text) % 8
    return len(text).to_bytes(4, "big") + (int(text, 2) << room).to_bytes((len(text) + room) // 8, "big")


def unpack(stored: str) -> int:
    """A stored bitmap."""
    return int(stored[::-1], 2) if stored else 0
