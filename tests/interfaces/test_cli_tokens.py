"""`milepost tokens`."""

import json
import re
from typing import Any

import pytest

from milepost.domain.errors import Invalid
from milepost.domain.instant import DAY, WEEK, Instant, parse_instant
from milepost.domain.token import hash_secret, mask, parse_expiry, well_formed
from tests.interfaces.command_line import CommandLine

CREATE = ("tokens", "create", "--kind=mcp", "--name=claude")


def test_create_prints_the_token_alone_so_that_a_script_can_take_it(cli: CommandLine):
    outcome = cli.done(*CREATE)
    assert well_formed(outcome.out.strip())
    assert outcome.out.startswith("mcp_")
    assert "events:read" in outcome.err
    assert outcome.out.strip() not in outcome.err


def test_create_with_json_names_sid_account_and_token(cli: CommandLine):
    created = cli.done(*CREATE, "--json").json
    assert {"sid", "accountSid", "token"} <= set(created)
    assert well_formed(created["token"])
    assert re.fullmatch(r"mcp_[0-9A-Za-z]{27}", created["sid"])


def test_a_token_reads_only_unless_more_is_asked_for(cli: CommandLine):
    assert cli.done(*CREATE, "--json").json["scopes"] == ["events:read"]
    more = cli.done(*CREATE, "--scope=events:read", "--scope=events:write", "--json").json
    assert more["scopes"] == ["events:read", "events:write"]


def test_restrictions_and_an_end_are_kept(cli: CommandLine):
    cli.done("buckets", "create", "--name=checkout", "--sid=bkt_checkout")
    created = cli.done(
        *CREATE,
        "--bucket-sid=checkout",
        "--environment-sid=prod01",
        "--environment-sid=prod02",
        "--expires=90d",
        "--json",
    ).json
    assert created["bucketSids"] == ["bkt_checkout"]
    assert created["environmentSids"] == ["prod01", "prod02"]
    lifetime = parse_instant(created["expiresAt"], "") - parse_instant(created["createdAt"], "")
    assert abs(lifetime - 90 * DAY) < 1_000


def test_list_shows_tokens_masked_and_newest_first(cli: CommandLine):
    secrets = [cli.done(*CREATE).out.strip() for _ in range(2)]
    api: dict[str, Any] = cli.done("tokens", "create", "--kind=api", "--name=ci", "--json").json
    listed = cli.done("tokens", "list", "--json").json
    table = cli.done("tokens", "list").out

    assert [record["token"] for record in listed] == [mask(api["token"]), mask(secrets[1]), mask(secrets[0])]
    assert [record["sid"] for record in cli.done("tokens", "list", "--kind=api", "--json").json] == [api["sid"]]
    assert not any(secret in table for secret in secrets)
    assert mask(secrets[0]) in table


def test_list_shows_every_token_however_many(cli: CommandLine):
    cli.done(*CREATE)
    lines = cli.done("export", "-").out.splitlines()
    token = json.loads(lines[-1])["token"]
    names = {f"token {index}" for index in range(250)}
    for index, name in enumerate(names):
        copy = token | {"sid": f"mcp_{index}", "name": name, "sha256": f"{index:064x}"}
        lines.append(json.dumps({"token": copy}))
    cli.done("import", "-", typed="\n".join(lines))

    assert {record["name"] for record in cli.done("tokens", "list", "--json").json} == names | {"claude"}


def test_revoke_ends_a_token(cli: CommandLine):
    created = cli.done(*CREATE, "--json").json
    revoked = cli.done("tokens", "revoke", created["sid"], "--json").json
    assert revoked["isRevoked"] is True
    assert revoked["revokedAt"] is not None
    assert revoked["token"] == mask(created["token"])
    assert "revoked 2" in cli.done("tokens", "list").out
    unknown = cli("tokens", "revoke", "mcp_unknown")
    assert (unknown.code, unknown.err) == (1, "milepost: no token mcp_unknown\n")


def test_only_a_hash_is_stored(cli: CommandLine):
    secret = cli.done(*CREATE).out.strip()
    stored = b"".join(file.read_bytes() for file in cli.database.parent.iterdir() if file.is_file())
    assert secret.encode() not in stored
    assert hash_secret(secret) in stored


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--kind=web", "--name=x"), 2, "'web' is not one of"),
        (("--kind=mcp",), 2, "Missing option '--name'"),
        (("--kind=mcp", "--name= "), 2, '--name: " " is blank'),
        (("--kind=mcp", "--name=x", "--scope=all"), 2, '--scope: "all" is not one of events:read'),
        (("--kind=mcp", "--name=x", "--expires=soon"), 2, '--expires: "soon" is neither; write a duration such as 90d'),
        (("--kind=mcp", "--name=x", "--expires=400000d"), 2, '--expires: "400000d" is no span of time; write one such'),
        (
            ("--kind=mcp", "--name=x", "--expires=2020-01-01T00:00:00Z"),
            1,
            "--expires: 2020-01-01T00:00:00.000Z is over",
        ),
    ],
)
def test_create_refuses_in_one_line(cli: CommandLine, options: tuple[str, ...], code: int, words: str):
    outcome = cli("tokens", "create", *options)
    assert (outcome.code, outcome.out) == (code, "")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1


def test_an_expiry_is_a_duration_or_a_moment():
    now = Instant(1_000_000)
    assert parse_expiry("2w").at(now) == now + 2 * WEEK
    assert parse_expiry("1970-01-02T00:00:00Z").at(now) == DAY
    with pytest.raises(Invalid):
        parse_expiry("90")
