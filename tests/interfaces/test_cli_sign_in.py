"""`milepost sign-in`: a link for the server that runs, or is to run, on the same store."""

from __future__ import annotations

import os
import re
from pathlib import Path

import anyio
import httpx2
import pytest

from tests.interfaces.command_line import CommandLine
from tests.interfaces.http_world import environment, http_world
from tests.interfaces.test_cli_program import PROGRAM
from tests.interfaces.test_cli_serving import started

LINK = re.compile(r"(http\S+)/sign-in\?code=(lnk_[0-9A-Za-z]{49})")


def found(text: str) -> re.Match[str]:
    [link] = LINK.finditer(text)
    return link


def test_it_prints_a_link_and_says_whom_it_signs_in_and_until_when(cli: CommandLine):
    outcome = cli.done("sign-in")
    assert found(outcome.out)[1] == "http://127.0.0.1:8080"
    assert outcome.out.count("\n") == 1
    [account] = cli.done("accounts", "list", "--json").json
    assert f"as the owner of {account['sid']}, once, until " in outcome.err


@pytest.mark.parametrize(
    ("options", "url"),
    [
        (["--port=9000"], "http://127.0.0.1:9000"),
        (["--host=0.0.0.0"], "http://127.0.0.1:8080"),
        (["--host=::1"], "http://[::1]:8080"),
        (["--public-url=https://milepost.example.com"], "https://milepost.example.com"),
    ],
)
def test_the_link_leads_where_the_server_is_by_the_same_settings(cli: CommandLine, options: list[str], url: str):
    assert found(cli.done("sign-in", *options).out)[1] == url


def test_a_port_that_nobody_knows_is_asked_for(cli: CommandLine):
    outcome = cli("sign-in", "--port=0")
    assert (outcome.code, outcome.out) == (1, "")
    assert "MILEPOST_PORT" in outcome.err
    assert outcome.err.count("\n") == 1


def test_of_several_accounts_one_is_to_be_named(cli: CommandLine):
    accounts = [cli.done("accounts", "create", name, "--json").json["sid"] for name in ("shop", "bank")]
    assert cli("sign-in").code == 1
    record = cli.done("sign-in", "--account", "bank", "--json").json
    assert record.keys() == {"url", "accountSid", "expiresAt"}
    assert record["accountSid"] == accounts[1]
    assert found(record["url"])


async def test_a_running_server_takes_the_link_once(tmp_path: Path):
    async with http_world(tmp_path) as world, httpx2.AsyncClient() as browser:
        command = [PROGRAM, "sign-in", f"--port={world.port}"]
        done = await anyio.run_process(command, env=os.environ | environment(tmp_path, {}))
        link = done.stdout.decode().strip()
        assert (await browser.get(link)).status_code == 303
        session = (await browser.get(f"{world.server.url}/session")).json()
        assert session["account"]["sid"] == world.owner.account_sid
        assert (await browser.get(link)).status_code == 401


def test_each_start_prints_a_link_of_its_own(tmp_path: Path):
    first, second = (found(started(tmp_path)[0]) for _ in range(2))
    assert first[2] != second[2]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", first[1])


def test_where_everybody_is_the_owner_there_is_no_link(tmp_path: Path):
    said, _ = started(tmp_path, "--insecure-no-auth")
    assert "/sign-in" not in said
    assert re.search(r"Dashboard: http://127\.0\.0\.1:\d+/$", said, re.MULTILINE)
