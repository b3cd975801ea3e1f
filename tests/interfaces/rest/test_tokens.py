"""Tokens over REST: issued, masked, revoked."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from milepost.domain.instant import DAY, Instant, parse_instant
from milepost.domain.token import TokenKind, TokenScope, mask, well_formed
from tests.interfaces.http_world import GUARD_SECONDS
from tests.interfaces.rest.api import Api, fields_refused, issue, refused

KEYS = [
    "sid", "accountSid", "kind", "name", "token", "scopes", "bucketSids", "environmentSids", "isRevoked", "createdAt",
    "expiresAt", "revokedAt", "lastUsedAt", "isActive", "updatedAt",
]  # fmt: skip


@pytest.fixture(params=list(TokenKind), ids=str)
def kind(request: pytest.FixtureRequest) -> TokenKind:
    return request.param


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(kind: TokenKind, api: Api):
    path = f"{kind.value}Tokens"
    made = await api.post(path, {"name": "pipeline"})
    token = made.json()
    secret = token["token"]
    assert made.status_code == 201
    assert list(token) == KEYS
    assert well_formed(secret)
    assert secret.startswith(f"{kind.prefix}_")
    assert made.headers["cache-control"] == "no-store"
    assert made.headers["location"].endswith(f"/{path}/{token['sid']}")
    assert token["scopes"] == ["events:read"]
    assert (token["isActive"], token["isRevoked"]) == (True, False)

    holder = replace(api, secret=secret)
    assert (await holder.get("events")).status_code == 200
    shown = (await api.get(f"{path}/{token['sid']}")).json()
    assert shown == token | {"token": mask(secret), "lastUsedAt": shown["lastUsedAt"]}

    revoked = await api.delete(f"{path}/{token['sid']}")
    assert revoked.status_code == 200
    assert (revoked.json()["isActive"], revoked.json()["isRevoked"]) == (False, True)
    assert revoked.json()["updatedAt"] == revoked.json()["revokedAt"]
    assert refused(await holder.get("events"), 401) == []
    again = (await api.delete(f"{path}/{token['sid']}")).json()
    assert again == revoked.json() | {"lastUsedAt": again["lastUsedAt"]}
    assert secret not in revoked.text + (await api.get(path)).text


async def test_the_last_use_is_told(api: Api):
    token = (await api.post("apiTokens", {"name": "pipeline"})).json()
    assert token["lastUsedAt"] is None
    await replace(api, secret=token["token"]).get("events")
    with anyio.fail_after(GUARD_SECONDS):
        while (await api.get(f"apiTokens/{token['sid']}")).json()["lastUsedAt"] is None:
            await api.record()


async def test_tokens_are_listed_by_kind_newest_first_in_pages(kind: TokenKind, api: Api):
    path = f"{kind.value}Tokens"
    made = [(await api.post(path, {"name": str(number)})).json()["sid"] for number in range(5)]
    answer = await api.get(path, limit=2)
    found: list[str] = []
    while True:
        assert {token["kind"] for token in answer.json()["records"]} == {kind.value}
        found += [token["sid"] for token in answer.json()["records"]]
        if "next" not in answer.links:
            break
        answer = await api.get(answer.links["next"]["url"])
    assert set(made) <= set(found)
    assert len(found) == len(set(found))
    moments = [(await api.get(f"{path}/{sid}")).json()["createdAt"] for sid in found]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("cursor", ["?", "AAAA", "ZXZ0XzE", "w6Q"])
async def test_a_cursor_that_no_page_had_is_told(cursor: str, kind: TokenKind, api: Api):
    assert fields_refused(await api.get(f"{kind.value}Tokens", cursor=cursor)) == {"cursor"}


async def test_a_token_of_the_other_kind_is_not_found(api: Api):
    token = (await api.post("apiTokens", {"name": "pipeline"})).json()
    assert refused(await api.get(f"mcpTokens/{token['sid']}"), 404) == []
    assert refused(await api.delete(f"mcpTokens/{token['sid']}"), 404) == []
    assert (await api.get(f"apiTokens/{token['sid']}")).json()["isRevoked"] is False


async def test_scopes_places_and_end_are_as_asked_for(api: Api):
    asked = {
        "name": "pipeline",
        "scopes": ["events:write", "events:read"],
        "bucketSids": ["b2", "b1"],
        "environmentSids": ["*"],
        "expiresAt": "90d",
    }
    token = (await api.post("apiTokens", asked)).json()
    assert token["scopes"] == ["events:read", "events:write"]
    assert token["bucketSids"] == ["b1", "b2"]
    assert token["environmentSids"] == ["*"]
    lasts = parse_instant(token["expiresAt"], "") - parse_instant(token["createdAt"], "")
    assert abs(lasts - 90 * DAY) < 10_000
    later = (await api.post("apiTokens", asked | {"expiresAt": "2200-01-01T00:00:00+01:00"})).json()
    assert later["expiresAt"] == "2199-12-31T23:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"name"}),
        ({"name": " "}, {"name"}),
        ({"name": "x", "scopes": []}, {"scopes"}),
        ({"name": "x", "scopes": "events:read"}, {"scopes"}),
        ({"name": "x", "scopes": ["all"]}, {"scopes"}),
        ({"name": "x", "bucketSids": []}, {"bucketSids"}),
        ({"name": "x", "environmentSid": "prod01"}, {"environmentSid"}),
        ({"name": "x", "expiresAt": "soon"}, {"expiresAt"}),
        ({"name": "x", "expiresAt": "now-1d"}, {"expiresAt"}),
        ({"name": "x", "expiresAt": 5}, {"expiresAt"}),
        ({"name": "x", "token": "tok_x"}, {"token"}),
    ],
)
async def test_a_wrong_token_is_told(body: dict[str, object], named: set[str], kind: TokenKind, api: Api):
    assert fields_refused(await api.post(f"{kind.value}Tokens", body)) == named


async def test_no_token_issues_one_that_exceeds_it(api: Api):
    narrow = await api.with_token(TokenScope.EVENTS_READ, TokenScope.TOKENS_ADMIN, buckets=("b1",))
    assert refused(await narrow.post("apiTokens", {"name": "x", "scopes": ["events:write"]}), 403) == []
    assert refused(await narrow.post("apiTokens", {"name": "x", "bucketSids": ["*"]}), 403) == []
    assert (await narrow.post("apiTokens", {"name": "x"})).json()["bucketSids"] == ["b1"]
    soon = Instant((await issue(api.world)).token.created_at + DAY)
    short = await api.with_token(expires_at=soon)
    assert refused(await short.post("apiTokens", {"name": "x", "expiresAt": "2d"}), 403) == []


async def test_no_token_revokes_one_that_may_do_more(api: Api):
    narrow = await api.with_token(TokenScope.TOKENS_ADMIN)
    other = (await api.post("apiTokens", {"name": "x"})).json()["sid"]
    assert refused(await narrow.delete(f"apiTokens/{other}"), 403) == []
    assert (await api.get(f"apiTokens/{other}")).json()["isRevoked"] is False


async def test_only_an_administrator_handles_tokens(kind: TokenKind, api: Api):
    writer = await api.with_token(TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE)
    path = f"{kind.value}Tokens"
    for answer in (
        await writer.get(path),
        await writer.post(path, {"name": "x"}),
        await writer.get(f"{path}/tok_1"),
        await writer.delete(f"{path}/tok_1"),
    ):
        assert refused(answer, 403) == []
        assert "tokens:admin" in answer.json()["error"]["message"]
