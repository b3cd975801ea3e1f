"""Noise that is the same for everybody who looks at a moment, whatever the window and the step."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

from milepost.domain.instant import MINUTE

_FINE, _COARSE = MINUTE, 17 * MINUTE
_SCALE: Final = 0x7FFFFFFF


def noise(what: str, moment: int, strength: float) -> float:
    """A factor around 1, off by up to `strength`; it changes from minute to minute, and slowly besides."""
    return 1 + strength * (0.6 * _between(what, moment, _FINE) + 0.4 * _between(what, moment, _COARSE))


def _between(what: str, moment: int, distance: int) -> float:
    """From -1 to 1: a value of its own for every multiple of `distance`, and a straight line from one to the next."""
    number, rest = divmod(moment, distance)
    before, after = _value(what, number), _value(what, number + 1)
    return before + (after - before) * rest / distance


@lru_cache(maxsize=65_536)
def _value(what: str, number: int) -> float:
    return (zlib.crc32(f"{what} {number}".encode()) & _SCALE) / _SCALE * 2 - 1
