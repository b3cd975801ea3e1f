"""How `milepost doctor` says of one part how it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a part is; the value is what the reader sees."""

    FINE = "ok   "
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Check:
    """One part and how it is; where it is wrong the text says what to mend."""

    state: State
    part: str
    text: str
