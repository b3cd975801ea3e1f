"""Every answer that the API's documentation shows, byte for byte."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2

from milepost.domain.event import Event, EventType
from milepost.domain.instant import Instant, parse_instant
from milepost.domain.query import EventQuery
from milepost.upstreams.apitraffic.record import version_of
from tests.contracts.samples import BY, make
from tests.upstreams.apitraffic.documented import adapter

SAMPLES = Path(__file__).parents[2] / "end_to_end" / "fixtures" / "apitraffic"
ACCOUNT = "acc_abc123def456ghi789jkl012"
SID = "evt_abc123def456ghi789jkl012"


def sample(name: str, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, content=(SAMPLES / f"{name}.json").read_bytes())


def moment(text: str) -> Instant:
    return parse_instant(f"2024-01-15T{text}.000Z", "")


def shown(**fields: object) -> Event:
    event = make(
        **{
            "sid": SID,
            "account_sid": ACCOUNT,
            "name": "v2.3.1 production release",
            "description": "Commit: a1b2c3d4",
            "source": "github_actions",
            "started_at": moment("14:30:00"),
            "created_at": moment("14:30:05"),
            **fields,
        }
    )
    return replace(event, version=version_of(event))


GOT = shown(metadata={"commitSha": "a1b2c3d4e5f6", "branch": "main"})
LISTED = shown(metadata={"commitSha": "a1b2c3d4e5f6", "branch": "main", "actor": "jsmith"})
CREATED = shown(
    sid="evt_new789uvw012rst345def",
    description="Deployed from main branch",
    metadata={"commitSha": "a1b2c3d4e5f6", "branch": "main", "imageTag": "v2.3.1"},
)
CHANGED = shown(
    type=EventType.INCIDENT,
    name="Database connection spike",
    description="Incident resolved - root cause was database connection pool exhaustion",
    source="manual",
    started_at=moment("14:00:00"),
    ended_at=moment("15:00:00"),
    created_at=moment("14:05:00"),
)


def by_method(**answers: Callable[[], httpx2.Response]) -> Callable[[httpx2.Request], httpx2.Response]:
    return lambda request: answers[request.method]()


async def test_the_documented_list_is_read() -> None:
    page = await adapter(lambda _: sample("list"), ACCOUNT).find(ACCOUNT, EventQuery())
    assert (page.events, page.following) == ((LISTED,), None)


async def test_the_documented_event_is_read() -> None:
    got = await adapter(lambda _: sample("get"), ACCOUNT).get(ACCOUNT, SID)
    assert got == GOT
    assert list(got.metadata or {}) == ["commitSha", "branch"]


async def test_the_documented_answer_to_a_new_event_is_read() -> None:
    created = await adapter(lambda _: sample("create", 201), ACCOUNT).create(shown())
    assert (created.event, created.replayed) == (CREATED, False)


async def test_the_documented_answer_to_a_change_is_read() -> None:
    answer = by_method(GET=lambda: sample("get"), PUT=lambda: sample("update"))
    renamed = make(sid=SID, account_sid=ACCOUNT, name="another")
    assert await adapter(answer, ACCOUNT).change(ACCOUNT, SID, lambda _: renamed, BY) == CHANGED


async def test_the_documented_answer_to_a_deletion_is_read() -> None:
    answer = by_method(GET=lambda: sample("get"), DELETE=lambda: sample("delete"))
    assert await adapter(answer, ACCOUNT).delete(ACCOUNT, SID, lambda _: None, BY, Instant(0)) == GOT
