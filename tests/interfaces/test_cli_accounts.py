"""`milepost accounts`, and which account the other commands act on."""

import pytest

from tests.interfaces.command_line import CommandLine


def test_an_empty_store_has_no_account_until_a_command_needs_one(cli: CommandLine):
    assert cli.done("accounts", "list", "--json").json == []
    record = cli.event()
    [account] = cli.done("accounts", "list", "--json").json
    assert account["sid"] == record["accountSid"]
    assert list(account) == ["sid", "name", "createdAt"]


def test_accounts_create_makes_its_own_and_no_other(cli: CommandLine):
    created = cli.done("accounts", "create", "shop", "--json").json
    assert cli.done("accounts", "list", "--json").json == [created]
    assert created["name"] == "shop"


@pytest.mark.parametrize("command", [("events", "list"), ("tokens", "list"), ("buckets", "list")])
def test_without_account_a_command_says_which_there_are(cli: CommandLine, command: tuple[str, ...]):
    sids = [cli.done("accounts", "create", name, "--json").json["sid"] for name in ("shop", "bank")]
    outcome = cli(*command)

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("milepost: --account: there are several")
    assert all(part in outcome.err for part in (*sids, "shop", "bank"))


def test_account_may_be_named_by_sid_or_name_and_nothing_crosses(cli: CommandLine):
    sid = cli.done("accounts", "create", "shop", "--json").json["sid"]
    cli.done("accounts", "create", "bank")
    record = cli.event("--account=shop")

    assert record["accountSid"] == sid
    assert cli.done("events", "get", record["sid"], "--account", sid, "--json").json == record
    assert cli("events", "get", record["sid"], "--account=bank").code == 1
    unknown = cli("events", "list", "--account=cafe")
    assert unknown.code == 1
    assert 'there is no "cafe"' in unknown.err


def test_a_taken_name_and_a_blank_one_are_refused(cli: CommandLine):
    cli.done("accounts", "create", "shop")
    taken, blank = cli("accounts", "create", "shop"), cli("accounts", "create", " ")
    assert taken.code == 1
    assert taken.err.startswith("milepost: --name: ")
    assert blank.code == 1
    assert "blank" in blank.err
