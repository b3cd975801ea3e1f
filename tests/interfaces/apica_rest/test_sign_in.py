"""The three places in which /v3 takes a token, and that a ticket in the address goes no further than to sign in."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from milepost.domain.token import TokenScope
from milepost.middleware.compression import SMALLEST_COMPRESSED_BYTES
from milepost.middleware.failed_attempts import MOST_FAILURES
from tests.interfaces.apica_rest.asking import EVENTS, NOON, TAGS, ask, happened
from tests.interfaces.http_world import basic, bearer, http_world
from tests.interfaces.rest.api import Api, refused, rest_api

BAD = "tok_0000000000000000000000000000000000000000000000000"
BOTH_PATHS = pytest.mark.parametrize("path", [EVENTS, TAGS])


@BOTH_PATHS
async def test_a_token_is_taken_as_ticket_as_password_as_user_name_and_as_bearer(path: str, api: Api):
    secret = api.secret
    for headers, parameters in (
        ({}, {"auth_ticket": secret}),
        (basic("anybody", secret), None),
        (basic("jörg", secret), None),
        (basic("", secret), None),
        (basic(secret), None),
        ({"authorization": basic("me", secret)["authorization"].replace("Basic", "bASIC")}, None),
        (bearer(secret), None),
    ):
        answer = await ask(api, headers, parameters, path=path)
        assert (answer.status_code, answer.json()) == (200, [])
        assert int(answer.headers["x-ratelimit-remaining"]) >= 0


async def test_an_mcp_token_is_as_good(api: Api):
    assert (await ask(api, parameters={"auth_ticket": api.world.first_secret})).status_code == 200


async def test_one_token_in_several_places_is_one(api: Api):
    for headers in (bearer(api.secret), basic("me", api.secret)):
        assert (await ask(api, headers, {"auth_ticket": api.secret})).status_code == 200
    assert (await ask(api, parameters=[("auth_ticket", api.secret)] * 2)).status_code == 200


async def test_different_tokens_at_once_are_an_error_that_names_their_places(api: Api):
    other = (await api.with_token()).secret
    for headers, parameters, fields in (
        (bearer(other), [("auth_ticket", api.secret)], ["Authorization", "auth_ticket"]),
        (basic("me", BAD), [("auth_ticket", api.secret)], ["Authorization", "auth_ticket"]),
        ({}, [("auth_ticket", api.secret), ("auth_ticket", other)], ["auth_ticket"]),
        ([*bearer(other).items(), *bearer(api.secret).items()], [], ["Authorization"]),
    ):
        answer = await ask(api, headers, parameters)
        assert [problem["field"] for problem in refused(answer, 400)] == fields


@BOTH_PATHS
@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Basic", "Basic Og==", "Basic %%%", "Digest username=x", "Basic eDp4eA=x"]
)
async def test_what_holds_no_token_counts_as_none(authorization: str, path: str, api: Api):
    for parameters in (None, {"auth_ticket": ""}, {"auth_ticket": " "}):
        answer = await ask(api, {"authorization": authorization}, parameters, path=path)
        assert refused(answer, 401) == []
        metadata = f"{api.world.server.url}/.well-known/oauth-protected-resource"
        assert answer.headers.get_list("www-authenticate") == [
            f'Bearer realm="Milepost", scope="events:read events:write", resource_metadata="{metadata}"',
            'Basic realm="Milepost", charset="UTF-8"',
        ]
        assert "x-ratelimit-limit" not in answer.headers
        for place in ("Bearer", "Basic", "auth_ticket"):
            assert place in answer.json()["error"]["message"]


async def test_a_bad_token_is_refused_wherever_it_stands(api: Api):
    for headers, parameters in (
        ({}, {"auth_ticket": BAD}),
        ({}, {"auth_ticket": "C471ADC4-19B4-4219-BBF4-671A97EC653E"}),
        (basic("me", "password"), None),
        (basic(BAD), None),
        (basic(api.secret, "x"), None),
        (bearer(BAD), None),
    ):
        answer = await ask(api, headers, parameters)
        assert refused(answer, 401) == []
        challenges = answer.headers.get_list("www-authenticate")
        assert [challenge.partition(" ")[0] for challenge in challenges] == ["Bearer", "Basic"]
        assert 'error="invalid_token"' in challenges[0]


async def test_too_many_bad_tickets_of_an_address_have_to_wait_and_good_ones_never(api: Api):
    for _ in range(MOST_FAILURES):
        assert (await ask(api, parameters={"auth_ticket": BAD})).status_code == 401
    answer = await ask(api, parameters={"auth_ticket": BAD})
    assert refused(answer, 429) == []
    assert int(answer.headers["retry-after"]) > 0
    assert (await ask(api, parameters={"auth_ticket": api.secret})).status_code == 200


@pytest.mark.parametrize("place", ["ticket", "basic"])
@pytest.mark.parametrize("path", ["/mcp", "/sse", "/v1"])
async def test_elsewhere_only_a_bearer_token_counts(path: str, place: str, api: Api):
    address = f"/v1/accounts/{api.account}/events" if path == "/v1" else path
    headers = basic("me", api.secret) if place == "basic" else {}
    parameters = {"auth_ticket": api.secret} if place == "ticket" else None
    answer = await api.world.client.get(address, headers=headers, params=parameters)
    assert answer.status_code == 401
    assert "Basic" not in answer.headers["www-authenticate"]


async def test_a_ticket_beside_a_bearer_token_elsewhere_is_an_unknown_parameter_that_is_not_repeated(api: Api):
    answer = await api.get("events", auth_ticket=api.secret)
    assert [problem["field"] for problem in refused(answer, 400)] == ["auth_ticket"]
    assert api.secret not in answer.text


@BOTH_PATHS
async def test_without_its_scope_a_token_is_forbidden(path: str, api: Api):
    writer = await api.with_token(TokenScope.EVENTS_WRITE)
    answer = await ask(api, parameters={"auth_ticket": writer.secret}, path=path)
    assert refused(answer, 403) == []
    assert "events:read" in answer.json()["error"]["message"]
    (challenge,) = answer.headers.get_list("www-authenticate")
    assert 'error="insufficient_scope", scope="events:read"' in challenge


@BOTH_PATHS
async def test_other_methods_are_not_allowed(path: str, api: Api):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = await api.world.client.request(method, path, params={"auth_ticket": api.secret})
        assert refused(answer, 405) == []
        assert answer.headers["allow"] == "GET, HEAD"


@BOTH_PATHS
async def test_a_head_tells_the_same_without_the_body(path: str, api: Api):
    await happened(api, tags={"a": ("b",)})
    await happened(api, at=NOON + 1, tags={"a": ("c",)})
    parameters = {"auth_ticket": api.secret, "limit": "1"}
    full, head = [await ask(api, parameters=parameters, path=path, method=method) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "cache-control", "vary"):
        assert head.headers[name] == full.headers[name]
    assert full.headers["cache-control"] == "no-store"
    assert "link" in head.headers


async def test_a_large_answer_is_compressed_for_who_takes_it(api: Api):
    for number in range(10):
        await happened(api, name=str(number))
    plain = await ask(api, {"accept-encoding": "identity"}, {"auth_ticket": api.secret})
    packed = await ask(api, {"accept-encoding": "gzip"}, {"auth_ticket": api.secret})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < SMALLEST_COMPRESSED_BYTES < int(plain.headers["content-length"])


async def test_beyond_its_rate_a_token_waits(tmp_path: Path):
    async with rest_api(tmp_path, rate_limit="2/hour") as api:
        remaining = [
            (await ask(api, parameters={"auth_ticket": api.secret})).headers["x-ratelimit-remaining"] for _ in range(2)
        ]
        assert remaining == ["1", "0"]
        assert refused(await ask(api, parameters={"auth_ticket": api.secret}), 429) == []


async def test_a_foreign_host_or_origin_is_refused_without_repeating_the_ticket(api: Api):
    for headers, status in (({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403)):
        answer = await ask(api, headers, {"auth_ticket": api.secret})
        assert refused(answer, status) == []
        assert api.secret not in answer.text


async def test_where_signing_in_is_switched_off_a_ticket_is_neither_needed_nor_in_the_way(tmp_path: Path):
    async with http_world(tmp_path, insecure_no_auth="1") as world:
        for number in range(2):
            body = {"type": "custom", "name": str(number)}
            await world.client.post(f"/v1/accounts/{world.server.start.account.sid}/events", json=body)
        assert len((await world.client.get(EVENTS)).json()) == 2
        answer = await world.client.get(EVENTS, params={"auth_ticket": world.first_secret, "limit": 1})
        assert len(answer.json()) == 1
        assert "auth_ticket" not in answer.headers["link"]


WRITTEN = (
    "auth_ticket={}",
    "auth_ticket={}&limit=1",
    "limit=1&auth_ticket={}",
    "limit=1&auth_ticket={}&message=release",
    "auth%5Fticket={}&limit=1",
    "%61uth_ticket={}&limit=1",
    "auth_ticket=%20{}+&limit=1",
    "auth_ticket={}&auth_ticket={}&limit=1",
    "auth_ticket=&auth_ticket={}&limit=1",
)


@pytest.mark.parametrize("written", WRITTEN)
async def test_however_a_ticket_is_written_the_link_does_not_have_it(written: str, api: Api):
    for number in range(3):
        await happened(api, at=NOON + number)
    answer = await ask(api, path=f"{EVENTS}?{written.replace('{}', api.secret)}")
    assert answer.status_code == 200
    assert ("link" in answer.headers) is ("limit" in written)
    told = str(answer.headers) + answer.text
    assert "auth" not in told.replace("www-authenticate", "")
    assert api.secret not in told


@pytest.mark.parametrize(
    "beside",
    ["limit=0", "severity=Q", "Auth_Ticket=x", "auth_ticket2=x", "cursor=x", "limit=1&limit=2", "message=%FF", "%FF"],
)
async def test_an_error_beside_a_ticket_does_not_repeat_it(beside: str, api: Api):
    answer = await ask(api, path=f"{EVENTS}?{beside}&auth_ticket={api.secret}&{beside}")
    assert answer.status_code == 400
    assert api.secret not in str(answer.headers) + answer.text


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """What spans come to; the provider can be set once a process."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    memory = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    return memory


