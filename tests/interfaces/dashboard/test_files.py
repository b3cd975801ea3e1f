"""The built page as it is served: how it is kept, and what the browser is told not to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx2
import pytest
from starlette.routing import Route, Router

from milepost.interfaces.dashboard.door import ASSETS_PATH, PAGE_PATH
from milepost.interfaces.dashboard.files import DashboardFiles
from milepost.middleware.request_log import RequestLog

PAGE = "<!doctype html><title>Milepost</title>" + " " * 2_000
SCRIPT = "console.log(1);" * 200


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "assets" / "index-abc123.js").write_text(SCRIPT)
    (tmp_path / "assets" / "icon-abc123.png").write_bytes(b"\x89PNG" * 500)
    return tmp_path


def client_of(folder: Path) -> httpx2.AsyncClient:
    """Of the files in that folder, served as they are."""
    files = DashboardFiles(folder)
    router = Router([Route(PAGE_PATH, files.page), Route(ASSETS_PATH, files.assets)])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(RequestLog(router)), base_url="http://localhost")


async def test_the_page_takes_nothing_from_elsewhere_and_stands_in_no_frame(built: Path):
    async with client_of(built) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    told = ("x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "x-frame-options")
    assert [answer.headers[name] for name in told] == ["nosniff", "no-referrer", "same-origin", "DENY"]


async def test_the_page_is_asked_for_each_time_and_its_parts_never_again(built: Path):
    async with client_of(built) as client:
        page, script = await client.get("/"), await client.get("/assets/index-abc123.js")
    assert page.headers["cache-control"] == "no-cache"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("coding", ["gzip", "identity"])
async def test_what_the_client_has_is_not_sent_again(coding: str, built: Path):
    headers = {"accept-encoding": coding}
    async with client_of(built) as client:
        tag = (await client.get("/", headers=headers)).headers["etag"]
        again = await client.get("/", headers=headers | {"if-none-match": f'"other", {tag}'})
        other = await client.get("/", headers=headers | {"if-none-match": '"other"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert other.status_code == 200


async def test_a_strong_tag_names_the_bytes_that_are_sent(built: Path):
    async with client_of(built) as client:
        plain = await client.get("/assets/index-abc123.js", headers={"accept-encoding": "identity"})
        packed = await client.get("/assets/index-abc123.js", headers={"accept-encoding": "gzip"})
        picture = await client.get("/assets/icon-abc123.png", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), mtime=0)) < len(SCRIPT)
    assert packed.text == plain.text == SCRIPT
    assert plain.headers["etag"] != packed.headers["etag"]
    assert "accept-encoding" in packed.headers["vary"]
    assert "content-encoding" not in picture.headers


@pytest.mark.parametrize("path", ["/assets/", "/assets/other.js", "/assets/../index.html", "/assets/%2e%2e/index.html"])
async def test_only_what_was_built_is_there(path: str, built: Path):
    async with client_of(built) as client:
        assert (await client.get(path)).status_code == 404


async def test_files_are_read_only(built: Path):
    async with client_of(built) as client:
        for path in ("/", "/assets/index-abc123.js"):
            answer = await client.post(path)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
            assert (await client.head(path)).status_code == 200


async def test_where_nothing_was_built_the_page_says_how_to(tmp_path: Path):
    async with client_of(tmp_path) as client:
        answer = await client.get("/")
        assert answer.status_code == 404
        assert "make web" in answer.text
        assert answer.text.count("\n") == 1
        assert (await client.get("/assets/index-abc123.js")).status_code == 404
