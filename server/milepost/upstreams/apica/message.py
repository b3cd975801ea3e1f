"""What of a substring Apica can be asked for, so that nothing is missed that our comparison finds."""

from __future__ import annotations

import re
from typing import Final

NO_MESSAGE: Final = "(no message)"
"""The name of an event whose message shows nothing."""
_SHORTEST: Final = 3
"""Milepost's own `/v3` takes nothing shorter without a time; for Apica it wouldn't narrow much."""
_UNCERTAIN: Final = re.compile(r"[^a-z0-9 ]|[fks]")


def certain_part(folded: str) -> str | None:
    """The longest part of a folded substring that stands, letter by letter, in every message that holds the whole.

    How Apica compares isn't documented; to find ASCII letters whatever their case is all that is expected of it. We
    fold by Unicode, where some letters become ASCII ones: ſ ß ẞ ﬅ ﬆ have an s, K is a k, ﬀ ﬁ ﬂ ﬃ ﬄ have an f. What comes
    right behind such a letter may belong to it (the t of ﬅ, the i of ﬁ), n may be the end of ŉ, and a final i or a the
    beginning of İ or ẚ.
    """
    if folded in NO_MESSAGE:
        return None
    parts = (re.sub("^[tiln]|[ia]$", "", part).strip() for part in _UNCERTAIN.split(folded))
    longest = max(parts, key=len)
    return longest if len(longest) >= _SHORTEST else None
