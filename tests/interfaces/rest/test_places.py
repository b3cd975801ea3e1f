"""Buckets and environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.domain.token import TokenScope
from tests.interfaces.rest.api import Api, fields_refused, refused, rest_api

KINDS = ("buckets", "environments")


@pytest.fixture(params=KINDS)
def many(request: pytest.FixtureRequest) -> str:
    return request.param


async def test_a_place_is_registered_found_changed_and_forgotten(many: str, api: Api):
    made = await api.post(many, {"name": "checkout", "labels": {"service": "checkout"}})
    place = made.json()
    assert made.status_code == 201
    assert list(place) == ["sid", "accountSid", "name", "labels", "createdAt", "updatedAt"]
    assert place["sid"].startswith("bkt_" if many == "buckets" else "env_")
    assert made.headers["location"].endswith(f"/v1/accounts/{api.account}/{many}/{place['sid']}")
    for name in (place["sid"], "checkout"):
        assert (await api.get(f"{many}/{name}")).json() == place
    changed = (await api.put(f"{many}/checkout", {"name": "check out"})).json()
    assert changed == place | {"name": "check out", "updatedAt": changed["updatedAt"]}
    assert (await api.put(f"{many}/check%20out", {"labels": None})).json()["labels"] == {}
    gone = await api.delete(f"{many}/{place['sid']}")
    assert (gone.status_code, gone.json()) == (200, {"sid": place["sid"], "deleted": True})
    for again in (
        await api.get(f"{many}/{place['sid']}"),
        await api.put(f"{many}/{place['sid']}", {}),
        await api.delete(f"{many}/{place['sid']}"),
    ):
        assert refused(again, 404) == []


async def test_a_place_may_bring_its_own_sid(many: str, api: Api):
    assert (await api.post(many, {"name": "production", "sid": "prod01"})).json()["sid"] == "prod01"
    assert refused(await api.post(many, {"name": "other", "sid": "prod01"}), 409) == []
    assert refused(await api.post(many, {"name": "production"}), 409) == []


async def test_places_are_listed_by_name_in_pages(many: str, api: Api):
    names = ["Ägypten", "alpha", "beta", "gamma", "Ω"]
    for name in reversed(names):
        await api.post(many, {"name": name})
    answer = await api.get(many, limit=2)
    found: list[str] = []
    while True:
        found += [place["name"] for place in answer.json()["records"]]
        if "next" not in answer.links:
            break
        answer = await api.get(answer.links["next"]["url"])
    assert found == sorted(names)
    assert refused(await api.get(many, cursor="?"), 400)[0]["field"] == "cursor"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"name"}),
        ({"name": "*"}, {"name"}),
        ({"name": ""}, {"name"}),
        ({"name": "x" * 129}, {"name"}),
        ({"name": "x", "labels": ["a"]}, {"labels"}),
        ({"name": "x", "labels": {"a": 1}}, {"labels.a"}),
        ({"name": "x", "labels": {str(number): "" for number in range(51)}}, {"labels"}),
        ({"name": "x", "sid": "a b"}, {"sid"}),
        ({"name": "x", "label": {}}, {"label"}),
    ],
)
async def test_a_wrong_place_is_told(body: dict[str, object], named: set[str], many: str, api: Api):
    assert fields_refused(await api.post(many, body)) == named


async def test_a_name_can_not_be_cleared(many: str, api: Api):
    await api.post(many, {"name": "checkout"})
    assert fields_refused(await api.put(f"{many}/checkout", {"name": None})) == {"name"}
    await api.post(many, {"name": "other"})
    assert refused(await api.put(f"{many}/checkout", {"name": "other"}), 409) == []


async def test_only_an_administrator_changes_which_there_are(many: str, api: Api):
    await api.post(many, {"name": "checkout"})
    writer = await api.with_token(TokenScope.EVENTS_READ, TokenScope.EVENTS_WRITE)
    assert (await writer.get(f"{many}/checkout")).status_code == 200
    for answer in (
        await writer.post(many, {"name": "x"}),
        await writer.put(f"{many}/checkout", {}),
        await writer.delete(f"{many}/checkout"),
    ):
        assert refused(answer, 403) == []
        assert "tokens:admin" in answer.json()["error"]["message"]
        assert 'scope="tokens:admin"' in answer.headers["www-authenticate"]


async def test_a_restricted_token_sees_its_own_and_changes_none(api: Api):
    mine = (await api.post("buckets", {"name": "mine"})).json()
    await api.post("buckets", {"name": "other"})
    restricted = await api.with_token(buckets=(mine["sid"],))
    assert [place["name"] for place in (await restricted.get("buckets")).json()["records"]] == ["mine"]
    assert refused(await restricted.get("buckets/other"), 404) == []
    assert refused(await restricted.post("buckets", {"name": "new"}), 403) == []


async def test_a_read_only_milepost_registers_nothing(tmp_path: Path):
    async with rest_api(tmp_path) as api:
        await api.post("buckets", {"name": "checkout"})
    async with rest_api(tmp_path, read_only="1") as api:
        assert (await api.get("buckets/checkout")).status_code == 200
        for answer in (
            await api.post("buckets", {"name": "x"}),
            await api.put("buckets/checkout", {"name": "x"}),
            await api.delete("buckets/checkout"),
        ):
            assert refused(answer, 405) == []
            assert answer.headers["allow"] == "GET, HEAD"
