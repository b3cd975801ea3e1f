"""Log lines on standard error: for people on a terminal, JSON elsewhere, each with the request it belongs to.

Everything logs through the standard library; structlog writes the lines. It is imported with the first line (75 ms), so
that `milepost mcp`, which has nothing to say, doesn't pay for it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import orjson

from milepost.domain.token import mask
from milepost.middleware.request_id import REQUEST_ID

TALKATIVE: Final = ("mcp", "uvicorn", "sse_starlette", "asyncio", "anyio", "httpx2", "httpcore2")
"""Libraries of which only warnings are of interest; what they say below that is about themselves."""
SAYING_TOO_MUCH: Final = ("mcp.server.sse", "mcp.server.streamable_http_manager")
"""Those of which only errors are: they warn of refused requests, with session ids and what clients wrote."""
_SECRET = re.compile(r"(?:mcp|tok)_[0-9A-Za-z]{49}")
"""Whatever stands around it: in a rendered line that may be the `n` of an escaped line feed."""


def configure_logging(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream`, standard error by default.

    `level` and `form` are those of the settings; `auto` is `human` where the stream is a terminal.
    """
    target = stream or sys.stderr
    human = form == "human" or (form == "auto" and target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter(_LateFormatter(human=human, colours=target.isatty()))
    root = logging.getLogger()
    for present in root.handlers[:]:
        root.removeHandler(present)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    for name in SAYING_TOO_MUCH:
        logging.getLogger(name).setLevel(max(root.level, logging.ERROR))


class _LateFormatter(logging.Formatter):
    def __init__(self, *, human: bool, colours: bool) -> None:
        super().__init__()
        self._human = human
        self._colours = colours
        self._lines: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._lines is None:
            self._lines = _formatter(human=self._human, colours=self._colours)
        # Nothing logs a secret on purpose; this is for the message of some library's exception.
        return _SECRET.sub(lambda match: mask(match[0]), self._lines.format(record))


def _formatter(*, human: bool, colours: bool) -> logging.Formatter:
    import structlog

    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer(_json)
    )
    last = [renderer] if human else [structlog.processors.format_exc_info, renderer]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            _add_request_id,
            _drop_what_is_not_there,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def _json(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _drop_what_is_not_there(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event["request_id"] = request_id
    return event
