"""What options say about an event, as the body that a program would send."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from milepost.cli.fields import BODY, CLEARABLE, given_fields, kebab

F = TypeVar("F", bound=Callable[..., Any])


def tag_option(function: F) -> F:
    """`--tag key=value`, the short way to write tags."""
    return click.option(
        "--tag", "tag", multiple=True, metavar="KEY=VALUE", help="One tag; repeatable, also with the same key."
    )(function)


def body_of(options: Mapping[str, Any]) -> dict[str, object]:
    """The body that the options of `BODY` and `tag_option` describe; raises `UsageError` for a tag without `=`."""
    body = given_fields(BODY, options)
    if options.get("tag"):
        if "tags" in body:
            raise click.UsageError("--tags and --tag say the same thing; write one of them", _context())
        body["tags"] = _tags(options["tag"])
    check = body.get("check")
    if isinstance(check, str) and check.strip().isdecimal():
        body["check"] = {"id": _number(check.strip())}
    return body


def patch_of(options: Mapping[str, Any], cleared: Sequence[str]) -> dict[str, object]:
    """As `body_of`, with null for what `--clear` names; raises `UsageError` where nothing is asked for."""
    body = body_of(options)
    for field in CLEARABLE:
        if kebab(field) in cleared:
            if field in body:
                raise click.UsageError(f"--{kebab(field)} is to be set and cleared at once; write one", _context())
            body[field] = None
    if not body:
        raise click.UsageError("nothing to change; write the options of what should be different", _context())
    return body


def _tags(written: Sequence[str]) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for tag in written:
        key, equals, value = tag.partition("=")
        if not equals:
            raise click.UsageError(f'--tag: "{tag}" is no tag; write key=value such as team=payments', _context())
        tags.setdefault(key, []).append(value)
    return tags


def _number(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # Python reads no more than some thousand digits
        raise click.UsageError(f"--check: {len(digits):,} digits came; at most 64 bits are taken", _context()) from None


def _context() -> click.Context | None:
    return click.get_current_context(silent=True)
