"""Answers that aren't what the API's documentation says."""

from __future__ import annotations

from milepost.domain.errors import Broken


class Unreadable(ValueError):
    """Something in an answer is missing or of the wrong kind: `what`, in our words and not in the upstream's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no sound {what}")


class TooManyAtOnce(Broken):
    """More events lie at one moment than an answer holds, so that time leads no further."""
