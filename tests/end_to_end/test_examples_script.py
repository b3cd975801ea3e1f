"""examples/shell/milepost.sh by itself, against a Milepost that serves."""

import itertools
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.support.events_api import Milepost, milepost_for_pipelines
from tests.end_to_end.support.forgetful_proxy import forgetful_proxy
from tests.end_to_end.support.hostile_server import hostile_server
from tests.end_to_end.support.pipelines import EXAMPLES, Script
from tests.end_to_end.support.runner import Machine, Outcome

RUNS = itertools.count(1)


@pytest.fixture(scope="module")
def milepost(tmp_path_factory: pytest.TempPathFactory) -> Generator[Milepost]:
    with milepost_for_pipelines(tmp_path_factory.mktemp("examples") / "events.db") as served:
        yield served


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def script(*arguments: str, shell: str = "sh") -> Script:
    return Script(" ".join(["exec", shell, "ci/milepost.sh", *arguments]), ("sh", "-c"))


@pytest.mark.parametrize("shell", ["sh", "bash --posix", "dash"])
def test_plain_shell_marks_what_it_runs_and_ends_as_that_ended(milepost: Milepost, machine: Machine, shell: str):
    key = f"shell:{next(RUNS)}"
    variables = {**milepost.secrets, "MILEPOST_DEDUP_KEY": key, "DEPLOYMENT_ENDS_WITH": "7"}

    outcome = machine.run([script("run", "./deploy.sh", shell=shell)], variables)

    assert outcome.code == 7
    event = milepost.event(key)
    assert event["endedAt"] is not None
    assert (event["source"], event["metadata"]["status"]) == ("shell", "failed")


def test_the_plain_shell_example_makes_a_key_of_its_own_for_each_deployment(milepost: Milepost, machine: Machine):
    folder = machine.empty / "by-hand"
    folder.mkdir()
    for name in ("deploy.sh", "milepost.sh"):
        (folder / name).write_bytes((EXAMPLES / "shell" / name).read_bytes())
    (folder / "release.sh").write_text('#!/bin/sh\nprintf "released %s\\n" "$1"\n')
    (folder / "release.sh").chmod(0o755)
    hidden = machine.empty / ".config" / "milepost"
    hidden.mkdir(parents=True)
    (hidden / "token").write_text(f"{milepost.token}\n")
    known = {name: value for name, value in milepost.secrets.items() if name != "MILEPOST_API_TOKEN"}

    by_hand = [Script(f"cd {folder} && sh deploy.sh v2", ("sh", "-c"))] * 2
    outcome = machine.run(by_hand, {**known, "MILEPOST_NAME": "by hand"})

    assert (outcome.code, outcome.out, outcome.err) == (0, "released v2\n" * 2, "")
    marked = milepost.events(message="by hand", startTime="now-1h")
    assert len({event["dedupKey"] for event in marked}) == 2
    assert {event["metadata"]["status"] for event in marked} == {"succeeded"}


def test_the_command_finds_every_variable_as_it_was(milepost: Milepost, machine: Machine):
    words = set(re.findall(r"\b([a-z_]+)=", (EXAMPLES / "shell" / "milepost.sh").read_text()))
    variables = dict.fromkeys(words, "mine") | {**milepost.secrets, "MILEPOST_DEDUP_KEY": f"shell:{next(RUNS)}"}

    outcome = machine.run([script("run", "env")], variables)

    assert outcome.code == 0, outcome.text
    found = dict(line.split("=", 1) for line in outcome.out.splitlines())
    assert words > {"status", "url", "token", "environment"}
    assert {word: found[word] for word in words if not word.startswith("milepost_")} == {
        word: "mine" for word in words if not word.startswith("milepost_")
    }


def test_a_signal_ends_the_command_and_the_event(milepost: Milepost, machine: Machine):
    key = f"shell:{next(RUNS)}"
    variables = {**milepost.secrets, "MILEPOST_DEDUP_KEY": key}

    # The command ends both as Ctrl-C does: itself, and the script that waits for it.
    outcome = machine.run([script("run", "sh -c 'kill -INT $PPID; kill -INT $$'")], variables)

    assert outcome.code == 130
    event = milepost.event(key)
    assert (event["metadata"]["status"], event["severity"]) == ("cancelled", "W")


def test_what_is_asked_for_reaches_the_event(milepost: Milepost, machine: Machine):
    key = f"shell:{next(RUNS)}"
    variables = {
        **milepost.secrets,
        "MILEPOST_DEDUP_KEY": key,
        "MILEPOST_PART": "eu",
        "MILEPOST_NAME": 'v2 "canary"',
        "MILEPOST_DESCRIPTION": "\\ and \\u0000",
        "MILEPOST_SOURCE": "cron",
        "MILEPOST_BUCKET_SIDS": "checkout, basket ,",
        "MILEPOST_ENVIRONMENT_SIDS": "prod01",
        "MILEPOST_METADATA": "imageTag=v2=3\nstatus=mine\n\nnonsense\nbranch=other\nempty=",
    }

    outcome = machine.run([script("start")], variables)

    assert outcome.code == 0, outcome.text
    event = milepost.event(f"{key}:eu")
    assert outcome.out == f"{event['sid']}\n"
    assert "nonsense" not in outcome.err
    assert "no KEY=VALUE" in outcome.err
    assert (event["name"], event["description"], event["source"]) == ('v2 "canary"', "\\ and \\u0000", "cron")
    assert (event["bucketSids"], event["environmentSids"]) == (["checkout", "basket"], ["prod01"])
    assert event["metadata"] == {"imageTag": "v2=3", "branch": "other"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (b"a\xff\xfeb", "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"),
        (b"\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80", "\N{REPLACEMENT CHARACTER}" * 3),
        (b"cut \xe2\x82", "cut \N{REPLACEMENT CHARACTER}"),
        ("é" * 257, "é" * 255 + "…"),
        ("😀" * 256, "😀" * 256),
        ("".join(map(chr, range(1, 160))), "".join(map(chr, range(1, 160)))),
        ("\n", "\n."),
    ],
    ids=["bytes", "no characters", "half a character", "too long", "just fits", "every character", "a line break"],
)
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_any_name_arrives_as_it_is(milepost: Milepost, machine: Machine, told: bytes | str, kept: str, shell: str):
    key = f"shell:{next(RUNS)}"
    raw = told if isinstance(told, bytes) else told.encode()
    name = raw.decode("utf-8", "surrogateescape") + ("." if raw == b"\n" else "")

    outcome = machine.run(
        [script("start", shell=shell)], {**milepost.secrets, "MILEPOST_DEDUP_KEY": key, "MILEPOST_NAME": name}
    )

    assert outcome.code == 0, outcome.text
    assert milepost.event(key)["name"] == kept


