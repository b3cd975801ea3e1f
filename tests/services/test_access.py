"""Who may do what: every method of every service, tried by every kind of caller.

The tables are the rule; a method that is in none of them fails the last test.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from milepost.domain.account import PlaceKind
from milepost.domain.caller import Caller
from milepost.domain.charts import ChartSearch
from milepost.domain.errors import Forbidden, NotFound
from milepost.domain.event import Event, EventChange
from milepost.domain.history import PurgeSelection
from milepost.domain.query import EventSearch
from milepost.domain.token import TokenKind
from milepost.services.accounts import AccountService
from milepost.services.places import PlaceDraft
from milepost.services.services import Services
from milepost.services.tokens import Issued, TokenDraft
from tests.services.world import ADMIN, READ, WRITE, World, draft

BUCKET, ENVIRONMENT = PlaceKind.BUCKET, PlaceKind.ENVIRONMENT

SCOPES: dict[str, dict[str, Any]] = {
    "wide": {"buckets": ("*",), "environments": ("*",)},
    "inside": {"buckets": ("bkt_a",), "environments": ("env_p",)},
    "across": {"buckets": ("bkt_a", "bkt_b"), "environments": ("env_p",)},
    "outside": {"buckets": ("bkt_c",), "environments": ("env_q",)},
}

# yes: done; scope: Forbidden naming a token scope; reach: Forbidden for the restriction; hidden: NotFound.
READING = """
                 wide    inside  across  outside
    owner        yes     yes     yes     yes
    reader       yes     yes     yes     yes
    writer       scope   scope   scope   scope
    admin        scope   scope   scope   scope
    editor       yes     yes     yes     yes
    in_a         yes     yes     yes     hidden
    in_b         yes     hidden  yes     hidden
    in_p         yes     yes     yes     hidden
    in_a_p       yes     yes     yes     hidden
    narrow       yes     yes     yes     hidden
    stranger     hidden  hidden  hidden  hidden
"""
WRITING = """
                 wide    inside  across  outside
    owner        yes     yes     yes     yes
    reader       scope   scope   scope   scope
    writer       yes     yes     yes     yes
    admin        scope   scope   scope   scope
    editor       yes     yes     yes     yes
    in_a         reach   yes     reach   hidden
    in_b         reach   hidden  reach   hidden
    in_p         reach   yes     yes     hidden
    in_a_p       reach   yes     reach   hidden
    narrow       reach   yes     reach   hidden
    stranger     hidden  hidden  hidden  hidden
"""
# Into the scope: by creating an event there, and by moving one of one's own there.
WRITING_INTO = """
                 wide    inside  across  outside
    owner        yes     yes     yes     yes
    reader       scope   scope   scope   scope
    writer       yes     yes     yes     yes
    admin        scope   scope   scope   scope
    editor       yes     yes     yes     yes
    in_a         reach   yes     reach   reach
    in_b         reach   reach   reach   reach
    in_p         reach   yes     yes     reach
    in_a_p       reach   yes     reach   reach
    narrow       reach   yes     reach   reach
    stranger     yes     yes     yes     yes
"""
WHOLE_ACCOUNT = """
                         owner  reader writer admin  editor in_a   in_b   in_p   in_a_p narrow stranger
    events.find          yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
    events.create_all    yes    scope  yes    scope  yes    yes    yes    yes    yes    yes    yes
    events.sources       yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
    events.sids          yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
    history.listen       yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
    history.count_purge  yes    scope  scope  yes    scope  scope  scope  scope  scope  reach  hidden
    history.purge        yes    scope  scope  yes    scope  scope  scope  scope  scope  reach  hidden
    places.list          yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
    places.get           yes    yes    scope  scope  yes    yes    hidden yes    yes    yes    hidden
    places.create        yes    scope  scope  yes    scope  scope  scope  scope  scope  reach  yes
    places.change        yes    scope  scope  yes    scope  scope  scope  scope  scope  reach  hidden
    places.delete        yes    scope  scope  yes    scope  scope  scope  scope  scope  reach  hidden
    places.bucket_sids   yes    yes    yes    yes    yes    yes    yes    yes    yes    yes    yes
    tokens.issue         yes    scope  scope  scope  scope  scope  scope  scope  scope  yes    yes
    tokens.list          yes    scope  scope  yes    scope  scope  scope  scope  scope  yes    yes
    tokens.get           yes    scope  scope  yes    scope  scope  scope  scope  scope  hidden hidden
    tokens.revoke        yes    scope  scope  reach  scope  scope  scope  scope  scope  hidden hidden
    tags.list            yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
    charts.draw          yes    yes    scope  scope  yes    yes    yes    yes    yes    yes    yes
