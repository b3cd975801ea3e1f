"""Signing in to the dashboard: what a session may do, and how long."""

import pytest

from milepost.domain.errors import Forbidden, Unauthorized
from milepost.domain.instant import HOUR, MINUTE, SECOND, Instant
from milepost.domain.session import LINK_MILLISECONDS, MOST_SESSIONS, SESSION_MILLISECONDS
from milepost.domain.token import ALL_SCOPES, TokenKind
from milepost.services.tokens import TokenDraft
from tests.services.world import ADMIN, NOON, READ, World

DOOR = "dashboard"


def test_a_session_lasts_half_a_day_and_a_link_ten_minutes() -> None:
    assert (SESSION_MILLISECONDS, LINK_MILLISECONDS, MOST_SESSIONS) == (12 * HOUR, 10 * MINUTE, 100)


async def test_a_link_signs_the_owner_in_once(world: World) -> None:
    link = await world.services.sessions.make_link(world.owner)
    begun = await world.services.sessions.redeem(link.secret)
    caller = await world.services.sessions.authenticate(begun.secret, DOOR)
    assert (caller.account_sid, caller.scopes, caller.token) == (world.account.sid, ALL_SCOPES, None)
    assert (caller.provenance.door, caller.provenance.token) == (DOOR, None)
    with pytest.raises(Unauthorized):
        await world.services.sessions.redeem(link.secret)


async def test_a_link_is_good_for_ten_minutes(world: World) -> None:
    link = await world.services.sessions.make_link(world.owner)
    world.clock.advance(LINK_MILLISECONDS)
    with pytest.raises(Unauthorized):
        await world.services.sessions.redeem(link.secret)


async def test_only_the_owner_makes_links(world: World) -> None:
    link = await world.services.sessions.make_link(world.owner)
    session = await world.services.sessions.redeem(link.secret)
    for caller in (
        await world.holder(ADMIN, READ),
        await world.services.sessions.authenticate(session.secret, DOOR),
    ):
        with pytest.raises(Forbidden):
            await world.services.sessions.make_link(caller)


async def test_each_secret_is_good_for_its_own_purpose_alone(world: World) -> None:
    sessions, tokens = world.services.sessions, world.services.tokens
    issued = await tokens.issue(world.owner, TokenDraft(kind=TokenKind.MCP, name="assistant"))
    link = (await sessions.make_link(world.owner)).secret
    session = (await sessions.begin(await tokens.authenticate(issued.secret, DOOR))).secret
    for secret in (link, session):
        with pytest.raises(Unauthorized):
            await tokens.authenticate(secret, "rest")
    for secret in (link, issued.secret):
        with pytest.raises(Unauthorized):
            await sessions.authenticate(secret, DOOR)
    for secret in (session, issued.secret, "", "lnk_", f"{link[:-1]}!"):
        with pytest.raises(Unauthorized):
            await sessions.redeem(secret)
    assert (await sessions.redeem(link)).session.parent is None


async def test_a_session_may_do_what_its_token_may_and_says_so(world: World) -> None:
    holder = await world.holder(READ, buckets=("checkout",), name="reader")
    begun = await world.services.sessions.begin(holder)
    caller = await world.services.sessions.authenticate(begun.secret, DOOR)
    assert (caller.scopes, caller.restriction) == (holder.scopes, holder.restriction)
    assert caller.provenance.token == "reader"
    assert caller.limited_by == (holder.token and holder.token.sid) != caller.proved_by


async def test_a_session_lives_no_longer_than_its_token(world: World) -> None:
    soon, late = await world.holder(expires_at=Instant(NOON + HOUR)), await world.holder()
    short = await world.services.sessions.begin(soon)
    long = await world.services.sessions.begin(late)
    assert (short.session.expires_at - NOON, long.session.expires_at - NOON) == (HOUR, 12 * HOUR)
    for begun, milliseconds in ((short, HOUR), (long, 11 * HOUR)):
        world.clock.advance(milliseconds - 1)
        await world.services.sessions.authenticate(begun.secret, DOOR)
        world.clock.advance(1)
        with pytest.raises(Unauthorized):
            await world.services.sessions.authenticate(begun.secret, DOOR)


async def test_revoking_the_token_ends_its_sessions_and_no_others(world: World) -> None:
    dead, live = await world.holder(), await world.holder()
    ended = await world.services.sessions.begin(dead)
    staying = await world.services.sessions.begin(live)
    caller = await world.services.sessions.authenticate(ended.secret, DOOR)
    assert dead.token is not None
    await world.services.tokens.revoke(world.owner, dead.token.sid)
    with pytest.raises(Unauthorized):
        await world.services.sessions.authenticate(ended.secret, DOOR)
    with pytest.raises(Unauthorized):
        await world.services.sessions.refresh(caller)
    again = await world.services.sessions.authenticate(staying.secret, DOOR)
    assert (await world.services.sessions.refresh(again)).proved_by == staying.session.sid


async def test_signing_out_ends_one_session(world: World) -> None:
    holder = await world.holder()
    ended, staying = [await world.services.sessions.begin(holder) for _ in range(2)]
    caller = await world.services.sessions.authenticate(ended.secret, DOOR)
    await world.services.sessions.end(caller)
    with pytest.raises(Unauthorized):
        await world.services.sessions.authenticate(ended.secret, DOOR)
    with pytest.raises(Unauthorized):
        await world.services.sessions.refresh(caller)
    await world.services.sessions.authenticate(staying.secret, DOOR)


async def test_a_session_begins_no_other(world: World) -> None:
    begun = await world.services.sessions.begin(await world.holder())
    caller = await world.services.sessions.authenticate(begun.secret, DOOR)
    for without in (caller, world.owner):
        with pytest.raises(Forbidden):
            await world.services.sessions.begin(without)


async def test_a_token_that_a_session_issues_may_outlive_the_session_but_not_the_token_behind_it(world: World) -> None:
    link = await world.services.sessions.make_link(world.owner)
    owner = await world.services.sessions.authenticate((await world.services.sessions.redeem(link.secret)).secret, DOOR)
    issued = await world.services.tokens.issue(owner, TokenDraft(kind=TokenKind.API, name="pipeline"))
    assert issued.token.expires_at is None
    admin = await world.holder(ADMIN, READ, expires_at=Instant(NOON + 48 * HOUR))
    session = await world.services.sessions.begin(admin)
    caller = await world.services.sessions.authenticate(session.secret, DOOR)
    issued = await world.services.tokens.issue(caller, TokenDraft(kind=TokenKind.API, name="pipeline"))
    assert admin.token is not None
    assert issued.token.expires_at == admin.token.expires_at


async def test_neither_sessions_nor_links_are_listed_as_tokens(world: World) -> None:
    before = await world.services.tokens.list(world.owner)
    await world.services.sessions.make_link(world.owner)
    world.clock.advance(SECOND)  # the newest comes first, which of one moment's tokens would be chance
    holder = await world.holder()
    await world.services.sessions.begin(holder)
    listed = [token.sid for token in await world.services.tokens.list(world.owner)]
    assert listed == [holder.token and holder.token.sid, *(token.sid for token in before)]
