r"""What the commands print: lines and tables for people, JSON for programs.

Whatever an event holds is somebody's data and the terminal obeys what is written to it, so every character that
doesn't show (escape sequences, C1 controls, bidirectional overrides, line breaks) is written as its escape: in
people's output as `\x1b`, in JSON as `\u001b`, which reads back as the same value.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import combining, east_asian_width

import orjson

_INVISIBLE_IN_JSON = re.compile(
    r"[\x7f-\x9f\xad\u0600-\u0605\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_NARROWEST_LAST_COLUMN = 20


def visible(text: str) -> str:
    """`text` on one line, with an escape in place of each character that doesn't show."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def paragraph(text: str, indent: str) -> str:
    """`text` with its line breaks kept, each further line indented, all else as `visible` has it."""
    return f"\n{indent}".join(visible(line) for line in text.split("\n"))


def json_text(value: object, *, pretty: bool = False) -> str:
    """`value` as JSON that is safe to show on a terminal and reads back the same."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else 0).decode()
    return _INVISIBLE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_json(value: object) -> None:
    """One JSON value: indented for people, on one line for programs."""
    print(json_text(value, pretty=sys.stdout.isatty()))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, headed: bool = True) -> None:
    """Aligned columns; on a terminal the last column is cut to fit, elsewhere nothing is."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(headings, *cells, strict=True)]
    room = shutil.get_terminal_size().columns - sum(widths[:-1]) - 2 * (len(widths) - 1)
    for row in [*([list(headings)] if headed else []), *cells]:
        last = row[-1]
        if sys.stdout.isatty():
            last = _cut(last, max(room, _NARROWEST_LAST_COLUMN))
        fixed = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths[:-1], strict=False))
        print("  ".join([*fixed, last]).rstrip())


def print_fields(fields: Mapping[str, str | None], *, with_breaks: str = "") -> None:
    """One `name  value` a line, the names aligned; None is left out. `with_breaks` names one that keeps its line breaks."""
    given = {name: value for name, value in fields.items() if value is not None}
    width = max(map(len, given), default=0)
    for name, value in given.items():
        shown = paragraph(value, " " * (width + 2)) if name == with_breaks else visible(value)
        print(f"{name.ljust(width)}  {shown}")


def note(text: str) -> None:
    """A remark beside the answer; goes to standard error, so that the output stays data."""
    print(text, file=sys.stderr)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode() if char != "\xa0" else "\\xa0"


def _width(text: str) -> int:
    """Columns that `text` takes: wide East Asian characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def _cut(text: str, columns: int) -> str:
    if _width(text) <= columns:
        return text
    used = 1
    for index, char in enumerate(text):
        used += _width(char)
        if used > columns:
            return text[:index] + "…"
    return text
