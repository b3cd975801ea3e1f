"""Log lines on standard error: for people on a terminal, JSON elsewhere, each with the request it belongs to.

Everything logs through the standard library; structlog writes the lines for people. It is imported with the first of them
(75 ms), so that `milepost mcp`, which has nothing to say, doesn't pay for it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

from milepost.domain.token import SECRET, mask
from milepost.middleware.request_id import REQUEST_ID
from milepost.telemetry.json_lines import JsonLines

TALKATIVE: Final = ("mcp", "uvicorn", "sse_starlette", "asyncio", "anyio", "httpx2", "httpcore2")
"""Libraries of which only warnings are of interest; what they say below that is about themselves."""
SAYING_TOO_MUCH: Final = ("mcp.server.sse", "mcp.server.streamable_http_manager")
"""Those of which only errors are: they warn of refused requests, with session ids and what clients wrote."""


def configure_logging(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream`, standard error by default.

    `level` and `form` are those of the settings; `auto` is `human` where the stream is a terminal.
    """
    target = stream or sys.stderr
    human = form == "human" or (form == "auto" and target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter(_Masked(_HumanLines(colours=target.isatty()) if human else JsonLines()))
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


class _Masked(logging.Formatter):
    """What `lines` writes, without the tokens in it. Nothing logs one on purpose; this is for some library's exception."""

    def __init__(self, lines: logging.Formatter) -> None:
        super().__init__()
        self._lines = lines

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub(lambda match: mask(match[0]), self._lines.format(record))


class _HumanLines(logging.Formatter):
    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours
        self._lines: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._lines is None:
            self._lines = _console_lines(colours=self._colours)
        return self._lines.format(record)


def _console_lines(*, colours: bool) -> logging.Formatter:
    import structlog

    renderer = structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            _add_request_id,
            _drop_what_is_not_there,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _drop_what_is_not_there(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event["request_id"] = request_id
    return event
