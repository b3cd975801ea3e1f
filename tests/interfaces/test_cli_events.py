"""`milepost events`."""

from typing import Any

import pytest

from milepost.cli.fields import BODY, FILTERS
from milepost.wire.event_input import EventBody, EventPatch
from milepost.wire.event_parameters import EventParameters
from tests.interfaces.command_line import CommandLine

SEED_FIELDS = [
    "sid",
    "accountSid",
    "type",
    "name",
    "description",
    "source",
    "metadata",
    "bucketSids",
    "environmentSids",
    "startedAt",
    "endedAt",
    "createdAt",
]
FULL = (
    "--type=incident",
    "--name=Checkout slow",
    "--description=First line\nsecond line",
    "--source=pagerduty",
    '--metadata={"z": 1, "a": {"b": [1, null]}}',
    "--bucket-sid=bkt_checkout",
    "--bucket-sid=bkt_cart",
    "--environment-sid=prod01",
    "--started-at=2026-01-15T14:30:00+01:00",
    "--ended-at=2026-01-15T14:00:00.5Z",
    "--severity=E",
    "--tag=team=payments",
    "--tag=team=core",
    "--tag=tier=1",
    '--check={"id": 42, "symbol": "login"}',
    "--dedup-key=pd:1",
)


def aliases(model: Any) -> set[str]:
    return set(model.model_json_schema(by_alias=True)["properties"])


def test_every_field_and_filter_has_an_option():
    assert {field.name for field in BODY} == aliases(EventBody) == aliases(EventPatch)
    assert {field.name for field in FILTERS} == aliases(EventParameters)


def test_create_takes_every_field_and_prints_the_record(cli: CommandLine):
    record = cli.event(*FULL)

    assert list(record)[:12] == SEED_FIELDS
    assert record["type"] == "incident"
    assert record["description"] == "First line\nsecond line"
    assert list(record["metadata"]) == ["z", "a"]
    assert record["bucketSids"] == ["bkt_checkout", "bkt_cart"]
    assert record["environmentSids"] == ["prod01"]
    assert record["startedAt"] == "2026-01-15T13:30:00.000Z"
    assert record["endedAt"] == "2026-01-15T14:00:00.500Z"
    assert record["tags"] == {"team": ["payments", "core"], "tier": ["1"]}
    assert record["check"] == {"id": 42, "symbol": "login", "descriptor": None}
    assert record["createdBy"] == {"door": "cli", "token": None, "client": None}
    assert cli.done("events", "get", record["sid"], "--json").json == record


def test_tags_may_be_written_as_json_and_a_check_as_its_number(cli: CommandLine):
    record = cli.event('--tags={"team": "payments"}', "--check=42")

    assert record["tags"] == {"team": ["payments"]}
    assert record["check"]["id"] == 42


def test_creating_twice_with_one_dedup_key_shows_the_first_and_says_so(cli: CommandLine):
    first = cli.event("--dedup-key=run:1", "--name=first")
    second = cli.done("events", "create", "--type=scale", "--name=second", "--dedup-key=run:1", "--json")

    assert second.json == first
    assert "nothing was written" in second.err
    assert len(cli.done("events", "list", "--json").json["records"]) == 1


def test_list_finds_by_every_filter(cli: CommandLine):
    wanted = cli.event(*FULL)
    cli.event("--name=other", "--source=ci")
    filters = (
        ("--type=incident",),
        ("--type=incident", "--type=scale"),
        ("--end-time=2026-02-01T00:00:00Z",),
        ("--start-time=2026-01-15T00:00:00Z", "--end-time=2026-01-16T00:00:00Z"),
        ("--source=pagerduty",),
        ("--severity=WE",),
        ("--check-id=42",),
        ("--dedup-key=pd:1",),
        ("--message=CHECKOUT",),
        ("--include-tag=team~payments;core",),
        ("--include-tag=team", "--include-tag=tier~1", "--include-tag-op=and"),
        ("--exclude-tag=nothing", "--type=incident"),
        ("--environment-sid=prod01", "--bucket-sid=bkt_cart", "--type=incident"),
        ("--ongoing=false", "--type=incident"),
    )
    for options in filters:
        found = cli.done("events", "list", *options, "--json").json
        assert [record["sid"] for record in found["records"]] == [wanted["sid"]], options


