"""`milepost accounts`: list and create."""

from __future__ import annotations

import click

from milepost.cli.options import command, json_option
from milepost.cli.session import Session, in_session
from milepost.cli.terminal import note, print_json, print_table, visible
from milepost.domain.account import Account
from milepost.domain.instant import format_instant
from milepost.wire.account_record import account_record


@click.group()
def accounts() -> None:
    """List and create accounts. An account owns events and tokens; nothing crosses accounts."""


@command(accounts, "list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the accounts, the oldest first."""

    async def act(session: Session) -> tuple[Account, ...]:
        return await session.services.accounts.list()

    found = in_session(act)
    if as_json:
        print_json([account_record(account) for account in found])
    elif found:
        print_table(
            ("SID", "CREATED", "NAME"),
            [(account.sid, format_instant(account.created_at), account.name) for account in found],
        )
    else:
        note("no accounts yet; the first command that needs one makes it")


@command(accounts, "create")
@click.argument("name")
@json_option
def create(*, name: str, as_json: bool) -> None:
    """Create an account called NAME."""

    async def act(session: Session) -> Account:
        return await session.services.accounts.create(name)

    account = in_session(act)
    if as_json:
        print_json(account_record(account))
    else:
        print(f"created {account.sid} ({visible(account.name)})")
