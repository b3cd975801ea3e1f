"""The OpenAPI document and the page: complete, true, and standing alone."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from milepost.domain.errors import Invalid
from milepost.operations.bodies import read_strictly
from milepost.operations.openapi.refusals import REFUSALS, refusals_of
from milepost.operations.operation import AnyOperation
from milepost.operations.routes import OPENAPI_PATH, REFERENCE_PATH
from milepost.wire.event_input import EventBody
from tests.interfaces.http_world import free_port, http_world
from tests.interfaces.rest.api import DOCUMENT, OPERATIONS, Api, described, resolved, schema_problems

BY_NAME = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


async def test_the_document_is_served_to_everybody(tmp_path: Path):
    async with http_world(tmp_path) as world:
        answer = await world.client.get(OPENAPI_PATH)
        assert answer.headers["content-type"] == "application/json"
        document = answer.json()
        assert document["openapi"] == "3.1.1"
        assert document["paths"] == DOCUMENT["paths"]
        assert document["servers"] == [{"url": "/"}]
        assert (await world.client.post(OPENAPI_PATH)).status_code == 405


async def test_the_document_names_the_public_address(tmp_path: Path):
    async with http_world(tmp_path, public_url="https://milepost.example.com", port=str(free_port())) as world:
        assert (await world.client.get(OPENAPI_PATH)).json()["servers"] == [{"url": "https://milepost.example.com"}]


def test_operations_are_named_once():
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names) == 29
    routes = {(operation.method, operation.path) for operation in OPERATIONS}
    assert len(routes) == len(names)


def test_every_reference_leads_somewhere():
    references = [part for part in parts(DOCUMENT) if isinstance(part.get("$ref"), str)]
    assert references
    for part in references:
        assert resolved(part)


def test_nothing_is_told_that_no_operation_uses():
    used = {part["$ref"] for part in parts(DOCUMENT) if isinstance(part.get("$ref"), str)}
    kinds = ("schemas", "responses", "headers", "parameters")
    told = {f"#/components/{kind}/{name}" for kind in kinds for name in DOCUMENT["components"][kind]}
    assert told == used


def test_every_schema_is_one():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["description"] if "description" in schema else name.endswith(("Input", "Change", "Batch"))


@BY_NAME
def test_every_operation_tells_what_it_needs_and_all_that_it_answers(operation: AnyOperation):
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]
    assert told["summary"]
    assert f"Needs the scope `{operation.scope}`" in told["description"]
    always = {"400", "401", "403", "408", "413", "421", "429", "431", "500", "503"}
    assert always < told["responses"].keys()
    assert ("404" in told["responses"]) is ("{" in operation.path)
    assert ("415" in told["responses"]) is (operation.body is not None)
    writes = operation.method != "GET" and "Token" not in operation.name
    assert ("405" in told["responses"]) is writes
    for status, answer in told["responses"].items():
        headers = resolved(answer)["headers"]
        assert "X-Request-Id" in headers
        assert ("X-RateLimit-Remaining" in headers) is (status not in {"401", "421", "431"})


def test_every_operation_tells_where_it_takes_a_token():
    bearer = [{"token": []}]
    for path, item in DOCUMENT["paths"].items():
        places = [*bearer, {"basic": []}, {"ticket": []}] if path.startswith("/v3/") else bearer
        assert [told["security"] for method, told in item.items() if method != "parameters"] == [places] * (
            len(item) - 1
        )
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {name: (scheme["type"], scheme.get("scheme") or scheme["name"]) for name, scheme in schemes.items()} == {
        "token": ("http", "bearer"),
        "basic": ("http", "basic"),
        "ticket": ("apiKey", "auth_ticket"),
    }


@BY_NAME
def test_every_example_is_true(operation: AnyOperation):
    for told in operation.answers:
        assert (told.schema is None) is (told.example is None)
        if told.schema is not None and told.example is not None:
            assert schema_problems(told.schema, told.example()) == []
    if operation.body is not None:
        for example in operation.body.examples().values():
            operation.body.read(example)
            if operation.name != "createEvents":
                assert schema_problems(operation.body.name, example) == []


@BY_NAME
def test_every_parameter_and_field_tells_what_it_is(operation: AnyOperation):
    told = described(operation.method, re.sub(r"\{\w+\}", "x", operation.path))
    assert told is not None
    for parameter in told.get("parameters", []):
        assert resolved(parameter)["description"]
    if operation.body is not None and operation.name != "createEvents":
        for field in operation.body.schema()["properties"].values():
            assert field["description"]


def test_every_refusal_has_an_example():
    for refused in REFUSALS:
        answer = DOCUMENT["components"]["responses"][refused.name]
        example = answer["content"]["application/json"]["example"]
        assert schema_problems("Error", example) == []
        assert example["error"]["code"] == refused.code
    assert {item.status for operation in OPERATIONS for item in refusals_of(operation)} == {
        item.status for item in REFUSALS
    }


WRITTEN: list[dict[str, Any]] = [
    {"type": "scale", "name": "x"},
    {"type": "scale", "name": "x", "tags": {}, "metadata": {}, "bucketSids": ["*"], "startedAt": "now-5m"},
    {"type": "scale", "name": "x", "check": {"id": 2**63 - 1, "symbol": None}},
    {"type": "scale", "name": "x" * 256, "description": "", "source": "\u0007", "dedupKey": "x" * 256},
    {"type": "scale", "name": ""},
    {"type": "scale", "name": "\u00a0"},
    {"type": "scale", "name": "x", "bucketSids": []},
    {"type": "scale", "name": "x", "bucketSids": ["a", "a"]},
    {"type": "scale", "name": "x", "bucketSids": [str(number) for number in range(101)]},
    {"type": "scale", "name": "x", "source": "a\u0000"},
    {"type": "scale", "name": "x", "tags": {".a": ["b"]}},
    {"type": "scale", "name": "x", "tags": {"a": ["b", "b"]}},
    {"type": "scale", "name": "x", "tags": {"a": [" "]}},
    {"type": "scale", "name": "x", "check": {"id": 2**63}},
    {"type": "scale", "name": "x", "check": {"id": 1, "symbol": "x" * 257}},
    {"type": "scale", "name": "x", "startedAt": "2026-01-01"},
    {"type": "scale", "name": "x", "startedAt": "now+5m"},
    {"type": "scale", "name": "x", "other": 1},
    {"type": "scale", "name": "x", "metadata": "{}"},
    {"name": "x"},
]


@pytest.mark.parametrize("body", WRITTEN, ids=str)
def test_what_the_schema_takes_is_taken_and_what_it_refuses_is_refused(body: dict[str, Any]):
    try:
        read_strictly(EventBody, body)
    except Invalid:
        taken = False
    else:
        taken = True
    assert (schema_problems("EventInput", body) == []) is taken


class Page(HTMLParser):
    """What a page consists of."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src"}:
                self.addresses.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page_stands_alone(api: Api):
    answer = await api.world.client.get(REFERENCE_PATH)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert page.open == []
    assert page.tags.isdisjoint({"script", "img", "link", "iframe", "form", "object", "base"})
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    inside = {address[1:] for address in page.addresses if address.startswith("#")}
    assert inside <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {address for address in page.addresses if not address.startswith("#")} == {OPENAPI_PATH}


async def test_the_page_may_load_nothing_but_its_own_style(api: Api):
    answer = await api.world.client.get(REFERENCE_PATH)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    hashed = b64encode(sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert f"style-src 'sha256-{hashed}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_page_tells_of_every_operation_field_and_refusal(api: Api):
    text = (await api.world.client.get(REFERENCE_PATH)).text
    for operation in OPERATIONS:
        assert f'<article id="{operation.name}">' in text
        assert f"<code>{operation.path}</code>" in text
    for name in EventBody.model_json_schema(by_alias=True)["properties"]:
        assert f"<td><code>{name}</code></td>" in text
    for refused in REFUSALS:
        assert f'id="error-{refused.status}"' in text
