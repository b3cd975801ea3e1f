"""`milepost purge`."""

import sqlite3
from contextlib import closing

import pytest

from tests.interfaces.command_line import CommandLine


def names(cli: CommandLine) -> set[str]:
    return {record["name"] for record in cli.done("events", "list", "--json").json["records"]}


def test_it_shows_the_count_and_asks(cli: CommandLine):
    cli.event("--source=hr")
    cli.event("--source=hr")

    refused = cli("purge", "--source=hr", typed="n\n")
    assert refused.code == 1
    assert "Remove 2 events for good" in refused.err
    assert refused.err.endswith("milepost: nothing was done\n")
    assert len(names(cli)) == 1
    agreed = cli.done("purge", "--source=hr", typed="y\n")
    assert agreed.out == "removed 2 events\n"
    assert names(cli) == set()


def test_where_nobody_answers_nothing_is_done(cli: CommandLine):
    cli.event("--source=hr")
    outcome = cli("purge", "--source=hr")
    assert outcome.code == 1
    assert "--yes" in outcome.err.splitlines()[-1]
    assert names(cli) == {"v1"}


def test_yes_does_not_ask(cli: CommandLine):
    cli.event("--source=hr")
    outcome = cli.done("purge", "--source=hr", "--yes", "--json")
    assert (outcome.json, outcome.err) == ({"purged": 1}, "")


def test_an_event_is_removed_with_all_trace_of_it(cli: CommandLine):
    sid = cli.event("--name=Jane Doe hired", "--description=personal-data")["sid"]
    cli.done("events", "update", sid, "--name=hired")
    cli.done("events", "delete", sid)
    cli.done("purge", "--event", sid, "--yes")

    assert cli("events", "restore", sid).code == 1
    assert cli("events", "history", sid).code == 1
    stored = b"".join(file.read_bytes() for file in cli.database.parent.iterdir() if file.is_file())
    assert b"Jane Doe" not in stored
    assert b"personal-data" not in stored
    assert b"Jane Doe" not in cli.done("export", "-").out.encode()


def test_one_that_finds_nothing_cleans_up_after_one_that_was_cut_off(cli: CommandLine):
    cli.event("--source=hr")
    with closing(sqlite3.connect(cli.database)) as database, database:
        database.execute("INSERT INTO term (account_id, kind, value) VALUES (1, 4, 'Jane Doe')")
    outcome = cli("purge", "--source=Jane Doe")
    assert (outcome.code, outcome.err) == (0, "no such events; nothing was removed\n")
    assert b"Jane Doe" not in b"".join(file.read_bytes() for file in cli.database.parent.iterdir() if file.is_file())


def test_conditions_have_to_hold_together(cli: CommandLine):
    cli.event("--name=old hr", "--source=hr", "--started-at=now-100d")
    cli.event("--name=new hr", "--source=hr")
    cli.event("--name=old ci", "--source=ci", "--started-at=now-100d")
    cli.done("purge", "--source=hr", "--before=now-90d", "--yes")
    assert names(cli) == {"new hr", "old ci"}


def test_it_stays_in_its_account(cli: CommandLine):
    for name in ("shop", "bank"):
        cli.done("accounts", "create", name)
        cli.event(f"--account={name}", "--source=hr")
    cli.done("purge", "--source=hr", "--account=shop", "--yes")
    assert cli.done("events", "list", "--account=shop", "--json").json["records"] == []
    assert len(cli.done("events", "list", "--account=bank", "--json").json["records"]) == 1


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "say which events: --event, --source, --before"),
        (("--before=tomorrow",), 2, '--before: "tomorrow" is not a time'),
        (("--event=no sid",), 2, "--event: "),
        (("--event=evt_unknown", "--yes"), 0, "no such events; nothing was removed"),
    ],
)
def test_what_it_says_otherwise(cli: CommandLine, options: tuple[str, ...], code: int, words: str):
    outcome = cli("purge", *options)
    assert outcome.code == code
    assert words in outcome.err
