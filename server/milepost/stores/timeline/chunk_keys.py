"""Chunks: the pieces of an account's timeline, and the numbers that name them.

A chunk covers the time from its first millisecond to the next chunk's, and seats a number of events in slots, in no
order. Its key is its first millisecond shifted by twelve bits, plus a number where several begin in the same
millisecond (then all but the last of those hold events of that one millisecond only). An account's first chunk begins
before all time.

A bitmap over a chunk is an `int` here, bit n for slot n.
"""

from __future__ import annotations

from collections.abc import Iterator

Bitmaps = dict[int, int]
"""Chunk key to bitmap; chunks without a bit may be missing."""

Seat = tuple[int, int]
"""Chunk and slot."""

_TIE_BITS = 12
LAST_TIE = (1 << _TIE_BITS) - 1
BEGINNING = -(1 << 50)
"""A millisecond before every moment there is."""


LOWEST = BEGINNING << _TIE_BITS
"""The key of the chunk that begins before all time."""


def first_key(moment: int) -> int:
    """The lowest key of a chunk that begins at `moment`."""
    return moment << _TIE_BITS


def last_key(moment: int) -> int:
    """The highest key of a chunk that begins at `moment`."""
    return moment << _TIE_BITS | LAST_TIE


def beginning(key: int) -> int:
    """The millisecond at which that chunk begins."""
    return key >> _TIE_BITS


def next_tie(key: int) -> int:
    """The key of a further chunk that begins in the same millisecond."""
    if key & LAST_TIE == LAST_TIE:
        raise OverflowError("millions of events of one account begin in the same millisecond")
    return key + 1


def count_bits(bitmaps: Bitmaps) -> int:
    """How many events they name."""
    return sum(bits.bit_count() for bits in bitmaps.values())


def slots_of(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def middle(moments: list[int]) -> int | None:
    """The moment at which to split sorted moments most evenly, so that each part has some; None if all are one."""
    half = len(moments) // 2
    candidates = [index for index in (_first_of(moments, half), _after(moments, half)) if 0 < index < len(moments)]
    return moments[min(candidates, key=lambda index: abs(index - half))] if candidates else None


def _first_of(moments: list[int], index: int) -> int:
    while index > 0 and moments[index - 1] == moments[index]:
        index -= 1
    return index


def _after(moments: list[int], index: int) -> int:
    value = moments[index]
    while index < len(moments) and moments[index] == value:
        index += 1
    return index
