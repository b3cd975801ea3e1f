"""Ports that tell how long each of their operations took and what it came to, and are otherwise what they wrap."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, replace
from functools import wraps
from typing import Any, Protocol

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_tracer, use_span

from milepost.domain.errors import Unavailable
from milepost.services.services import Ports
from milepost.telemetry.outcomes import OK, is_fault, outcome_of

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # a command that keeps no log says it on its one line


_METRICS_SYSTEM = "prometheus"
"""What metrics are asked in its words, wherever the store is another system."""


class CountOperation(Protocol):
    """Told of every operation: `writer.create`, `ok`, seconds."""

    def __call__(self, operation: str, outcome: str, seconds: float) -> None:
        """An operation ended."""
        ...


def observed(ports: Ports, system: str, count: CountOperation | None = None) -> Ports:
    """The same ports, each operation with a span, and told to `count`. `system` is the store's name in spans."""
    tracer = get_tracer("milepost")
    given = {field.name: getattr(ports, field.name) for field in fields(ports)}
    watched = {
        name: _ObservedPort(port, name, _METRICS_SYSTEM if name == "metrics" else system, tracer, count)
        for name, port in given.items()
        if port is not None
    }
    return replace(ports, **watched)


class _ObservedPort:
    """Has every public attribute of `port`, its coroutine functions wrapped."""

    def __init__(self, port: Any, name: str, system: str, tracer: Tracer, count: CountOperation | None) -> None:
        for attribute in dir(port):
            if attribute.startswith("_"):
                continue
            value = getattr(port, attribute)
            if inspect.iscoroutinefunction(value):
                value = _watched(value, f"{name}.{attribute}", system, tracer, count)
            setattr(self, attribute, value)


def _watched(
    operation: Callable[..., Awaitable[Any]], name: str, system: str, tracer: Tracer, count: CountOperation | None
) -> Callable[..., Awaitable[Any]]:
    attributes = {"db.system.name": system, "db.operation.name": name}

    @wraps(operation)
    async def watched(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        outcome = OK
        span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
        with _current(span):
            try:
                return await operation(*arguments, **named)
            except BaseException as error:
                outcome = outcome_of(error)
                if isinstance(error, Unavailable):
                    _log.warning("%s failed: %s", name, error.detail)
                _mark(span, outcome, error)
                raise
            finally:
                if count is not None:
                    count(name, outcome, time.perf_counter() - began)

    return watched


def _current(span: Span) -> AbstractContextManager[object]:
    """Others begin under the span, which ends here; where nobody records it, that would cost more than many operations."""
    if not span.is_recording():
        return nullcontext()
    return use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False)


def _mark(span: Span, outcome: str, error: BaseException) -> None:
    """Saying no is an answer: only what went wrong makes the span an error."""
    span.set_attribute("error.type", outcome)
    if is_fault(outcome):
        span.record_exception(error)
        span.set_status(StatusCode.ERROR)
