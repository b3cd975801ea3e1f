"""The built files: read once, told apart by their content, sent compressed to whoever takes it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from milepost.interfaces.dashboard.answers import send_answer
from milepost.interfaces.dashboard.headers import NOT_KEPT, PAGE, SAFE
from milepost.middleware.answers import READING
from milepost.middleware.compression import SMALLEST_COMPRESSED_BYTES, VARY, takes_gzip
from milepost.middleware.headers import header_values
from milepost.middleware.refusals import HeaderList, method_not_allowed, not_found

BUILT: Final = Path(__file__).parents[2] / "web" / "dashboard"
PAGE_FILE: Final = "index.html"
ASSETS: Final = "assets"
NOT_BUILT: Final = (
    "The dashboard isn't built here: run `make web` in the clone, then start again. Everything else works.\n"
)

_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_COMPRESSED: Final = frozenset({".html", ".js", ".css", ".svg", ".json"})
_ALWAYS_ASKED: Final = (b"cache-control", b"no-cache")
_KEPT_FOR_GOOD: Final = (b"cache-control", b"public, max-age=31536000, immutable")
"""For what has its content's hash in its name."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file in one coding, with the strong entity tag that belongs to these bytes."""

    body: bytes
    headers: HeaderList
    tag: bytes

    @classmethod
    def of(cls, body: bytes, *headers: tuple[bytes, bytes]) -> Sent:
        """The bytes as they are sent."""
        tag = b'"%s"' % sha256(body).hexdigest()[:32].encode()
        return cls(body, [(b"etag", tag), *headers], tag)


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file, plain and, where that is worthwhile, compressed."""

    plain: Sent
    compressed: Sent | None

    @classmethod
    def read(cls, path: Path, *headers: tuple[bytes, bytes]) -> BuiltFile:
        """The file as it is now."""
        body = path.read_bytes()
        typed = (b"content-type", _TYPES.get(path.suffix, "application/octet-stream").encode())
        if path.suffix not in _COMPRESSED or len(body) < SMALLEST_COMPRESSED_BYTES:
            return cls(Sent.of(body, typed, *headers), None)
        smaller = gzip.compress(body, mtime=0)
        told = (typed, VARY, *headers)
        return cls(Sent.of(body, *told), Sent.of(smaller, (b"content-encoding", b"gzip"), *told))

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers GET and HEAD, 304 where the client has it; raises `Refusal` 405 for other methods."""
        if scope["method"] not in READING:
            raise method_not_allowed("GET, HEAD")
        sent = self.compressed if self.compressed and takes_gzip(scope) else self.plain
        if _has(scope, sent.tag):
            await send_answer(send, 304, headers=[header for header in sent.headers if header[0] != b"content-type"])
        else:
            await send_answer(send, 200, sent.body, sent.headers)


class NotBuilt:
    """In place of a page that isn't there: how to build it."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers GET and HEAD; raises `Refusal` 405 for other methods."""
        if scope["method"] not in READING:
            raise method_not_allowed("GET, HEAD")
        headers = [(b"content-type", b"text/plain; charset=utf-8"), NOT_KEPT, *PAGE]
        await send_answer(send, 404, NOT_BUILT.encode(), headers)


class Assets:
    """What the page is made of, by the rest of the path."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): BuiltFile.read(path, _KEPT_FOR_GOOD, *SAFE)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Refusal` 404 for what isn't there, 405."""
        found = self._files.get(scope["path_params"]["name"])
        if found is None:
            raise not_found(scope["path"])
        await found(scope, receive, send)


class DashboardFiles:
    """The page and what it is made of, as they were when the server started."""

    def __init__(self, folder: Path = BUILT) -> None:
        page = folder / PAGE_FILE
        self.page: ASGIApp = BuiltFile.read(page, _ALWAYS_ASKED, *PAGE) if page.is_file() else NotBuilt()
        self.assets: ASGIApp = Assets(folder / ASSETS)


def _has(scope: Scope, tag: bytes) -> bool:
    """Whether the client has those bytes (RFC 9110, 13.1.2: the weak comparison)."""
    known = [known.strip().removeprefix("W/") for known in ",".join(header_values(scope, b"if-none-match")).split(",")]
    return "*" in known or tag.decode() in known
