"""`milepost export` and `milepost import`."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from milepost.cli.archive import NAMED_LINES
from milepost.cli.batches import BATCH_LINES
from tests.interfaces.command_line import CommandLine, event_lines


@pytest.fixture
def filled(cli: CommandLine) -> CommandLine:
    """A store with something of everything, in two accounts."""
    for name in ("shop", "bank"):
        cli.done("accounts", "create", name)
    here = "--account=shop"
    cli.done("buckets", "create", "--name=web", "--label=service=web", here)
    cli.done("environments", "create", "--name=prod", here)
    cli.done("tokens", "create", "--kind=mcp", "--name=claude", "--bucket-sid=web", "--expires=90d", here)
    kept = cli.event("--bucket-sid=web", "--tag=team=payments", "--dedup-key=k", '--metadata={"z":1,"a":2}', here)
    gone = cli.event("--type=incident", "--name=Ünïcode \x1b\u202e", "--started-at=now-3d", here)
    cli.done("events", "update", kept["sid"], "--name=v2", here)
    cli.done("events", "delete", gone["sid"], here)
    cli.event("--account=bank")
    return cli


def exported(cli: CommandLine, *options: str) -> list[dict[str, Any]]:
    lines = cli.done("export", "-", *options).out.splitlines()
    return [json.loads(line) for line in lines]


def test_an_export_taken_in_elsewhere_exports_the_same(filled: CommandLine, tmp_path: Path):
    before = filled.done("export", "-").out
    filled.use(tmp_path / "other.db")
    imported = filled.done("import", "-", typed=before)

    assert filled.done("export", "-").out == before
    assert imported.out == f"imported {len(before.splitlines()) - 1} entries; 0 were there already\n"


def test_an_export_holds_everything_whatever_it_needs_first(filled: CommandLine):
    kinds = [next(iter(line)) for line in exported(filled)]
    assert kinds[0] == "milepost"
    assert set(kinds) == {"milepost", "account", "bucket", "environment", "token", "tag", "event", "history"}
    order = ["milepost", "account", "bucket", "environment", "token", "tag", "event", "history"]
    firsts = [kinds.index(kind) for kind in order]
    assert firsts[0] < firsts[1] < min(firsts[2:4]) < firsts[4] < firsts[6] < firsts[7]


def test_an_account_may_be_exported_alone(filled: CommandLine):
    [shop, _] = filled.done("accounts", "list", "--json").json
    for line in exported(filled, "--account=shop")[1:]:
        [(kind, record)] = line.items()
        assert record["sid" if kind == "account" else "accountSid"] == shop["sid"]


def test_a_token_goes_on_working_where_it_is_taken_in(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    secret = cli.done("tokens", "create", "--kind=mcp", "--name=claude").out.strip()
    everything = cli.done("export", "-").out
    assert secret not in everything
    cli.use(tmp_path / "other.db")
    cli.done("import", "-", typed=everything)
    monkeypatch.setenv("MILEPOST_MCP_TOKEN", secret)
    assert '"claude" is good' in cli("doctor", "--port=0").out


def test_the_file_is_readable_by_its_owner_alone_and_appears_whole(filled: CommandLine, tmp_path: Path):
    file = tmp_path / "all.jsonl"
    file.write_text("something older")
    file.chmod(0o644)
    outcome = filled.done("export", str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == filled.done("export", "-").out
    assert outcome.out == ""
    assert outcome.err.startswith("exported ")
    assert [item.name for item in tmp_path.iterdir() if "jsonl" in item.name] == ["all.jsonl"]


def test_importing_again_changes_nothing(filled: CommandLine):
    before = filled.done("export", "-").out
    again = filled.done("import", "-", typed=before)
    assert again.out == f"imported 0 entries; {len(before.splitlines()) - 1} were there already\n"
    assert filled.done("export", "-").out == before


def test_a_wrong_line_ends_the_import_and_nothing_of_its_batch_was_taken(cli: CommandLine):
    lines = event_lines(BATCH_LINES + 50)
    lines[BATCH_LINES + 20] = lines[BATCH_LINES + 20].replace('"scale"', '"release"')
    outcome = cli("import", "-", typed="\n".join(lines))

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f'milepost: line {BATCH_LINES + 21:,}: event.type: "release" is not one of deployment, incident, config_change, '
        f"scale, custom; {BATCH_LINES:,} entries before were taken ({BATCH_LINES:,} of them new)\n"
    )
    assert len(cli.done("events", "list", "--all", "--json").json["records"]) == BATCH_LINES - 1


def test_a_mended_file_is_taken_in_from_where_it_stopped(cli: CommandLine):
    lines = event_lines(BATCH_LINES + 50)
    cli("import", "-", typed="\n".join([*lines[:-1], "{"]))
    mended = cli.done("import", "-", typed="\n".join(lines))
    assert mended.out == f"imported 51 entries; {BATCH_LINES:,} were there already\n"


def test_a_name_that_is_taken_ends_the_import_naming_the_lines(cli: CommandLine):
    cli.done("accounts", "create", "one")
    outcome = cli("import", "-", typed="\n".join(event_lines(2)))
    assert outcome.code == 1
    assert outcome.err.startswith("milepost: one of lines 1-3: name: ")
    assert outcome.err.endswith("nothing was taken; a file of its own takes it: write another --backend\n")
    assert len(cli.done("accounts", "list", "--json").json) == 1


def test_a_conflict_far_into_a_batch_names_few_lines_and_those_before_were_taken(cli: CommandLine):
    lines = event_lines(3 * NAMED_LINES)
    twice = NAMED_LINES + 20
    for index in (3, twice):
        lines[index] = lines[index].replace('"accountSid"', '"dedupKey": "k", "accountSid"')
    outcome = cli("import", "-", typed="\n".join(lines))

    assert outcome.err.startswith(
        f"milepost: one of lines {NAMED_LINES + 1}-{2 * NAMED_LINES:,}: dedupKey: another event"
    )
    assert f"{NAMED_LINES} entries before were taken ({NAMED_LINES} of them new)" in outcome.err
    assert len(cli.done("events", "list", "--all", "--json").json["records"]) == NAMED_LINES - 1


def test_what_a_person_wrote_is_taken_in(cli: CommandLine):
    typed = "\n\n".join(event_lines(1, bucketSids=["checkout"], metadata={"b": 1, "a": 2}))
    assert cli.done("import", "-", typed=typed).out == "imported 2 entries; 0 were there already\n"
    [record] = cli.done("events", "list", "--json").json["records"]
    assert record["sid"] == "evt_0"
    assert record["bucketSids"] == ["checkout"]
    assert record["environmentSids"] == ["*"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (b"{", "line 1: it is no JSON"),
        (b'\n{"evnt": {}}', 'line 2: "evnt" is not one of milepost, account'),
        (b'{"milepost": {"format": 2}}', "line 1: milepost.format: 2 is not 1"),
        (b"x" * 1_100_000, "line 1: the line has more than 1,048,576 bytes"),
        (b'{"event": {"sid": "\xff"}}', "line 1: it is no JSON"),
        (b'{"event":{},"event":{}}\n', 'line 1: it is no JSON (the key "event" comes twice)'),
        (
            b'{"milepost":{"format":18446744073709551616}}\n',
            "line 1: milepost.format: 18446744073709551616 is beyond 64",
        ),
    ],
)
def test_what_is_no_export_is_refused(cli: CommandLine, typed: bytes, words: str):
    outcome = cli("import", "-", typed=typed)
    assert outcome.code == 1
    assert outcome.err.startswith(f"milepost: {words}")
    assert outcome.err.count("\n") == 1


def test_files_out_of_reach_are_told(cli: CommandLine, tmp_path: Path):
    absent = tmp_path / "absent"
    assert cli("import", str(absent)).err == f"milepost: can't read {absent}: No such file or directory\n"
    target = absent / "all.jsonl"
    assert cli("export", str(target)).err == f"milepost: can't write {target}: No such file or directory\n"
