"""The first start, every other start, and starts that can't be."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from milepost.app.http_server import bind
from milepost.app.serving import serving
from milepost.domain.errors import Invalid, Unavailable
from milepost.domain.token import well_formed
from milepost.settings import Settings, read_settings
from tests.interfaces.http_world import GUARD_SECONDS, bearer, environment, error_of, http_world, rpc, rpc_headers


def settings(folder: Path, **given: str) -> Settings:
    return read_settings(environment(folder, given))


async def test_the_first_start_makes_an_account_and_one_token(tmp_path: Path):
    async with http_world(tmp_path) as world:
        issued = world.server.start.issued
        assert issued is not None
        assert well_formed(issued.secret)
        assert issued.token.scopes == {"events:read", "events:write"}
        answer = await world.call(issued.secret, "create_event", type="deployment", name="v1")
        assert answer.status_code == 200


async def test_a_later_start_makes_none(tmp_path: Path):
    async with http_world(tmp_path) as world:
        first = world.server.start
    async with http_world(tmp_path) as world:
        assert world.server.start.account == first.account
        assert world.server.start.issued is None


async def test_a_taken_port_is_told_in_one_line_and_nothing_is_made(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(Unavailable, match=rf"^can't serve on 127\.0\.0\.1, port {port}: .*--port$"):
            async with serving(settings(tmp_path, port=port)):
                pass
    assert not (tmp_path / "milepost.db").exists()


def test_a_host_that_is_none_of_this_machine_is_named(tmp_path: Path):
    with pytest.raises(Invalid, match=r"^MILEPOST_HOST: host\.invalid is no address"):
        bind(settings(tmp_path, host="host.invalid"))


def test_a_name_for_loopback_that_means_another_address_is_not_served_without_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    with pytest.raises(Invalid, match=r"^MILEPOST_INSECURE_NO_AUTH: localhost is 192\.0\.2\.1"):
        bind(settings(tmp_path, host="localhost", insecure_no_auth="1"))


async def test_a_store_that_can_not_be_opened_is_told_in_one_line(tmp_path: Path):
    (tmp_path / "milepost.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(Unavailable):
        async with serving(settings(tmp_path)):
            pass


async def test_ipv6_is_served_too(tmp_path: Path):
    async with http_world(tmp_path, host="::1") as world:
        assert world.server.url.startswith("http://[::1]:")
        answer = await world.client.get(f"{world.server.url}/healthz")
        assert answer.status_code == 200


async def test_read_only_offers_no_writes(tmp_path: Path):
    async with http_world(tmp_path, read_only="1") as world:
        headers = rpc_headers("tools/list") | bearer(world.first_secret)
        listed = (await world.client.post("/mcp", json=rpc("tools/list"), headers=headers)).json()
        assert [tool["name"] for tool in listed["result"]["tools"]] == ["list_events", "get_event", "show_timeline"]
        answer = await world.call(world.first_secret, "create_event", type="deployment", name="v1")
        assert answer.json()["result"]["isError"] is True


async def test_after_a_stop_the_port_is_free_and_can_be_served_again(tmp_path: Path):
    async with http_world(tmp_path) as world:
        port = str(world.port)
    async with http_world(tmp_path, port=port) as world:
        assert (await world.client.get("/healthz")).status_code == 200
        assert error_of(await world.client.get("/mcp"))["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize("numbers", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=str)
def test_a_signal_at_the_first_moment_is_a_clean_end(numbers: list[signal.Signals], tmp_path: Path):
    command = [sys.executable, "-m", "tests.interfaces.http_process"]
    env = {**os.environ, **environment(tmp_path, {"log_format": "json"})}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for number in numbers:
            process.send_signal(number)
        _, err = process.communicate(timeout=GUARD_SECONDS)
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["serving", "stopped"]
