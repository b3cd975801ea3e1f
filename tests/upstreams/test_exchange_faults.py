"""Real faults on a real socket: each comes to an error of ours in time, and no write is sent twice."""

import socket

import pytest

from milepost.domain.errors import Unavailable
from tests.upstreams.faults import FAULTS, Fault
from tests.upstreams.scripted_server import answer, says, scripted
from tests.upstreams.talking import TICKET, TOKEN, VENDOR, exchange_with

faults = pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def assert_nothing_of_theirs(error: Unavailable) -> None:
    for text in (str(error), repr(error), error.detail):
        for theirs in (TICKET, TOKEN, VENDOR, "127.0.0.1", "elsewhere", "http:"):
            assert theirs not in text


@faults
async def test_a_read_fails_in_our_words_after_its_tries(fault: Fault):
    async with scripted(fault.play) as server, exchange_with(server.url, fault.limits) as exchange:
        with pytest.raises(fault.kind) as caught:
            await exchange.get("/events", [("severity", "I")])
    assert str(caught.value).removesuffix("; ask for less, such as a shorter time") == f"Apica {fault.text}"
    assert not caught.value.outcome_unknown
    assert_nothing_of_theirs(caught.value)
    assert len(server.requests) == fault.tries if fault.tries else 1 <= len(server.requests) <= 3


async def failed_write(fault: Fault, method: str) -> Unavailable:
    """How it failed, having arrived once."""
    async with scripted(fault.play) as server, exchange_with(server.url, fault.limits) as exchange:
        with pytest.raises(fault.kind) as caught:
            await exchange.send(method, "/events", None if method == "DELETE" else {"name": "v2"})
    assert len(server.requests) == 1
    return caught.value


@faults
async def test_a_write_is_sent_once_and_its_failure_says_what_became_of_it(fault: Fault):
    error = await failed_write(fault, "POST")
    assert str(error) == f"Apica {fault.text}{fault.outcome}"
    assert error.outcome_unknown == fault.unknown
    assert_nothing_of_theirs(error)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("name", ["reset", "half an answer", "429", "503", "HTML"])
async def test_writes_of_all_kinds_are_sent_once(method: str, name: str):
    assert (await failed_write(FAULTS[name], method)).outcome_unknown == FAULTS[name].unknown


async def test_where_nobody_listens_nothing_was_written():
    async with exchange_with(f"http://127.0.0.1:{closed_port()}") as exchange:
        with pytest.raises(Unavailable) as reading:
            await exchange.get("/events")
        with pytest.raises(Unavailable) as writing:
            await exchange.send("POST", "/events", {"name": "v2"})
    assert str(reading.value) == "Apica can't be reached (it refuses the connection)"
    assert str(writing.value) == "Apica can't be reached (it refuses the connection); nothing was written"
    assert not writing.value.outcome_unknown


async def test_a_name_that_is_not_known_is_said_to_be():
    async with exchange_with("http://nowhere.invalid") as exchange:
        with pytest.raises(Unavailable) as caught:
            await exchange.get("/events")
    assert str(caught.value) == "Apica can't be reached (its name isn't known)"


@pytest.mark.parametrize(("status", "what"), [(401, "refuses"), (403, "doesn't let")])
async def test_a_refused_credential_is_said_to_be_milepost_s_own(status: int, what: str):
    async with scripted(says(answer(status, VENDOR.encode()))) as server, exchange_with(server.url) as exchange:
        with pytest.raises(Unavailable) as reading:
            await exchange.get("/events")
        with pytest.raises(Unavailable) as writing:
            await exchange.send("POST", "/events", {})
    assert str(reading.value).startswith(f"Apica {what} Milepost's own credential")
    assert str(writing.value) == f"{reading.value}; nothing was written"
    assert not writing.value.outcome_unknown
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_the_credential_nowhere(status: int):
    async with scripted(says(answer(200, b"[]"))) as elsewhere:
        redirect = answer(status, b"", f"location: {elsewhere.url}/v3/events")
        async with scripted(says(redirect)) as server, exchange_with(server.url) as exchange:
            for asking in (exchange.get("/events"), exchange.send("POST", "/events", {})):
                with pytest.raises(Unavailable, match="a redirect, which isn't followed"):
                    await asking
        assert len(server.requests) == 2
    assert elsewhere.connections == 0
