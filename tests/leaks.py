"""Looks for tokens where none may be: in every log, answer and metrics page of the whole test run.

A token is known by its form and checksum alone, so nothing has to remember which ones were minted; so are the secrets of
sessions and the codes of sign-in links. These places may hold one: the answer that issues it, the cookie that keeps it, and
what `milepost serve` greets whoever started it with.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from milepost.app.http_application import HttpApplication
from milepost.domain.token import well_formed
from tests.end_to_end.support import process

ISSUING: Final = ("/mcpTokens", "/apiTokens")
_CLIENTS: Final = ("httpx2", "httpcore2", "mcp.client")
"""The tests' own clients, which know their token."""
_SECRET: Final = re.compile(rb"(?<![0-9A-Za-z_])(?:mcp|tok|ses|lnk)_[0-9A-Za-z]{43,64}(?![0-9A-Za-z])")
_GREETING: Final = re.compile(rb"^[^\n]*Bearer [^\n]*$", re.MULTILINE)
_LINK: Final = re.compile(rb"^    http[^\n ]*/sign-in\?code=[^\n ]*$", re.MULTILINE)
_COOKIE: Final = "set-cookie"


def secrets_in(text: bytes) -> list[str]:
    """The tokens in a text."""
    return [found.decode() for found in _SECRET.findall(text) if well_formed(found.decode())]


class Watch:
    """Reads along wherever Milepost tells something. `leaks` says where a token was; `looked` how often there was none to be."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self.looked = {"log": 0, "answer": 0, "log file": 0}

    def look(self, kind: str, where: str, text: bytes) -> None:
        self.looked[kind] += 1
        self.leaks += [f"{where} held {secret[:8]}…" for secret in dict.fromkeys(secrets_in(text))]

    def taken(self) -> list[str]:
        """The leaks since the last time."""
        leaks, self.leaks = self.leaks, []
        return leaks

    @contextmanager
    def everywhere(self) -> Generator[None]:
        """Read along meanwhile."""
        handler = _LogWatch(self)
        logging.getLogger().addHandler(handler)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HttpApplication, "__call__", self._answering(HttpApplication.__call__))
            patch.setattr(httpx2.Response, "read", self._reading(httpx2.Response.read))
            patch.setattr(httpx2.Response, "aread", self._areading(httpx2.Response.aread))
            patch.setattr(process.Server, "ended", lambda server: self._log_file(server.log))
            yield
        logging.getLogger().removeHandler(handler)

    def _answering(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Whatever is answered in this process, piece by piece."""

        @wraps(call)
        async def watched(application: HttpApplication, scope: Scope, receive: Receive, send: Send) -> None:
            issuing = scope.get("method") == "POST" and scope.get("path", "").endswith(ISSUING)

            async def noted(message: Message) -> None:
                headers = b"\n".join(value for name, value in message.get("headers", ()) if name != _COOKIE.encode())
                if not (issuing and "body" in message):
                    self.look("answer", f"an answer to {scope.get('path')}", headers + b"\n" + message.get("body", b""))
                await send(message)

            await call(application, scope, receive, noted)

        return watched

    def _reading(self, read: Callable[..., bytes]) -> Callable[..., bytes]:
        @wraps(read)
        def watched(response: httpx2.Response) -> bytes:
            return self._answer(response, read(response))

        return watched

    def _areading(self, read: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(read)
        async def watched(response: httpx2.Response) -> bytes:
            return self._answer(response, await read(response))

        return watched

    def _answer(self, response: httpx2.Response, content: bytes) -> bytes:
        """Whatever another process answered."""
        request = response._request
        if request is not None and not (request.method == "POST" and request.url.path.endswith(ISSUING)):
            told = (value for name, value in response.headers.items() if name.lower() != _COOKIE)
            headers = "\n".join(told).encode()
            self.look("answer", f"an answer to {request.url.path}", headers + b"\n" + content)
        return content

    def _log_file(self, path: Path) -> None:
        self.look("log file", str(path), _without_greeting(path.read_bytes()))


class _LogWatch(logging.Handler):
    """Every record of this process, with its fields and its traceback."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self._texts = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_CLIENTS):
            return
        fields = json.dumps(vars(record), default=str)
        self._watch.look("log", f"a log record of {record.name}", f"{self._texts.format(record)}\n{fields}".encode())


def _without_greeting(text: bytes) -> bytes:
    """Where stdout and stderr are one file: without the link that each start prints, and the client block of the first."""
    text = _LINK.sub(b"", text)
    return _GREETING.sub(b"", text) if b"The token is shown this once" in text else text
