"""Small pieces of HTML. Whatever goes in as text is escaped here, once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

import orjson

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


def prose(text: str) -> str:
    """Text with `code` and **strong** marked as the document's descriptions mark them."""
    return _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escape(text, quote=False)))


def paragraphs(text: str) -> str:
    """Text in paragraphs, parted by empty lines."""
    return "".join(f"<p>{prose(part)}</p>" for part in text.split("\n\n"))


def code(text: str) -> str:
    """One word of code."""
    return f"<code>{escape(text, quote=False)}</code>"


def json_block(value: Any) -> str:
    """JSON as it would be sent, over several lines."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return f"<pre><code>{escape(text, quote=False)}</code></pre>"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells are HTML already."""
    head = "".join(f'<th scope="col">{prose(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def folded(summary: str, inner: str) -> str:
    """Something that opens when it is asked for."""
    return f"<details><summary>{prose(summary)}</summary>{inner}</details>"
