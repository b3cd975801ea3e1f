"""`milepost purge`: remove events for good, for personal data that must not stay."""

from __future__ import annotations

import click

from milepost.cli.fields import reading_options
from milepost.cli.options import CommandWithSettings, account_option, ask, json_option, settings_options
from milepost.cli.progress import Progress
from milepost.cli.session import Session, in_session
from milepost.cli.terminal import note, print_json
from milepost.domain.event import parse_source
from milepost.domain.history import PurgeSelection
from milepost.domain.instant import parse_when
from milepost.domain.sid import check_sid


@click.command(cls=CommandWithSettings)
@click.option("--event", metavar="SID", help="This event.")
@click.option("--source", metavar="NAME", help="Events of exactly this source.")
@click.option("--before", metavar="TIME", help="Events that began before: RFC 3339, or relative such as now-90d.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@account_option
@json_option
@settings_options()
def purge(
    *, event: str | None, source: str | None, before: str | None, yes: bool, account: str | None, as_json: bool
) -> None:
    """Remove events for good, deleted ones included, with their history and every other trace.

    What is named has to hold together. Shows how many there are and asks before it removes them. At the end the whole
    file is written anew, which takes as much room again and keeps other writers waiting.
    """
    if event is None and source is None and before is None:
        raise click.UsageError("say which events: --event, --source, --before")
    with reading_options():
        sid = None if event is None else check_sid(event, "event")
        origin = None if source is None else parse_source(source)
        moment = None if before is None else parse_when(before, "before")

    async def act(session: Session) -> int:
        caller = await session.owner(account)
        selection = PurgeSelection(
            account_sid=caller.account_sid,
            event_sid=sid,
            source=origin,
            before=None if moment is None else moment.at(session.clock()),
        )
        count = await session.services.history.count_purge(caller, selection)
        if count and not yes:
            ask(f"Remove {count:,} {'event' if count == 1 else 'events'} for good, with all trace of them?")
        with Progress("removed") as progress:
            return await session.services.history.purge(caller, selection, progress)

    removed = in_session(act)
    if as_json:
        print_json({"purged": removed})
    elif removed:
        print(f"removed {removed:,} {'event' if removed == 1 else 'events'}")
    else:
        note("no such events; nothing was removed")
