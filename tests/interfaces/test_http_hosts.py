"""Whom requests may be addressed to, and where they may come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.interfaces.http_world import error_of, free_port, http_world, read_all

PATHS = ("/healthz", "/mcp", "/.well-known/oauth-protected-resource", "/nowhere")
FOREIGN_HOSTS = ("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost@evil.example")
OWN_HOSTS = (
    "localhost",
    "localhost:",
    "localhost.",
    "localhost.:8080",
    "LOCALHOST:1",
    "127.0.0.1",
    "127.0.0.1:65535",
    "[::1]",
    "[::1]:8080",
)
FOREIGN_ORIGINS = (
    "http://evil.example",
    "https://localhost.evil.example",
    "null",
    "file://",
    "http://localhost/path",
    "ftp://localhost",
    "http://user@localhost",
    "http://[",
)
OWN_ORIGINS = ("http://localhost:6274", "http://127.0.0.1", "https://[::1]:3000")


@pytest.mark.parametrize("path", PATHS)
async def test_a_foreign_host_is_misdirected(path: str, tmp_path: Path):
    async with http_world(tmp_path) as world:
        for host in FOREIGN_HOSTS:
            answer = await world.client.get(path, headers={"host": host})
            assert (host, answer.status_code) == (host, 421)
            assert error_of(answer)["code"] == "MISDIRECTED_REQUEST"
            assert "MILEPOST_ALLOWED_HOSTS" in error_of(answer)["message"]


async def test_loopback_is_this_server_on_any_port(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for host in OWN_HOSTS:
            answer = await world.client.get("/healthz", headers={"host": host})
            assert (host, answer.status_code) == (host, 200)


async def test_a_foreign_origin_is_forbidden(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for origin in FOREIGN_ORIGINS:
            answer = await world.client.get("/healthz", headers={"origin": origin})
            assert (origin, answer.status_code) == (origin, 403)
            assert error_of(answer)["code"] == "FORBIDDEN"


async def test_a_page_of_this_machine_may_ask(tmp_path: Path):
    async with http_world(tmp_path) as world:
        for origin in OWN_ORIGINS:
            answer = await world.client.get("/healthz", headers={"origin": origin})
            assert (origin, answer.status_code) == (origin, 200)


async def test_further_names_are_taken_from_the_settings(tmp_path: Path):
    async with http_world(tmp_path, allowed_hosts="any.example, one.example:8443") as world:
        expected = {"any.example": 200, "any.example:1": 200, "one.example:8443": 200, "one.example": 421}
        for host, status in expected.items():
            assert (await world.client.get("/healthz", headers={"host": host})).status_code == status
        assert (await world.client.get("/healthz", headers={"origin": "https://any.example"})).status_code == 200


async def test_the_public_url_is_a_name_of_the_server(tmp_path: Path):
    async with http_world(tmp_path, public_url="https://milepost.example.com", port=str(free_port())) as world:
        headers = {"host": "milepost.example.com", "origin": "https://milepost.example.com"}
        assert (await world.client.get("/healthz", headers=headers)).status_code == 200


async def test_two_hosts_at_once_are_refused(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        await stream.send(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        )
        assert (await stream.receive()).startswith(b"HTTP/1.1 400 ")


async def test_a_request_without_a_host_is_malformed(tmp_path: Path):
    async with http_world(tmp_path) as world, world.raw() as stream:
        await stream.send(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
        answer = await read_all(stream)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["details"][0]["field"] == "Host"


@pytest.mark.parametrize("host", ["", ":", ".", ":80", "localhost:x", "localhost..", "localhost:80:80"])
async def test_what_is_nearly_a_name_is_none(host: str, tmp_path: Path):
    async with http_world(tmp_path) as world:
        assert (await world.client.get("/healthz", headers={"host": host})).status_code == 421
