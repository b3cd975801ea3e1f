"""`milepost events`: record, find, change, delete, restore, and see what was changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from milepost.cli.event_body import body_of, patch_of, tag_option
from milepost.cli.event_text import print_event, print_revisions
from milepost.cli.fields import BODY, CLEARABLE, FILTERS, field_options, given_fields, kebab, reading_options
from milepost.cli.options import account_option, command, json_option
from milepost.cli.pages import print_all, print_page
from milepost.cli.session import Session, in_session
from milepost.cli.terminal import note, print_json
from milepost.domain.event import Event
from milepost.domain.history import Revisions
from milepost.domain.ports import Created
from milepost.domain.query import LARGEST_LIMIT
from milepost.services.events import Found
from milepost.wire.event_record import event_record
from milepost.wire.revision_record import revision_record


@click.group()
def events() -> None:
    """Record, find, change and delete events."""


@command(events, "list")
@field_options(FILTERS)
@click.option("--all", "every", is_flag=True, help="All pages, not only the first.")
@account_option
@json_option
def list_(*, every: bool, account: str | None, as_json: bool, **written: Any) -> None:
    """Find events, the newest first. All filters have to hold.

    Prints a page; --cursor goes on where it ended, --all prints every page.
    """
    from milepost.wire.event_parameters import EventParameters
    from milepost.wire.reading import read_input

    parameters = given_fields(FILTERS, written)
    if every:
        parameters.setdefault("limit", LARGEST_LIMIT)
    with reading_options():
        search = read_input(EventParameters, parameters).to_search()

    async def act(session: Session) -> None:
        caller = await session.owner(account)

        async def find(cursor: str | None) -> Found:
            return await session.services.events.find(caller, replace(search, cursor=cursor) if cursor else search)

        await (print_all if every else print_page)(find, as_json=as_json)

    in_session(act)


@command(events, "get")
@click.argument("sid")
@account_option
@json_option
def get(*, sid: str, account: str | None, as_json: bool) -> None:
    """Show one event."""

    async def act(session: Session) -> Event:
        return await session.services.events.get(await session.owner(account), sid)

    _show(in_session(act), as_json=as_json)


@command(events, "create")
@field_options(BODY)
@tag_option
@account_option
@json_option
def create(*, account: str | None, as_json: bool, **written: Any) -> None:
    """Record an event.

    With --dedup-key a retry never makes a second one: the first is shown, and nothing is written.
    """
    from milepost.wire.event_input import EventBody
    from milepost.wire.reading import read_input

    with reading_options():
        draft = read_input(EventBody, body_of(written)).to_draft()

    async def act(session: Session) -> Created:
        return await session.services.events.create(await session.owner(account), draft)

    created = in_session(act)
    if created.replayed:
        note("an event with this dedup key exists; it is shown as it is and nothing was written")
    _show(created.event, as_json=as_json)


@command(events, "update")
@click.argument("sid")
@field_options(BODY)
@tag_option
@click.option(
    "--clear",
    "cleared",
    multiple=True,
    type=click.Choice([kebab(name) for name in CLEARABLE]),
    metavar="FIELD",
    help=f"Empty a field: {', '.join(map(kebab, CLEARABLE))}; repeatable. An incident without its end is ongoing again.",
)
@account_option
@json_option
def update(*, sid: str, cleared: tuple[str, ...], account: str | None, as_json: bool, **written: Any) -> None:
    """Change what is given of an event, and leave the rest."""
    from milepost.wire.event_input import EventPatch
    from milepost.wire.reading import read_input

    with reading_options():
        change = read_input(EventPatch, patch_of(written, cleared)).to_change()

    async def act(session: Session) -> Event:
        return await session.services.events.change(await session.owner(account), sid, change)

    _show(in_session(act), as_json=as_json)


@command(events, "delete")
@click.argument("sid")
@account_option
@json_option
def delete(*, sid: str, account: str | None, as_json: bool) -> None:
    """Hide an event; `restore` brings it back."""

    async def act(session: Session) -> Event:
        return await session.services.events.delete(await session.owner(account), sid)

    event = in_session(act)
    if as_json:
        print_json({"sid": event.sid, "deleted": True})
    else:
        print(f"deleted {event.sid}; `milepost events restore {event.sid}` brings it back")


@command(events, "restore")
@click.argument("sid")
@account_option
@json_option
def restore(*, sid: str, account: str | None, as_json: bool) -> None:
    """Bring a deleted event back."""

    async def act(session: Session) -> Event:
        return await session.services.history.restore(await session.owner(account), sid)

    _show(in_session(act), as_json=as_json)


@command(events, "history")
@click.argument("sid")
@click.option("--limit", type=click.IntRange(1, LARGEST_LIMIT), default=LARGEST_LIMIT, help="Changes, at most 100.")
@click.option("--below-version", type=int, metavar="N", help="Go on below that version.")
@account_option
@json_option
def history(*, sid: str, limit: int, below_version: int | None, account: str | None, as_json: bool) -> None:
    """Show what was changed, by whom and through which door, the newest first; of deleted events too."""

    async def act(session: Session) -> Revisions:
        return await session.services.history.revisions(await session.owner(account), sid, limit, below_version)

    page = in_session(act)
    if as_json:
        records = [revision_record(item) for item in page.revisions]
        print_json({"hasMore": page.has_more, "records": records, "nextBelowVersion": page.next_below_version})
        return
    if page.revisions:
        print_revisions(page.revisions)
    elif not page.has_more:
        note("it was never changed" if below_version is None else "no earlier changes")
    if page.has_more:
        note(f"more: --below-version {page.next_below_version}")


def _show(event: Event, *, as_json: bool) -> None:
    if as_json:
        print_json(event_record(event))
    else:
        print_event(event)
