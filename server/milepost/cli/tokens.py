"""`milepost tokens`: create, list, revoke."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from milepost.cli.fields import reading_options
from milepost.cli.options import account_option, command, json_option
from milepost.cli.session import Session, in_session
from milepost.cli.terminal import note, print_json, print_table, visible
from milepost.domain.instant import Instant, format_instant
from milepost.domain.query import LARGEST_LIMIT
from milepost.domain.scope import SidTuple, parse_scope
from milepost.domain.token import Token, TokenKind, TokenScope, parse_expiry, parse_token_name, parse_token_scopes
from milepost.services.tokens import Issued, TokenDraft
from milepost.wire.token_record import token_record

_KINDS = click.Choice([kind.value for kind in TokenKind])


@click.group()
def tokens() -> None:
    """Create, list and revoke tokens: mcp for assistants, api for programs."""


@command(tokens, "create")
@click.option("--kind", type=_KINDS, required=True, help="Whom it is for: an assistant (mcp) or a program (api).")
@click.option("--name", required=True, metavar="TEXT", help="What to recognise it by.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    help=f"What it may do: {', '.join(TokenScope)}; repeatable. Reads only, unless more is asked for.",
)
@click.option("--bucket-sid", "buckets", multiple=True, metavar="SID", help="Confine it to this bucket; repeatable.")
@click.option(
    "--environment-sid",
    "environments",
    multiple=True,
    metavar="SID",
    help="Confine it to this environment; repeatable.",
)
@click.option("--expires", metavar="TIME", help="How long it lives, such as 90d (units s m h d w), or until when.")
@account_option
@json_option
def create(*, expires: str | None, account: str | None, as_json: bool, **written: Any) -> None:
    """Create a token and print it: this once, since only a hash of it is kept."""
    with reading_options():
        draft = TokenDraft(
            kind=TokenKind(written["kind"]),
            name=parse_token_name(written["name"]),
            scopes=parse_token_scopes(written["scopes"] or (TokenScope.EVENTS_READ,)),
            buckets=_sids(written["buckets"], "bucketSids"),
            environments=_sids(written["environments"], "environmentSids"),
        )
        expiry = None if expires is None else parse_expiry(expires, "expires")

    async def act(session: Session) -> Issued:
        ending = replace(draft, expires_at=expiry and expiry.at(session.clock()))
        return await session.services.tokens.issue(await session.owner(account), ending)

    issued = in_session(act)
    if as_json:
        print_json({**token_record(issued.token), "token": issued.secret})
    else:
        print(issued.secret)
        note(f"{issued.token.sid} ({visible(issued.token.name)}) may {_powers(issued.token)}; it is shown this once")


@command(tokens, "list")
@click.option("--kind", type=_KINDS, help="Only tokens of this kind.")
@account_option
@json_option
def list_(*, kind: str | None, account: str | None, as_json: bool) -> None:
    """List tokens, the newest first, masked; revoked and expired ones too."""

    async def act(session: Session) -> list[Token]:
        caller, found = await session.owner(account), list[Token]()
        while True:
            after = found[-1].sid if found else None
            page = await session.services.tokens.list(caller, TokenKind(kind) if kind else None, LARGEST_LIMIT, after)
            found.extend(page)
            if len(page) < LARGEST_LIMIT:
                return found

    found = in_session(act)
    if as_json:
        print_json([token_record(token) for token in found])
    elif found:
        print_table(("SID", "TOKEN", "CREATED", "LAST USED", "ENDS", "MAY", "NAME"), map(_row, found))
    else:
        note("no tokens")


@command(tokens, "revoke")
@click.argument("sid")
@account_option
@json_option
def revoke(*, sid: str, account: str | None, as_json: bool) -> None:
    """Revoke a token: from the next request on it is good for nothing, in open sessions too."""

    async def act(session: Session) -> Token:
        return await session.services.tokens.revoke(await session.owner(account), sid)

    token = in_session(act)
    if as_json:
        print_json(token_record(token))
    else:
        print(f"revoked {token.sid} ({visible(token.name)})")


def _sids(written: tuple[str, ...], field: str) -> SidTuple | None:
    return parse_scope(list(written), field) if written else None


def _row(token: Token) -> tuple[str, ...]:
    if token.revoked_at is not None:
        ends = f"revoked {format_instant(token.revoked_at)}"
    else:
        ends = _moment(token.expires_at, "never")
    used = _moment(token.last_used_at, "never")
    return (token.sid, token.hint, format_instant(token.created_at), used, ends, _powers(token), token.name)


def _powers(token: Token) -> str:
    powers = ",".join(sorted(token.scopes))
    parts = [
        f"{what} {','.join(sorted(sids))}"
        for what, sids in (("buckets", token.restriction.buckets), ("environments", token.restriction.environments))
        if sids is not None
    ]
    return f"{powers} in {' and '.join(parts)}" if parts else powers


def _moment(instant: Instant | None, without: str) -> str:
    return without if instant is None else format_instant(instant)