"""


Row = dict[str, str]


def rows(table: str) -> list[tuple[str, Row]]:
    """Each row by its name: what stands in which column."""
    head, *lines = [line.split() for line in table.strip().splitlines()]
    return [(name, dict(zip(head, entries, strict=True))) for name, *entries in lines]


def columns(table: str) -> list[tuple[str, Row]]:
    """Each column by its name: what stands in which row."""
    by_row = rows(table)
    return [(column, {name: row[column] for name, row in by_row}) for column in by_row[0][1]]


@dataclass
class Stage:
    """The world with an event in each scope, a registered place, a token, and a caller of each kind."""

    world: World
    callers: dict[str, Caller]
    events: dict[str, Event]
    reader_token: Issued

    @property
    def services(self) -> Services:
        return self.world.services


@pytest.fixture
async def stage(world: World) -> Stage:
    """Callers and what they are tried on. `narrow` is an administrator, but restricted."""
    stranger = await world.owner_of("stranger")
    callers = {
        "owner": world.owner,
        "reader": await world.holder(READ),
        "writer": await world.holder(WRITE),
        "admin": await world.holder(ADMIN),
        "editor": await world.holder(READ, WRITE),
        "in_a": await world.holder(READ, WRITE, buckets=("bkt_a",)),
        "in_b": await world.holder(READ, WRITE, buckets=("bkt_b",)),
        "in_p": await world.holder(READ, WRITE, environments=("env_p",)),
        "in_a_p": await world.holder(READ, WRITE, buckets=("bkt_a",), environments=("env_p",)),
        "narrow": await world.holder(READ, WRITE, ADMIN, buckets=("bkt_a",)),
        "stranger": await world.holder(READ, WRITE, ADMIN, issuer=stranger),
    }
    events = {name: await world.record(name=name, **scope) for name, scope in SCOPES.items()}
    reader_token = await world.services.tokens.issue(world.owner, TokenDraft(kind=TokenKind.API, name="reader"))
    return Stage(world, callers, events, reader_token)


async def outcome(attempt: Awaitable[object]) -> str:
    """What came of it, in the words of the tables."""
    try:
        await attempt
    except Forbidden as forbidden:
        return "reach" if forbidden.scope is None else "scope"
    except NotFound:
        return "hidden"
    return "yes"


@pytest.mark.parametrize(("who", "expected"), rows(READING))
async def test_reading_one_event(stage: Stage, who: str, expected: Row) -> None:
    caller = stage.callers[who]
    got, history = {}, {}
    for where, event in stage.events.items():
        got[where] = await outcome(stage.services.events.get(caller, event.sid))
        history[where] = await outcome(stage.services.history.revisions(caller, event.sid))
    assert got == history == expected
    if READ in caller.scopes:
        found = {event.name for event in await stage.world.found(caller)}
        assert found == {where for where, entry in expected.items() if entry == "yes"}


@pytest.mark.parametrize(("who", "expected"), rows(WRITING))
async def test_writing_one_event(stage: Stage, who: str, expected: Row) -> None:
    caller, events, history = stage.callers[who], stage.services.events, stage.services.history
    for where, event in stage.events.items():
        assert await outcome(events.change(caller, event.sid, EventChange(name="changed"))) == expected[where]
        assert await outcome(events.change(caller, event.sid, EventChange())) == expected[where]
        assert await outcome(history.restore(caller, event.sid)) == expected[where]
        assert await outcome(events.delete(caller, event.sid)) == expected[where]
        if expected[where] != "yes":
            assert (await events.get(stage.world.owner, event.sid)) == event
            await events.delete(stage.world.owner, event.sid)
        assert await outcome(history.restore(caller, event.sid)) == expected[where]
    live = {event.sid for event in await stage.world.found()}
    assert live == {stage.events[where].sid for where, entry in expected.items() if entry == "yes"}


@pytest.mark.parametrize(("who", "expected"), rows(WRITING_INTO))
async def test_writing_into_a_scope(stage: Stage, who: str, expected: Row) -> None:
    caller, events = stage.callers[who], stage.services.events
    got = {where: await outcome(events.create(caller, draft(**scope))) for where, scope in SCOPES.items()}
    assert got == expected
    if WRITE in caller.scopes:
        own = [await stage.world.record(caller) for _ in SCOPES]
        moved = {
            where: await outcome(events.change(caller, event.sid, EventChange(**scope)))
            for event, (where, scope) in zip(own, SCOPES.items(), strict=True)
        }
        assert moved == expected


async def _listen(stage: Stage, caller: Caller) -> None:
    async with stage.services.history.listen(caller):
        pass


def _selection(stage: Stage) -> PurgeSelection:
    return PurgeSelection(account_sid=stage.world.account.sid, source="nobody")


TRIED: dict[str, Callable[[Stage, Caller], Awaitable[object]]] = {
    "events.find": lambda stage, caller: stage.services.events.find(caller, EventSearch()),
    "events.create_all": lambda stage, caller: stage.services.events.create_all(caller, [draft()]),
    "events.sources": lambda stage, caller: stage.services.events.sources(caller, "", 5),
    "events.sids": lambda stage, caller: stage.services.events.sids(caller, "", 5),
    "history.listen": _listen,
    "history.count_purge": lambda stage, caller: stage.services.history.count_purge(caller, _selection(stage)),
    "history.purge": lambda stage, caller: stage.services.history.purge(caller, _selection(stage), lambda _: None),
    "places.list": lambda stage, caller: stage.services.places.list(caller, BUCKET),
    "places.get": lambda stage, caller: stage.services.places.get(caller, BUCKET, "bkt_a"),
    "places.create": lambda stage, caller: stage.services.places.create(
        caller, ENVIRONMENT, PlaceDraft(name="new", labels={})
    ),
    "places.change": lambda stage, caller: stage.services.places.change(caller, BUCKET, "bkt_a", "new", None),
    "places.delete": lambda stage, caller: stage.services.places.delete(caller, BUCKET, "bkt_a"),
    "places.bucket_sids": lambda stage, caller: stage.services.places.bucket_sids(caller, ("*",)),
    "tokens.issue": lambda stage, caller: stage.services.tokens.issue(
        caller, TokenDraft(kind=TokenKind.MCP, name="new")
    ),
    "tokens.list": lambda stage, caller: stage.services.tokens.list(caller),
    "tokens.get": lambda stage, caller: stage.services.tokens.get(caller, stage.reader_token.token.sid),
    "tokens.revoke": lambda stage, caller: stage.services.tokens.revoke(caller, stage.reader_token.token.sid),
    "tags.list": lambda stage, caller: stage.services.tags.list(caller, 5),
    "charts.draw": lambda stage, caller: stage.services.charts.draw(caller, ChartSearch()),
}


@pytest.mark.parametrize(("who", "expected"), columns(WHOLE_ACCOUNT))
async def test_what_concerns_the_whole_account(stage: Stage, who: str, expected: Row) -> None:
    await stage.services.places.create(stage.world.owner, BUCKET, PlaceDraft(name="a", labels={}, sid="bkt_a"))
    assert {method: await outcome(attempt(stage, stage.callers[who])) for method, attempt in TRIED.items()} == expected


def test_every_method_is_in_a_table() -> None:
    one_event = {
        "events.get",
        "events.create",
        "events.change",
        "events.delete",
        "history.revisions",
        "history.restore",
    }
    # These prove who asks, or turn references into SIDs for the others.
    no_caller_yet = {"tokens.authenticate", "tokens.refresh"}
    # These are about the caller's own session, or prove who asks; test_sessions.py has who may do what.
    sessions = {f"sessions.{name}" for name in ("authenticate", "refresh", "redeem", "begin", "end", "make_link")}
    as_bucket_sids = {"places.environment_sids", "places.bucket_sid", "places.environment_sid"}
    methods = {
        f"{service}.{name}"
        for service, kind in inspect.get_annotations(Services, eval_str=True).items()
        if kind is not AccountService  # takes no caller: only whoever can read the store gets there
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods == one_event | no_caller_yet | sessions | as_bucket_sids | set(TRIED)
    assert list(TRIED) == [method for method, _ in rows(WHOLE_ACCOUNT)]
