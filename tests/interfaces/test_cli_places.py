"""`milepost buckets` and `milepost environments`."""

import pytest

from tests.interfaces.command_line import CommandLine


@pytest.fixture(params=["buckets", "environments"])
def group(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_place_is_created_with_labels_and_listed_by_name(cli: CommandLine, group: str):
    second = cli.done(group, "create", "--name=web", "--label=service=web", "--label=team=shop=1", "--json").json
    first = cli.done(group, "create", "--name=api", "--sid=own_sid", "--json").json

    assert list(first) == ["sid", "accountSid", "name", "labels", "createdAt", "updatedAt"]
    assert first["sid"] == "own_sid"
    assert second["sid"].startswith(("bkt_", "env_"))
    assert second["labels"] == {"service": "web", "team": "shop=1"}
    assert cli.done(group, "list", "--json").json == [first, second]
    assert "service=web,team=shop=1" in cli.done(group, "list").out


def test_a_place_is_renamed_and_relabelled_by_sid_or_name(cli: CommandLine, group: str):
    sid = cli.done(group, "create", "--name=web", "--label=a=1", "--label=b=2", "--json").json["sid"]

    renamed = cli.done(group, "update", "web", "--name=site", "--json").json
    assert (renamed["sid"], renamed["name"], renamed["labels"]) == (sid, "site", {"a": "1", "b": "2"})
    assert cli.done(group, "update", sid, "--label=c=3", "--json").json["labels"] == {"c": "3"}
    assert cli.done(group, "update", "site", "--clear=labels", "--json").json["labels"] == {}


def test_a_deleted_place_is_gone_and_events_keep_their_scopes(cli: CommandLine, group: str):
    sid = cli.done(group, "create", "--name=web", "--json").json["sid"]
    event = cli.event(f"--{group[:-1]}-sid=web")
    assert cli.done(group, "delete", "web", "--json").json == {"sid": sid, "deleted": True}
    assert cli.done(group, "list", "--json").json == []
    assert cli.done("events", "get", event["sid"], "--json").json == event
    assert cli(group, "delete", "web").code == 1


def test_a_name_may_be_written_for_a_sid(cli: CommandLine, group: str):
    sid = cli.done(group, "create", "--name=web", "--json").json["sid"]
    option = f"--{group[:-1]}-sid=web"
    record = cli.event(option)
    assert record["bucketSids" if group == "buckets" else "environmentSids"] == [sid]
    assert [item["sid"] for item in cli.done("events", "list", option, "--json").json["records"]] == [record["sid"]]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "--name=*"), 2, '--name: "*" means everywhere'),
        (("create", "--name=x", "--label=service"), 2, '"service" is no label'),
        (("create", "--name=x", "--label=a=1", "--label=a=2"), 2, "second value"),
        (("create", "--name=x", "--sid=no sid"), 1, "SID: "),
        (("create", "--name=taken"), 1, "--name: "),
        (("update", "taken"), 2, "nothing to change"),
        (("update", "taken", "--label=a=1", "--clear=labels"), 2, "set and cleared at once"),
        (("update", "unknown", "--name=y"), 1, "unknown"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    cli: CommandLine, group: str, arguments: tuple[str, ...], code: int, words: str
):
    cli.done(group, "create", "--name=taken")
    outcome = cli(group, *arguments)
    assert outcome.code == code
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
