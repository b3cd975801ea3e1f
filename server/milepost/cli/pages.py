"""Printing a list of events page by page, so that a list of any length takes the memory of one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from milepost.cli.event_text import print_events
from milepost.cli.terminal import json_text, note, print_json
from milepost.services.events import Found
from milepost.wire.event_record import event_record
from milepost.wire.missing_record import warnings_record

Find = Callable[[str | None], Awaitable[Found]]
"""Gives the page at a cursor; None is the cursor that was asked for, or the first page."""


async def print_page(find: Find, *, as_json: bool) -> None:
    """One page, and how to see the next."""
    page = await find(None)
    if as_json:
        records = [event_record(event) for event in page.events]
        paging = {"hasMore": page.has_more, "records": records, "nextCursor": page.next_cursor}
        print_json({**paging, **warnings_record(page.missing)})
        return
    _print(page)
    if page.next_cursor:
        note(f"more follow: --cursor {page.next_cursor} shows the next page, --all every one")


async def print_all(find: Find, *, as_json: bool) -> None:
    """Every page from there on; as JSON it is one answer, as if a page had no limit."""
    await (_print_all_json(find) if as_json else _print_all_text(find))


async def _print_all_text(find: Find) -> None:
    page = await find(None)
    _print(page)
    while page.next_cursor:
        page = await find(page.next_cursor)
        print_events(page.events, headed=False)
        _warn(page)


async def _print_all_json(find: Find) -> None:
    print('{"hasMore":false,"records":[', end="")
    page, separator = await find(None), "\n"
    while True:
        for event in page.events:
            print(separator + json_text(event_record(event)), end="")
            separator = ",\n"
        _warn(page)
        if not page.next_cursor:
            break
        page = await find(page.next_cursor)
    print('\n],"nextCursor":null}')


def _print(page: Found) -> None:
    if page.events:
        print_events(page.events)
    elif page.next_cursor is None:
        note("no events")
    _warn(page)


def _warn(page: Found) -> None:
    for one in page.missing:
        note(f"missing here: {one.source}: {one.reason}")
