"""A credential, which may stand in the address, gets into no log, no error and no span, whatever goes wrong."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Generator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from milepost.domain.errors import MilepostError
from milepost.services.services import Ports
from milepost.telemetry.logs import TALKATIVE, configure_logging
from milepost.telemetry.observed_ports import observed
from milepost.upstreams.apica.events import ApicaEvents
from milepost.upstreams.exchange import Exchange
from tests.logging_as_before import logging_as_before
from tests.upstreams.faults import FAULTS, HTML, Fault
from tests.upstreams.scripted_server import Play, answer, says, scripted
from tests.upstreams.talking import NOW, TICKET, TOKEN, VENDOR, exchange_with

ECHO = f"location: https://elsewhere.example/v3/events?auth_ticket={TICKET}"
OURS = {__file__, scripted.__code__.co_filename, exchange_with.__code__.co_filename}
"""The tests' own files, whose frames know the credentials."""
PLAYS = {name: fault for name, fault in FAULTS.items() if not name.startswith("slow")} | {
    "echo": Fault(says(answer(308, HTML, ECHO, f"x-you-said: Bearer {TOKEN}")), "", unknown=True),
}
faults = pytest.mark.parametrize("fault", PLAYS.values(), ids=list(PLAYS))


class Everything(logging.Handler):
    """All records of all loggers, each with its arguments, its fields and its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.text = io.StringIO()
        self.names: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.names.add(record.name)
        print(logging.Formatter().format(record), vars(record), file=self.text)


@pytest.fixture
def everything() -> Generator[Everything]:
    """Every logger that there is, at its most talkative, as nobody has configured it."""
    handler = Everything()
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    for logger, level in before:
        logger.setLevel(level)


def assert_no_secret(text: str) -> None:
    for secret in (TICKET, TOKEN, VENDOR):
        assert secret not in text


def whole(error: BaseException) -> str:
    """Everything about an error that anything might write down: those behind it too, and what their frames hold."""
    frames = [
        frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename not in OURS
    ]
    behind = [one for one in (error.__cause__, error.__context__) if one is not None]
    told = traceback.format_exception(error)
    return "\n".join([str(error), repr(error), repr(vars(error)), repr(frames), *told, *map(whole, behind)])


async def failures(play: Play, fault: Fault) -> list[MilepostError]:
    caught: list[MilepostError] = []
    async with scripted(play) as server, exchange_with(server.url, fault.limits) as exchange:
        for asking in (exchange.get("/events"), exchange.send("POST", "/events", {"name": "v2"})):
            try:
                await asking
            except MilepostError as error:
                caught.append(error)
    return caught


@faults
async def test_no_logger_tells_a_credential_even_if_nobody_configured_any(everything: Everything, fault: Fault):
    assert len(await failures(fault.play, fault)) == 2
    logging.getLogger("milepost").debug("read")
    assert "milepost" in everything.names
    assert_no_secret(everything.text.getvalue())


@faults
async def test_no_error_holds_a_credential_nor_do_those_behind_it(fault: Fault):
    for error in await failures(fault.play, fault):
        text = whole(error)
        assert "Traceback" in text
        assert_no_secret(text)


async def test_what_goes_well_is_not_told_either(everything: Everything):
    async with scripted(says(answer(200, b"[]", ECHO))) as server, exchange_with(server.url) as exchange:
        await exchange.get("/events")
    assert_no_secret(everything.text.getvalue())


def test_the_http_library_is_silenced_where_logging_is_configured():
    assert {"httpx2", "httpcore2"} <= set(TALKATIVE)
    with logging_as_before():
        configure_logging("debug", "json", io.StringIO())
        names = ("httpx2.http11", "httpcore2.http11")
        assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in names)


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


def watched(exchange: Exchange) -> Any:
    """The reader as the application watches it; of the ports only that one is looked at."""
    ports: dict[str, Any] = dict.fromkeys(Ports.__dataclass_fields__)
    ports["reader"] = ApicaEvents(exchange, "a", lambda: NOW)
    return observed(Ports(**ports), "apica").reader


@pytest.mark.parametrize("name", ["429", "HTML", "redirect", "reset"])
async def test_no_span_holds_a_credential(exporter: InMemorySpanExporter, name: str):
    exporter.clear()
    async with scripted(FAULTS[name].play) as server, exchange_with(server.url) as exchange:
        reader = watched(exchange)
        with pytest.raises(MilepostError):
            await reader.get("a", "evt_0ujtsYcgvSTl8PAuAdqWYSMnLOv")
    (span,) = exporter.get_finished_spans()
    assert "exception" in span.to_json()
    assert_no_secret(span.to_json())