def own_log(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged with all its fields, but for what the tests' client says."""
    own = [record for record in caplog.records if not record.name.startswith(("httpx2", "httpcore2"))]
    return "\n".join(f"{caplog.handler.format(record)} {vars(record)}" for record in own)


async def test_no_log_span_or_metric_has_a_ticket(
    exporter: InMemorySpanExporter, api: Api, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    exporter.clear()
    await happened(api, tags={"a": ("b",)})
    for path in (EVENTS, TAGS, f"{EVENTS}/none", "/v3"):
        for ticket in (api.secret, BAD, "C471ADC4-19B4-4219-BBF4-671A97EC653E"):
            await api.world.client.get(path, params={"auth_ticket": ticket, "message": "abc"})
    spans = str([span.to_json() for span in exporter.get_finished_spans()])
    logged = own_log(caplog)
    metrics = await api.world.metrics()
    assert "reader.find" in spans
    assert EVENTS in logged
    assert f'route="{EVENTS}",status="200"' in metrics
    for told in (spans, logged, metrics):
        for secret in (api.secret, BAD, "C471ADC4", "auth_ticket"):
            assert secret not in told


async def test_a_bug_that_is_met_beside_a_ticket_is_logged_without_it(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(api.world.server.services.events._reader, "find", broken)
    answer = await ask(api, parameters={"auth_ticket": api.secret})
    assert refused(answer, 500) == []
    logged = own_log(caplog)
    assert "broken on purpose" in logged
    assert api.secret not in logged + answer.text
    assert "auth_ticket" not in logged
