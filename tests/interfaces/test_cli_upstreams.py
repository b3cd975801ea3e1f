"""The command line over upstreams, a real Milepost standing in for them in a process of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.support.process import create_token, serving
from tests.interfaces.command_line import CommandLine
from tests.interfaces.http_world import free_port


@dataclass(frozen=True)
class Upstream:
    """The other Milepost: its addresses, and a token."""

    url: str
    account: str
    token: str

    @property
    def apitraffic(self) -> str:
        return f"apitraffic+{self.url}/v1/accounts/{self.account}"

    @property
    def apica(self) -> str:
        return f"apica+{self.url}/v3"


@pytest.fixture
def upstream(cli: CommandLine, tmp_path: Path) -> Iterator[Upstream]:
    cli.event()
    [account] = cli.done("accounts", "list", "--json").json
    token = create_token(cli.database, "--scope", "events:read", "--scope", "events:write")
    with serving(cli.database) as server:
        yield Upstream(f"http://127.0.0.1:{server.port}", account["sid"], token)


@pytest.fixture
def over(cli: CommandLine, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line over ApiTraffic."""
    monkeypatch.setenv("MILEPOST_BACKEND", upstream.apitraffic)
    monkeypatch.setenv("MILEPOST_STATE", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("MILEPOST_APITRAFFIC_TOKEN", upstream.token)
    return cli


def test_commands_act_on_the_upstreams_account(over: CommandLine, upstream: Upstream):
    [account] = over.done("accounts", "list", "--json").json
    assert account["sid"] == upstream.account
    created = over.done(
        "events", "create", "--type=incident", "--name=Slow", "--severity=E", "--dedup-key=pager:1", "--json"
    ).json
    assert created["accountSid"] == upstream.account
    assert (
        over.done("events", "create", "--type=incident", "--name=Again", "--dedup-key=pager:1", "--json").json
        == created
    )
    found = over.done("events", "list", "--severity=E", "--ongoing", "--json").json
    assert found["records"] == [created]
    over.done("events", "update", created["sid"], "--ended-at=now")
    over.done("events", "delete", created["sid"])
    assert over.done("events", "list", "--severity=E", "--json").json["records"] == []


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("export", "-"), "only a store of Milepost's own is exported and filled"),
        (("import", "-"), "only a store of Milepost's own is exported and filled"),
        (("purge", "--source=ci", "--yes"), "an upstream keeps the events here, without their history"),
        (("events", "restore", "evt_1"), "an upstream keeps the events here, without their history"),
        (("events", "history", "evt_1"), "no history of the event evt_1"),
        (("accounts", "create", "other"), "an upstream keeps the events, and they are of acc_"),
    ],
)
def test_what_an_upstream_can_not_do_is_one_line(over: CommandLine, command: tuple[str, ...], line: str):
    outcome = over(*command)
    assert outcome.code == 1
    assert line in outcome.err
    assert outcome.err.count("\n") == 1


def test_apica_is_read_only_on_the_command_line(over: CommandLine, upstream: Upstream, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MILEPOST_BACKEND", upstream.apica)
    monkeypatch.setenv("MILEPOST_APICA_TICKET", upstream.token)
    assert len(over.done("events", "list", "--json").json["records"]) == 1
    outcome = over("events", "create", "--type=custom", "--name=x")
    assert (outcome.code, outcome.err) == (1, "milepost: this Milepost takes no writes\n")


def test_doctor_reaches_each_upstream_once_and_says_what_to_mend(
    over: CommandLine, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MILEPOST_OVERLAYS", upstream.apica)
    monkeypatch.setenv("MILEPOST_APICA_TICKET", upstream.token)
    host = upstream.url.removeprefix("http://")
    sound = over("doctor", "--port=0")
    assert sound.code == 0, sound.out
    assert f"ok     apitraffic apitraffic:{host}/{upstream.account} answers\n" in sound.out
    assert f"ok     apica      apica:{host} answers, to be read only\n" in sound.out
    assert upstream.token not in sound.out

    monkeypatch.setenv("MILEPOST_APICA_TICKET", "C471ADC4-19B4-4219")
    monkeypatch.setenv("MILEPOST_BACKEND", f"apitraffic+http://127.0.0.1:{free_port()}/v1/accounts/acc_1")
    ill = over("doctor", "--port=0")
    assert ill.code == 1
    wrong = [line for line in ill.out.splitlines() if line.startswith("  WRONG")]
    assert len(wrong) == 2
    assert "can't be reached (it refuses the connection)" in wrong[0]
    assert "refuses Milepost's own credential; whoever runs Milepost has to set another one" in wrong[1]
    assert "C471ADC4" not in ill.out


def test_a_list_names_the_overlay_that_is_missing(cli: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MILEPOST_OVERLAYS", f"apica+http://127.0.0.1:{free_port()}/v3")
    monkeypatch.setenv("MILEPOST_APICA_TICKET", "C471ADC4-19B4-4219")
    cli.event()
    for arguments in ((), ("--all",)):
        outcome = cli.done("events", "list", *arguments)
        assert "missing here: apica:127.0.0.1:" in outcome.err
    assert cli.done("events", "list", "--json").json["warnings"][0]["message"].endswith("(it refuses the connection)")
