"""What is written, how often, and what becomes of a no."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest

from milepost.domain.errors import Broken, Conflict, Forbidden, Invalid, MilepostError, NotFound, ReadOnly, Unavailable
from milepost.domain.event import Event, EventType, Severity
from milepost.domain.instant import Instant
from milepost.domain.scope import Scope
from milepost.upstreams.apitraffic.writer import MOST_TRIES, ApiTrafficEvents
from tests.contracts.samples import ACCOUNT, BY, make
from tests.upstreams.apitraffic.documented import DocumentedApi, adapter, refusal, yielding

WRITES: dict[str, Callable[[ApiTrafficEvents], Any]] = {
    "POST": lambda events: events.create(make(source="ci")),
    "PUT": lambda events: events.change(ACCOUNT, "evt_1", lambda event: replace(event, name="new"), BY),
    "DELETE": lambda events: events.delete(ACCOUNT, "evt_1", lambda _: None, BY, Instant(0)),
}
METHODS = pytest.mark.parametrize("method", WRITES)


def holding(*events: Event, **settings: Any) -> DocumentedApi:
    api = DocumentedApi(**settings)
    api.hold(*events or (make(sid="evt_1"),))
    return api


def bodies(api: DocumentedApi, method: str) -> list[Any]:
    return [json.loads(request.content) for request in api.sent(method)]


def to_writes(method: str, answer: Callable[[], httpx2.Response]) -> Callable[[httpx2.Request], httpx2.Response | None]:
    return lambda request: answer() if request.method == method else None


async def refused(method: str, answer: Callable[[], httpx2.Response]) -> MilepostError:
    """What a write comes to that is answered so; it has been sent once."""
    api = holding(mood=to_writes(method, answer))
    with pytest.raises(MilepostError) as raised:
        await WRITES[method](adapter(api.answer))
    assert len(api.sent(method)) == 1
    assert "VENDOR" not in str(raised.value)
    return raised.value


async def test_a_new_event_is_posted_without_what_the_upstream_sets() -> None:
    api = DocumentedApi()
    event = make(description="d", scope=Scope(("b1", "b2"), ("prod",)), created_by=BY, metadata={"a": 1})
    created = (await adapter(api.answer).create(event)).event
    [request] = api.requests
    assert (request.method, request.url.path) == ("POST", f"/v1/accounts/{ACCOUNT}/events")
    assert bodies(api, "POST") == [
        {
            "type": "deployment",
            "name": event.name,
            "description": "d",
            "metadata": {"a": 1, "milepost": {"createdBy": {"door": "cli", "token": BY.token, "client": BY.client}}},
            "bucketSids": ["b1", "b2"],
            "environmentSids": ["prod"],
            "startedAt": api.records[created.sid]["startedAt"],
        }
    ]
    assert (created.created_at, created.sid in api.records) == (api.now, True)


async def test_an_event_of_another_account_is_not_even_sent() -> None:
    api = DocumentedApi()
    with pytest.raises(NotFound, match="no account acc_other"):
        await adapter(api.answer).create(make(account_sid="acc_other"))
    assert api.requests == []


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"name": "new"}, {"name": "new"}),
        ({"ended_at": Instant(1_705_323_600_000)}, {"endedAt": "2024-01-15T13:00:00.000Z"}),
        ({"description": None}, {"description": None}),
        ({"metadata": None}, {"metadata": {"milepost": {"severity": "E"}}}),
        ({"severity": None}, {"metadata": {"a": 1}}),
        ({"severity": None, "metadata": None}, {"metadata": None}),
        ({"scope": Scope(("b2",), ("prod",))}, {"bucketSids": ["b2"]}),
        ({"updated_at": Instant(1)}, None),
        (
            {"type": EventType.SCALE, "source": "x", "started_at": Instant(1)},
            {"type": "scale", "source": "x", "startedAt": "1970-01-01T00:00:00.001Z"},
        ),
    ],
)
async def test_a_change_sends_only_what_differs(fields: dict[str, Any], sent: dict[str, Any] | None) -> None:
    api = DocumentedApi()
    event = make(
        sid="evt_1", description="d", metadata={"a": 1}, severity=Severity.ERROR, scope=Scope(("b1",), ("prod",))
    )
    api.hold(event)
    changed = await adapter(api.answer).change(ACCOUNT, "evt_1", lambda found: replace(found, **fields), BY)
    riding = {"metadata": {"a": 1, "milepost": {"severity": "E", "updatedAt": "1970-01-01T00:00:00.001Z"}}}
    assert bodies(api, "PUT") == [riding if sent is None else sent]
    assert replace(changed, version=1) == replace(event, **fields)


async def test_a_change_to_nothing_is_not_sent() -> None:
    api = holding()
    events = adapter(api.answer)
    got = await events.get(ACCOUNT, "evt_1")
    for apply in (lambda event: event, lambda event: replace(event, version=event.version + 1)):
        assert await events.change(ACCOUNT, "evt_1", apply, BY) == got
    assert api.sent("PUT") == []


async def test_what_a_caller_refuses_is_not_sent() -> None:
    def refuse(_: Event) -> Any:
        raise Forbidden("not yours")

    api = holding()
    with pytest.raises(Forbidden):
        await adapter(api.answer).change(ACCOUNT, "evt_1", refuse, BY)
    with pytest.raises(Forbidden):
        await adapter(api.answer).delete(ACCOUNT, "evt_1", refuse, BY, Instant(0))
    assert [request.method for request in api.requests] == ["GET", "GET"]


@METHODS
@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_the_upstream_does_not_take_is_invalid_in_our_words(method: str, status: int) -> None:
    error = await refused(method, lambda: refusal(status))
    assert isinstance(error, Invalid)
    assert str(error) == f"apitraffic:api.test takes no such event (status {status}); its limits may be narrower"


@METHODS
async def test_other_refusals_have_their_own_errors(method: str) -> None:
    assert isinstance(await refused(method, lambda: refusal(404)), NotFound)
    assert isinstance(await refused(method, lambda: refusal(405)), ReadOnly)
    assert isinstance(await refused(method, lambda: refusal(409)), Conflict)


@METHODS
@pytest.mark.parametrize("status", [401, 403, 408, 425, 429])
async def test_a_write_that_was_not_taken_says_nothing_of_an_unknown_outcome(method: str, status: int) -> None:
    error = await refused(method, lambda: refusal(status))
    assert isinstance(error, Unavailable)
    assert not error.outcome_unknown


def fail(error: Exception) -> Callable[[], httpx2.Response]:
    def answer() -> httpx2.Response:
        raise error

    return answer


FAULTS: dict[str, Callable[[], httpx2.Response]] = {
    "reset": fail(httpx2.ReadError("VENDOR")),
    "half an answer": fail(httpx2.RemoteProtocolError("VENDOR")),
    "slow": fail(httpx2.ReadTimeout("VENDOR")),
    "500": lambda: refusal(500),
    "502": lambda: refusal(502),
    "503": lambda: refusal(503),
    "html": lambda: httpx2.Response(200, text="<html>VENDOR</html>"),
    "redirect": lambda: httpx2.Response(302, headers={"location": "https://elsewhere.test/VENDOR"}),
    "too large": lambda: httpx2.Response(200, content=b" " * (20 * 1024 * 1024)),
}


@METHODS
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_write_is_sent_once_and_its_unknown_outcome_is_said(method: str, fault: str) -> None:
    error = await refused(method, FAULTS[fault])
    assert isinstance(error, Unavailable)
    assert error.outcome_unknown
    assert "unknown" in str(error)


@METHODS
async def test_a_write_that_never_left_was_not_written(method: str) -> None:
    error = await refused(method, fail(httpx2.ConnectError("VENDOR")))
    assert isinstance(error, Unavailable)
    assert not error.outcome_unknown


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("content", [None, [], {}, {"name": "VENDOR"}])
async def test_a_written_event_that_cannot_be_read_is_of_unknown_outcome(method: str, content: object) -> None:
    error = await refused(method, lambda: httpx2.Response(200, content=json.dumps(content)))
    assert isinstance(error, Broken)
    assert error.outcome_unknown


async def test_a_change_is_bound_to_what_was_read_where_the_upstream_can() -> None:
    api = holding(tagged=True)
    await WRITES["PUT"](adapter(api.answer))
    await WRITES["DELETE"](adapter(api.answer))
    assert [request.headers["if-match"] for request in api.requests if request.method != "GET"] == ['"0"', '"1"']


@pytest.mark.parametrize("etag", ['W/"1"', "1", '"é"', ""])
async def test_an_entity_tag_that_can_match_nothing_is_not_sent_back(etag: str) -> None:
    api = holding()

    def tag(request: httpx2.Request) -> httpx2.Response | None:
        answer = api.perform(request)
        tags = [(b"etag", etag.encode("latin-1"))]
        return httpx2.Response(answer.status_code, content=answer.content, headers=tags)

    api.mood = tag
    await WRITES["PUT"](adapter(api.answer))
    assert "if-match" not in api.sent("PUT")[0].headers


@pytest.mark.parametrize("tries", [1, MOST_TRIES - 1])
async def test_a_change_that_others_were_quicker_than_is_applied_anew(tries: int) -> None:
    api = holding(tagged=True)

    def interfere(request: httpx2.Request) -> None:
        if request.method == "PUT" and len(api.sent("PUT")) <= tries:
            api.touch("evt_1", description=f"theirs {len(api.sent('PUT'))}")

    api.mood = interfere
    changed = await adapter(api.answer).change(
        ACCOUNT, "evt_1", lambda event: replace(event, description=f"{event.description} and mine"), BY
    )
    assert changed.description == f"theirs {tries} and mine"
    assert len(api.sent("PUT")) == tries + 1


async def test_a_deletion_that_others_were_quicker_than_is_allowed_anew() -> None:
    api = holding(tagged=True)
    seen: list[str | None] = []

    def interfere(request: httpx2.Request) -> None:
        if request.method == "DELETE" and len(api.sent("DELETE")) == 1:
            api.touch("evt_1", description="theirs")

    api.mood = interfere
    deleted = await adapter(api.answer).delete(
        ACCOUNT, "evt_1", lambda event: seen.append(event.description), BY, Instant(0)
    )
    assert seen == [None, "theirs"]
    assert deleted.description == "theirs"
    assert api.records == {}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_change_that_others_are_always_quicker_than_is_given_up(method: str) -> None:
    api = holding(mood=to_writes(method, lambda: refusal(412)))
    with pytest.raises(Unavailable, match="over and over by others; nothing was written") as raised:
        await WRITES[method](adapter(api.answer))
    assert not raised.value.outcome_unknown
    assert len(api.sent(method)) == MOST_TRIES == 5


async def test_changes_of_one_event_take_their_turns_without_entity_tags() -> None:
    api = holding(make(sid="evt_1", description="0"))
    events = adapter(yielding(api))

    def count(event: Event) -> Event:
        return replace(event, description=str(int(event.description or "") + 1))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(events.change, ACCOUNT, "evt_1", count, BY)
    assert api.records["evt_1"]["description"] == "20"
    assert len(events._changing) == 0


async def test_a_deletion_that_was_none_is_broken() -> None:
    error = await refused("DELETE", lambda: httpx2.Response(200, json={"sid": "evt_1", "deleted": False}))
    assert isinstance(error, Broken)


@pytest.mark.parametrize("answer", [{"sid": "evt_1", "deleted": True}, {}, None])
async def test_a_deletion_is_done_when_the_upstream_takes_it(answer: object) -> None:
    api = holding(mood=to_writes("DELETE", lambda: httpx2.Response(200, content=json.dumps(answer))))
    assert (await WRITES["DELETE"](adapter(api.answer))).sid == "evt_1"
