"""Bitmaps over chunks as this database keeps them: `bit varying`, the first bit for slot 0, cut off after the last one.

To combine two, SQL casts them to the full length, which fills up with zeros. Read by our connections, they are whole numbers
whose lowest bit is slot 0.
"""

from __future__ import annotations

from typing import Final

from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

SLOTS = 1_024
"""Events that a chunk seats; a constant of the schema: rows that were written with more could not be read with less."""
FULL = (1 << SLOTS) - 1
BITS: Final = "bit(1024)"
"""The full length, as a type."""
ZERO: Final = "B'0'::bit(1024)"


_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Every byte with its first bit last."""


def pack(bits: int) -> str:
    """A bitmap as it is stored."""
    return f"{bits:b}"[::-1] if bits else ""


def pack_binary(bits: int) -> bytes:
    """The same as a COPY takes it: how many bits, then they themselves, the first one on top of the first byte."""
    text = pack(bits)
    room = -len(text) % 8
    return len(text).to_bytes(4, "big") + (int(text, 2) << room).to_bytes((len(text) + room) // 8, "big")


class TextLoader(Loader):
    """Reads a bitmap from an answer in text."""

    def load(self, data: Buffer) -> int:
        """The bitmap."""
        return int(bytes(data)[::-1] or b"0", 2)


class BinaryLoader(Loader):
    """Reads a bitmap from an answer in binary form, which is an eighth as long and ten times as quickly read."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        """The bitmap."""
        return int.from_bytes(bytes(data[4:]).translate(_TURNED), "little")


LOADERS: Final = {"bit": (TextLoader, BinaryLoader), "varbit": (TextLoader, BinaryLoader)}
"""What reads each type of bitmap."""