def test_a_key_that_is_too_long_still_names_one_run(milepost: Milepost, machine: Machine):
    name = f"long {next(RUNS)}"
    runs = [{**milepost.secrets, "MILEPOST_NAME": name, "MILEPOST_DEDUP_KEY": "é" * 200 + end} for end in "aab"]

    outcomes = [machine.run([script("start")], variables) for variables in runs]

    assert [outcome.code for outcome in outcomes] == [0, 0, 0]
    assert outcomes[0].out == outcomes[1].out != outcomes[2].out


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("MILEPOST_API_TOKEN", "", "MILEPOST_API_TOKEN is empty"),
        ("MILEPOST_API_TOKEN", '$(X)"', "MILEPOST_API_TOKEN holds characters"),
        ("MILEPOST_API_TOKEN", "tok_unknown", "returned error: 401"),
        ("MILEPOST_URL", "", "MILEPOST_URL is no URL"),
        ("MILEPOST_URL", "file:///etc/passwd", "MILEPOST_URL is no URL"),
        ("MILEPOST_URL", "https://me:word@milepost.example.com", "no name and no password"),
        ("MILEPOST_ACCOUNT_SID", "../x", "MILEPOST_ACCOUNT_SID is no sid"),
        ("MILEPOST_ACCOUNT_SID", "acc_other", "returned error: 404"),
        ("MILEPOST_DEDUP_KEY", "", "MILEPOST_DEDUP_KEY is needed"),
        ("MILEPOST_RETRIES", "many", "MILEPOST_RETRIES isn't a number"),
        ("MILEPOST_ENVIRONMENT_SIDS", "a,a", "returned error: 400"),
    ],
)
def test_what_can_t_be_right_is_said_and_the_deployment_goes_on(
    milepost: Milepost, machine: Machine, setting: str, value: str, said: str
):
    variables = {**milepost.secrets, "MILEPOST_DEDUP_KEY": f"shell:{next(RUNS)}", setting: value}

    outcome = machine.run([script("start")], variables)

    assert (outcome.code, outcome.out) == (0, "")
    assert said in outcome.err
    assert milepost.token not in outcome.text


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_an_answer_commands_nothing_in_the_log_and_shows_no_token(
    milepost: Milepost, machine: Machine, status: int, shell: str
):
    commands = (
        '\n::error::pwned\r\n##vso[task.setvariable variable=x]y\n##[group]\x1b[2J\u202e"sid":"evt_$(touch pwned)"'
    )
    outcomes: list[Outcome] = []
    for text in (commands, f"{commands} {milepost.token}"):
        with hostile_server(status, text) as url:
            variables = {**milepost.secrets, "MILEPOST_URL": url, "MILEPOST_DEDUP_KEY": "any"}
            outcomes.append(machine.run([script("start", shell=shell)], variables))

    for outcome in outcomes:
        assert (outcome.code, outcome.out) == (0, "")
        assert len(outcome.err.splitlines()) == 1
        assert not any(word in outcome.err for word in ("::", "##", "\x1b", "\r", milepost.token))
        assert outcome.err.isascii()
    assert "holds the token" in outcomes[1].err


@pytest.mark.parametrize("arguments", ["", "begin", "end", "start now", "run", "end ''  x"])
def test_a_wrong_call_is_an_error_in_any_case(machine: Machine, arguments: str):
    outcome = machine.run([script(arguments)], {"CI": "true"})

    assert outcome.code == 2
    assert "usage:" in outcome.err


def test_an_answer_that_is_lost_is_asked_for_again_and_leaves_one_event(milepost: Milepost, machine: Machine):
    name = f"lost {next(RUNS)}"
    with forgetful_proxy(milepost.secrets["MILEPOST_URL"]) as (url, statuses):
        variables = {**milepost.secrets, "MILEPOST_URL": url, "MILEPOST_DEDUP_KEY": name, "MILEPOST_NAME": name}
        outcomes = [machine.run([script(step)], variables) for step in ("start", "end success")]

    assert [(outcome.code, outcome.err) for outcome in outcomes] == [(0, ""), (0, "")]
    (event,) = milepost.events(message=name, startTime="now-1h")
    assert event["metadata"] == {"status": "succeeded"} | event["metadata"]
    # What Milepost really answered: each request was carried out, and then once more.
    assert statuses == [("POST", 201), ("POST", 200), ("POST", 200), ("POST", 200), ("PUT", 200), ("PUT", 200)]