def test_ongoing_alone_means_true(cli: CommandLine):
    cli.event(*FULL)
    open_ = cli.event("--type=incident", "--name=still open")

    found = cli.done("events", "list", "--ongoing", "--json").json
    assert [record["sid"] for record in found["records"]] == [open_["sid"]]


def test_pages_follow_each_other_by_cursor(cli: CommandLine):
    sids = [cli.event(f"--started-at=2026-01-0{day}T00:00:00Z")["sid"] for day in (1, 2, 3)]

    first = cli.done("events", "list", "--limit=2", "--json").json
    second = cli.done("events", "list", "--limit=2", "--cursor", first["nextCursor"], "--json").json

    assert [record["sid"] for record in first["records"] + second["records"]] == sids[::-1]
    assert (first["hasMore"], second["hasMore"], second["nextCursor"]) == (True, False, None)


def test_all_prints_every_page_as_one_answer(cli: CommandLine):
    sids = [cli.event(f"--started-at=2026-01-0{day}T00:00:00Z")["sid"] for day in (1, 2, 3)]

    every = cli.done("events", "list", "--all", "--limit=2", "--json").json
    assert [record["sid"] for record in every["records"]] == sids[::-1]
    assert list(every) == ["hasMore", "records", "nextCursor"]
    assert (every["hasMore"], every["nextCursor"]) == (False, None)
    lines = cli.done("events", "list", "--all", "--limit=2").out.splitlines()
    assert len(lines) == 4
    assert cli.done("events", "list", "--all", "--source=none", "--json").json["records"] == []


def test_a_page_for_people_says_how_to_see_the_next(cli: CommandLine):
    for _ in range(2):
        cli.event()
    page = cli.done("events", "list", "--limit=1")

    assert page.out.splitlines()[0].split()[:2] == ["STARTED", "ENDED"]
    cursor = page.err.partition("--cursor ")[2].split()[0]
    assert len(cli.done("events", "list", "--limit=1", "--cursor", cursor).out.splitlines()) == 2


def test_update_changes_what_is_given_and_clears_what_is_named(cli: CommandLine):
    record = cli.event(*FULL)
    changed = cli.done(
        "events", "update", record["sid"], "--name=Fixed", "--clear=ended-at", "--clear", "tags", "--json"
    ).json

    assert changed["name"] == "Fixed"
    assert changed["endedAt"] is None
    assert changed["tags"] is None
    unchanged = {"description", "source", "metadata", "bucketSids", "severity", "check", "dedupKey", "startedAt"}
    assert {name: changed[name] for name in unchanged} == {name: record[name] for name in unchanged}


@pytest.mark.parametrize(
    "field", ["description", "source", "metadata", "ended-at", "severity", "tags", "check", "dedup-key"]
)
def test_every_nullable_field_can_be_cleared(cli: CommandLine, field: str):
    record = cli.event(*FULL)
    changed = cli.done("events", "update", record["sid"], "--clear", field, "--json").json
    nulls = {name for name, value in changed.items() if value is None}
    assert {name.lower() for name in nulls} == {field.replace("-", "")}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "nothing to change"),
        (("--description=x", "--clear=description"), "--description is to be set and cleared at once"),
        (("--tag=a=b", "--tags={}"), "--tags and --tag"),
        (("--tag=team",), '"team" is no tag; write key=value'),
        (("--clear=name",), "'name' is not one of"),
    ],
)
def test_update_refuses_what_makes_no_sense(cli: CommandLine, options: tuple[str, ...], words: str):
    outcome = cli("events", "update", "evt_1", *options)
    assert outcome.code == 2
    assert words in outcome.err


