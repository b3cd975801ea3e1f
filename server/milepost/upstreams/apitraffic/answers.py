"""Answers that aren't what the API's documentation says."""

from __future__ import annotations

from milepost.domain.errors import Broken


class Unreadable(ValueError):
    """Something in an answer is missing or of the wrong kind: `what`, in our words and not in the upstream's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no sound {what}")


class TooManyAtOnce(Broken):
    """More events lie at one moment than an answer holds, so that time leads no further."""


def not_understood(upstream: str, what: object, *, written: bool = False) -> Broken:
    """The error for such an answer; `written` where it was one to a write, which may have been done."""
    outcome = "; whether it was written is unknown; look before you write it again" if written else ""
    return Broken(f"{upstream} answered what can't be understood ({what}){outcome}", outcome_unknown=written)
