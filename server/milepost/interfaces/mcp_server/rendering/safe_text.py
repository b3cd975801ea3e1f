"""Text of others, made fit to stand inside a line of ours."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_is_bare: Final = re.compile(r"[A-Za-z0-9_.:/@+#*-]{1,256}", re.ASCII).fullmatch
_SHOWN_AS_THEY_ARE: Final = frozenset("\u200c\u200d")
"""The joiners that Persian, Indic scripts and emoji are written with."""


def escaped(text: str) -> str:
    """The same text without anything invisible: control, format and bidi characters and line ends become escapes.

    A backslash is doubled, so that an escape can't be faked.
    """
    if text.isprintable():
        return text.replace("\\", "\\\\")
    return "".join(map(_escape, text))


def quoted(text: str) -> str:
    """The text in double quotes, which it can't close."""
    if text.isprintable() and "\\" not in text and '"' not in text:
        return f'"{text}"'
    return f'"{escaped(text).replace(chr(34), _QUOTE)}"'


def word(text: str) -> str:
    """The text as it is if it looks like an identifier, else quoted; never with a blank outside quotes."""
    return text if _is_bare(text) else quoted(text)


_QUOTE = '\\"'
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable() or char in _SHOWN_AS_THEY_ARE or unicodedata.category(char) == "Zs":
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