def test_delete_hides_restore_brings_back_history_tells_both(cli: CommandLine):
    sid = cli.event()["sid"]

    assert cli.done("events", "delete", sid, "--json").json == {"sid": sid, "deleted": True}
    assert cli("events", "delete", sid).code == 1
    gone = cli("events", "get", sid)
    assert (gone.code, gone.err) == (1, f"milepost: no event {sid}\n")
    assert cli.done("events", "restore", sid, "--json").json["sid"] == sid
    history = cli.done("events", "history", sid, "--json").json
    assert history["hasMore"] is False
    assert [change["kind"] for change in history["records"]] == ["restored", "deleted"]
    assert history["records"][1]["before"]["name"] == "v1"
    assert history["records"][1]["by"] == {"door": "cli", "token": None, "client": None}
    newest = cli.done("events", "history", sid, "--limit=1")
    assert f"--below-version {history['records'][0]['version']}" in newest.err
    older = cli.done("events", "history", sid, "--limit=1", "--json").json["nextBelowVersion"]
    assert (
        cli.done("events", "history", sid, f"--below-version={older}", "--json").json["records"]
        == history["records"][1:]
    )
    beyond = cli("events", "history", sid, f"--below-version={2**63}")
    assert (beyond.code, beyond.err) == (
        1,
        f"milepost: --below-version: {2**63} is beyond 64 bits; write it as a string\n",
    )
    assert "never changed" in cli.done("events", "history", cli.event()["sid"]).err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--type=release", "--name=x"), '--type: "release" is not one of deployment, incident'),
        (("--name=x",), "--type: it is missing"),
        (("--type=scale", "--name= "), '--name: " " is blank'),
        (("--type=scale", "--name=x", "--started-at=12345"), '--started-at: "12345" is not a time; write RFC 3339'),
        (("--type=scale", "--name=x", "--metadata=[1]"), '--metadata: "[1]" is not an object'),
        (("--type=scale", "--name=x", '--metadata={"a": 1e999}'), "--metadata"),
        (("--type=scale", "--name=x", "--bucket-sid=*", "--bucket-sid=b"), '--bucket-sid: "*" stands beside SIDs'),
        (("--type=scale", "--name=x", "--severity=X"), '--severity: "X" is not one of'),
        (("--type=scale", "--name=x", "--check={}"), "--check (id): it is missing"),
        (
            ("--type=scale", "--name=x", f"--check={'9' * 5_000}"),
            "--check: 5,000 digits came; at most 64 bits are taken",
        ),
        (("--type=scale", "--name=x", "--color=red"), "No such option '--color'"),
    ],
)
def test_wrong_options_are_wrong_usage_in_one_line_naming_the_option(
    cli: CommandLine, options: tuple[str, ...], words: str
):
    outcome = cli("events", "create", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("See: milepost events create --help\n")
    assert not cli.database.exists()


def test_what_only_the_store_can_refuse_is_a_failure_in_one_line(cli: CommandLine):
    cli.done("buckets", "create", "--name=checkout")
    unknown = cli("events", "create", "--type=scale", "--name=x", "--bucket-sid=cart")
    backwards = cli("events", "create", "--type=scale", "--name=x", "--ended-at=now-1d")
    damaged = cli("events", "list", "--cursor=abc")

    assert [outcome.code for outcome in (unknown, backwards, damaged)] == [1, 1, 1]
    assert unknown.err.startswith('milepost: --bucket-sid: "cart" is no bucket of this account; known: "checkout"')
    assert backwards.err.startswith("milepost: --ended-at: ")
    assert damaged.err.startswith("milepost: --cursor: it is damaged")


def test_a_taken_dedup_key_is_told_by_its_option(cli: CommandLine):
    cli.event("--dedup-key=one")
    other = cli.event("--dedup-key=two")
    outcome = cli("events", "update", other["sid"], "--dedup-key=one")
    assert outcome.code == 1
    assert outcome.err.startswith("milepost: --dedup-key: ")


def test_nothing_in_an_event_reaches_the_terminal_unescaped(cli: CommandLine):
    hostile = "a\x1b[2Jb\x9b31mc\u202ed\u2066e\rf\x07g\u2028h\x7f"
    record = cli.event(f"--name={hostile}\nsid  evt_fake", f"--description={hostile}\nsecond", f"--source={hostile}")
    shown = [
        cli.done("events", "list"),
        cli.done("events", "get", record["sid"]),
        cli.done("events", "get", record["sid"], "--json"),
        cli.done("events", "list", "--all", "--json"),
        cli("events", "create", f"--type={hostile}", "--name=x"),
    ]

    for outcome in shown:
        left = {char for char in outcome.out + outcome.err if not char.isprintable()}
        assert left <= {"\n"}, outcome
    assert not any(line.startswith("sid  evt_fake") for line in shown[1].out.splitlines())
    assert shown[2].json["name"] == f"{hostile}\nsid  evt_fake"
    assert "second" in shown[1].out.splitlines()[4]


def test_a_read_only_back_end_takes_no_writes(cli: CommandLine):
    cli.event()
    outcome = cli("events", "create", "--type=scale", "--name=x", "--read-only")
    assert (outcome.code, outcome.err) == (1, "milepost: this Milepost takes no writes\n")
    assert len(cli.done("events", "list", "--read-only", "--json").json["records"]) == 1
