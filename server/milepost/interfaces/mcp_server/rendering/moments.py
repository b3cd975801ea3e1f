"""Moments as text. Text and structured content show the same ones, and formatting them is a good part of an answer's cost."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from milepost.domain.instant import format_instant

MOST_KEPT: Final = 512
"""Moments remembered: those of a full page, starts and ends."""

shown_moment = lru_cache(maxsize=MOST_KEPT)(format_instant)
"""`2024-01-15T14:30:00.000Z`, as `format_instant` has it."""
