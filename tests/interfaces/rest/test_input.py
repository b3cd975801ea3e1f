"""What is sent: bodies and parameters, and what is said of those that can't be taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from milepost.interfaces.rest.batch import LARGEST_BATCH_BYTES
from milepost.middleware.body_limit import LARGEST_BODY_BYTES
from milepost.wire.query_string import MOST_PARAMETERS
from tests.interfaces.rest.api import DEPLOYMENT, Api, fields_refused, refused

JSON = {"content-type": "application/json"}

NO_JSON = {
    "nothing": b"",
    "blank": b"  ",
    "half": b'{"type": "deployment"',
    "two": b"{} {}",
    "NaN": b'{"type": "deployment", "name": "x", "metadata": {"n": NaN}}',
    "infinity": b'{"type": "deployment", "name": "x", "metadata": {"n": -Infinity}}',
    "a key twice": b'{"type": "deployment", "name": "x", "name": "y"}',
    "a key twice deep inside": b'{"type": "deployment", "name": "x", "metadata": {"a": {"b": 1, "b": 1}}}',
    "Latin-1": '{"type": "deployment", "name": "é"}'.encode("latin-1"),
    "UTF-16": '{"type": "deployment", "name": "x"}'.encode("utf-16"),
    "too deep": b'{"metadata": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "endless digits": b'{"metadata": {"n": ' + b"9" * 5_000 + b"}}",
    "a comment": b'{"type": "deployment" /* why */}',
    "single quotes": b"{'type': 'deployment'}",
}
NO_OBJECT = [b"null", b"[]", b'"x"', b"5", b"true"]


@pytest.mark.parametrize("body", NO_JSON.values(), ids=list(NO_JSON))
async def test_what_is_no_json_is_told(body: bytes, api: Api):
    answer = await api.send("POST", "events", JSON, content=body)
    assert fields_refused(answer) == {""}
    assert "body" in answer.json()["error"]["message"]
    assert await api.found() == []


@pytest.mark.parametrize("body", NO_OBJECT)
@pytest.mark.parametrize("path", ["events", "events:batch", "buckets", "apiTokens"])
async def test_what_is_no_object_is_told(body: bytes, path: str, api: Api):
    assert fields_refused(await api.send("POST", path, JSON, content=body)) == {""}


async def test_a_byte_order_mark_is_no_hindrance(api: Api):
    body = json.dumps(DEPLOYMENT).encode("utf-8-sig")
    assert (await api.send("POST", "events", JSON, content=body)).status_code == 201


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ('{"n": 9223372036854775808}', "metadata.n"),
        ('{"n": -9223372036854775809}', "metadata.n"),
        ('{"n": 1e400}', "metadata.n"),
        ('{"s": "\\u0000"}', "metadata.s"),
        ('{"s": "\\ud800"}', "metadata.s"),
        ('{"\\u0000": 1}', "metadata"),
        ('{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}', "metadata.a.b.c.d.e.f.g.h"),
        (json.dumps({"s": "x" * 16_384}), "metadata"),
    ],
)
async def test_json_that_can_not_be_kept_is_told_where_it_is(metadata: str, field: str, api: Api):
    body = f'{{"type": "deployment", "name": "x", "metadata": {metadata}}}'
    assert fields_refused(await api.send("POST", "events", JSON, content=body.encode())) == {field}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"type": "deploy"}, {"type"}),
        ({"type": None, "name": None}, {"type", "name"}),
        ({"type": 5, "name": ["x"]}, {"type", "name"}),
        ({"name": " "}, {"name"}),
        ({"name": "x" * 257}, {"name"}),
        ({"description": "x" * 8_193, "source": "x" * 129}, {"description", "source"}),
        ({"metadata": "{}"}, {"metadata"}),
        ({"metadata": []}, {"metadata"}),
        ({"bucketSids": "checkout"}, {"bucketSids"}),
        ({"bucketSids": []}, {"bucketSids"}),
        ({"bucketSids": ["*", "b"], "environmentSids": ["e", "e"]}, {"bucketSids", "environmentSids"}),
        ({"bucketSids": [5, None]}, {"bucketSids[0]"}),
        ({"bucketSids": ["a b"]}, {"bucketSids[0]"}),
        ({"startedAt": 1_768_487_400_000}, {"startedAt"}),
        ({"startedAt": "yesterday", "endedAt": "2026-02-30T00:00:00Z"}, {"startedAt", "endedAt"}),
        ({"severity": "X"}, {"severity"}),
        ({"severity": "EF"}, {"severity"}),
        ({"tags": {"team": "payments"}}, {"tags.team"}),
        ({"tags": {"team": []}}, {"tags.team"}),
        ({"tags": {"a~b": ["c"]}}, {"tags"}),
        ({"tags": {"team": ["a", 5]}}, {"tags.team[1]"}),
        ({"check": {"symbol": "login"}}, {"check.id"}),
        ({"check": {"id": "42"}}, {"check.id"}),
        ({"check": {"id": 1, "name": "x"}}, {"check.name"}),
        ({"dedupKey": ""}, {"dedupKey"}),
        ({"eventType": "x", "nmae": "y"}, {"eventType", "nmae"}),
        ({"sid": "evt_1", "accountSid": "acc_1", "createdBy": None}, {"sid", "accountSid", "createdBy"}),
        ({"startedAt": "2026-01-02T00:00:00Z", "endedAt": "2026-01-01T00:00:00Z"}, {"endedAt"}),
    ],
    ids=",".join,
)
async def test_each_wrong_field_is_named(fields: dict[str, Any], named: set[str], api: Api):
    answer = await api.post("events", DEPLOYMENT | fields)
    assert fields_refused(answer) == named
    for problem in answer.json()["error"]["details"]:
        assert problem["message"] in answer.json()["error"]["message"]
    assert await api.found() == []


async def test_a_misspelt_field_is_set_right(api: Api):
    details = refused(await api.post("events", DEPLOYMENT | {"started_at": "now"}), 400)
    assert "did you mean startedAt?" in details[0]["message"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
@pytest.mark.parametrize(("method", "path"), [("POST", "events"), ("PUT", "events/evt_1"), ("POST", "events:batch")])
async def test_what_is_not_said_to_be_json_is_not_read(kind: str | None, method: str, path: str, api: Api):
    headers = {} if kind is None else {"content-type": kind}
    assert refused(await api.send(method, path, headers, content=json.dumps(DEPLOYMENT)), 415) == []


async def test_a_charset_beside_the_type_is_no_hindrance(api: Api):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await api.send("POST", "events", headers, content=json.dumps(DEPLOYMENT))).status_code == 201


async def test_a_compressed_body_is_told_to_come_as_it_is(api: Api):
    answer = await api.send("POST", "events", JSON | {"content-encoding": "gzip"}, content=b"\x1f\x8b")
    assert refused(answer, 415) == []


async def test_bodies_have_their_largest_size(api: Api):
    body = json.dumps(DEPLOYMENT).ljust(LARGEST_BODY_BYTES)
    assert (await api.send("POST", "events", JSON, content=body)).status_code == 201
    assert refused(await api.send("POST", "events", JSON, content=body + " "), 413)
    batch = json.dumps({"events": [DEPLOYMENT]}).ljust(LARGEST_BATCH_BYTES)
    assert (await api.send("POST", "events:batch", JSON, content=batch)).status_code == 200
    assert refused(await api.send("POST", "events:batch", JSON, content=batch + " "), 413)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", {"limit"}),
        ("limit=101", {"limit"}),
        ("limit=", {"limit"}),
        ("limit=5&limit=6", {"limit"}),
        ("source=a&source=b&cursor=c&cursor=d", {"source", "cursor"}),
        ("type=deploy", {"type"}),
        ("type=", {"type"}),
        ("startTime=5", {"startTime"}),
        ("endTime=tomorrow&startTime=", {"startTime", "endTime"}),
        ("ongoing=maybe", {"ongoing"}),
        ("severity=Q", {"severity"}),
        ("checkId=x", {"checkId"}),
        ("message=ab", {"message"}),
        ("includeTag=~", {"includeTag"}),
        ("includeTagOp=xor", {"includeTagOp"}),
        ("cursor=AAAA", {"cursor"}),
        ("bucket=x&Limit=5", {"bucket", "Limit"}),
        ("bucketSid=a%20b", {"bucketSid"}),
        ("%00=1", {"\\x00"}),
        ("source=%FF", {""}),
        ("&".join(["type=scale"] * (MOST_PARAMETERS + 1)), {""}),
        ("&".join(["type=scale"] * 6), {"type"}),
        ("&".join(["includeTag=a"] * 21), {"includeTag"}),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
async def test_each_wrong_parameter_is_named(query: str, named: set[str], api: Api):
    assert fields_refused(await api.get(f"events?{query}")) == named


async def test_an_unknown_parameter_is_told_the_known_ones(api: Api):
    details = refused(await api.get("events?bucket_sid=x"), 400)
    assert "did you mean bucketSid?" in details[0]["message"]
    assert "includeTagOp" in details[0]["message"]


async def test_where_no_parameter_does_anything_none_is_taken(api: Api):
    sid = (await api.record())["sid"]
    for method, path in (("GET", f"events/{sid}"), ("DELETE", f"events/{sid}"), ("POST", f"events/{sid}/restore")):
        assert fields_refused(await api.send(method, f"{path}?ifMatch=3")) == {"ifMatch"}
    assert (await api.get(f"events/{sid}")).status_code == 200


async def test_a_plus_that_was_not_escaped_is_still_an_offset(api: Api):
    await api.record(startedAt="2026-01-15T13:00:00Z")
    for written in ("+", "%2B"):
        assert await api.found() == ["v1"]
        window = f"startTime=2026-01-15T13:59:00{written}01:00&endTime=2026-01-15T14:01:00.5{written}01:00"
        answer = await api.get(f"events?{window}")
        assert [record["name"] for record in answer.json()["records"]] == ["v1"]
    assert await api.found(startTime="2026-01-15 12:59:00", endTime="2026-01-15 13:01:00") == ["v1"]


async def test_a_registered_place_may_be_called_by_its_name(api: Api):
    bucket = (await api.post("buckets", {"name": "check out"})).json()
    assert (await api.record(bucketSids=["check out"]))["bucketSids"] == [bucket["sid"]]
    assert await api.found(bucketSid="check out") == ["v1"]
    details = refused(await api.get("events", bucketSid="elsewhere"), 400)
    assert "check out" in details[0]["message"]
