"""The page: what all operations share, then each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any, cast

from milepost.domain.text import LARGEST_INTEGER
from milepost.operations.openapi.document import ABOUT
from milepost.operations.openapi.headers import CONDITIONS
from milepost.operations.openapi.refusals import REFUSALS, refusals_of
from milepost.operations.openapi.schemas import ERRORS, Schema
from milepost.operations.openapi.sign_in import SCHEMES
from milepost.operations.operation import AnyOperation, Body, Told
from milepost.operations.reference.markup import code, folded, json_block, paragraphs, prose, table
from milepost.operations.reference.style import STYLE
from milepost.operations.table import OperationTable
from milepost.wire.full_schema import full_schema

Groups = Sequence[tuple[str, Sequence[AnyOperation]]]


def reference_page(tables: Sequence[OperationTable], version: str) -> str:
    """The whole page as HTML."""
    groups = [group for door in tables for group in _groups(door)]
    sections = "".join(_section(door, *group) for door in tables for group in _groups(door))
    records = {name: schema for door in tables for name, schema in door.records.items()}
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Milepost API</title><style>{STYLE}</style></head><body><header><h1>Milepost API</h1>"
        f'<p class="faint">Version {escape(version)}. For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).'
        f"</p></header>{_navigation(groups)}<main>{paragraphs(ABOUT)}{sections}{_refusals()}{_records({**records, **ERRORS})}"
        "</main></body></html>"
    )


def _groups(door: OperationTable) -> Groups:
    return [(name, list(members)) for name, members in groupby(door.operations, lambda operation: operation.group)]


def _navigation(groups: Groups) -> str:
    lists = "".join(_links(name, map(_link, members)) for name, members in groups)
    shared = ('<a href="#errors">Errors</a>', '<a href="#records">Records</a>')
    return f'<nav aria-label="Operations">{lists}{_links("All", shared)}</nav>'


def _links(group: str, links: Iterable[str]) -> str:
    return f"<div><h2>{escape(group)}</h2><ul>{''.join(f'<li>{link}</li>' for link in links)}</ul></div>"


def _link(operation: AnyOperation) -> str:
    return f'<a href="#{operation.name}">{prose(operation.summary)}</a>'


def _section(door: OperationTable, group: str, operations: Sequence[AnyOperation]) -> str:
    articles = "".join(map(_article, operations))
    return f"<section><h2>{escape(group)}</h2>{_signing_in(door)}{articles}</section>"


def _signing_in(door: OperationTable) -> str:
    """Where the token goes, if there is more than the one place that is told above for all."""
    if len(door.credentials) == 1:
        return ""
    rows = [[prose(place.how), prose(SCHEMES[place.name]["description"])] for place in door.credentials]
    return f"<h4>Signing in</h4>{table(('the token as', 'meaning'), rows)}"


def _article(operation: AnyOperation) -> str:
    method = f'<span class="method {operation.method}">{operation.method}</span>'
    parts = [
        f'<article id="{operation.name}"><h3>{prose(operation.summary)}</h3>',
        f'<p class="route">{method} {code(operation.path)}</p>',
        paragraphs(operation.description),
        f'<p class="faint">Needs the scope {code(operation.scope)}.</p>',
        _parameters(operation),
        "" if operation.body is None else _body(operation.body),
        f"<h4>Answers</h4>{''.join(map(_answer, operation.answers))}",
        _refused(operation),
        "</article>",
    ]
    return "".join(parts)


def _parameters(operation: AnyOperation) -> str:
    rows: list[list[str]] = []
    if operation.parameters is not None:
        properties: Schema = full_schema(operation.parameters, frozenset[str]())["properties"]
        rows = [[code(name), _kind(schema), _about(schema)] for name, schema in properties.items()]
    for name in operation.conditions:
        rows.append([code(name), "header", prose(CONDITIONS[name]["description"])])
    return f"<h4>Parameters</h4>{table(('name', 'type', 'meaning'), rows)}" if rows else ""


def _body(body: Body[Any]) -> str:
    schema = body.schema()
    required: list[str] = schema.get("required", [])
    rows = [
        [code(name), f"{_kind(field)}{', required' if name in required else ''}", _about(field)]
        for name, field in schema["properties"].items()
    ]
    examples = "".join(json_block(example) for example in body.examples().values())
    return f"<h4>Body</h4>{table(('field', 'type', 'meaning'), rows)}{folded('Examples', examples)}"


def _answer(told: Told) -> str:
    what = f' <a href="#record-{told.schema}">{told.schema}</a>' if told.schema else ""
    line = f"<p><strong>{told.status}</strong> {prose(told.description)}.{what}{_with(told.headers)}</p>"
    return line + (folded("Example", json_block(told.example())) if told.example else "")


def _with(headers: Sequence[str]) -> str:
    return f' <span class="faint">with</span> {", ".join(map(code, headers))}' if headers else ""


def _refused(operation: AnyOperation) -> str:
    links = ", ".join(f'<a href="#error-{item.status}">{item.status}</a>' for item in refusals_of(operation))
    return f'<p class="faint">Errors: {links}.</p>'


def _refusals() -> str:
    rows = [
        [
            f'<span id="error-{item.status}">{item.status}</span>',
            code(item.code),
            f"{prose(item.when)}{';' if item.headers else ''}{_with(item.headers)}",
        ]
        for item in REFUSALS
    ]
    error = {"code": "VALIDATION_ERROR", "message": "…", "details": [{"field": "…", "message": "…"}]}
    example = json_block({"success": False, "error": error})
    return f'<section id="errors"><h2>Errors</h2>{example}{table(("status", "code", "when"), rows)}</section>'


def _records(records: Mapping[str, Schema]) -> str:
    shown = "".join(
        f'<article id="record-{name}"><h3>{name}</h3><p>{prose(schema["description"])}.</p>{_fields(schema)}</article>'
        for name, schema in records.items()
    )
    return f'<section id="records"><h2>Records</h2>{shown}</section>'


def _fields(schema: Schema) -> str:
    if schema["type"] == "array":
        return f"<p>{_kind(schema, linked=True)}</p>"
    rows = [[code(name), _kind(field, linked=True), _about(field)] for name, field in schema["properties"].items()]
    return table(("field", "type", "meaning"), rows)


def _kind(schema: Schema, *, linked: bool = False) -> str:
    """The type in words: `string or null`, `list of string`. Records are `linked` to where they are told of, bodies aren't."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#record-{name}">{name}</a>' if linked else code(name)
    if "anyOf" in schema:
        return " or ".join(_kind(item, linked=linked) for item in schema["anyOf"])
    if "const" in schema:
        return code(str(schema["const"]).lower())
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema['items'], linked=linked)}"
    return " or ".join(cast("list[str]", kind)) if isinstance(kind, list) else str(kind)


def _about(schema: Schema) -> str:
    """The description, the values that are taken, the limits and an example."""
    inner: Schema = next((item for item in schema.get("anyOf", ()) if item.get("type") != "null"), schema)
    parts = [prose(schema["description"])] if "description" in schema else []
    values = inner.get("enum") or inner.get("items", {}).get("enum")
    if values:
        parts.append(", ".join(code(str(value)) for value in values if value is not None))
    if "maxLength" in inner:
        parts.append(f"up to {inner['maxLength']:,} characters")
    if "minimum" in inner and inner.get("maximum", LARGEST_INTEGER) < LARGEST_INTEGER:
        parts.append(f"{inner['minimum']:,} to {inner['maximum']:,}")
    if "default" in inner:
        parts.append(f"default {code(str(inner['default']))}")
    if examples := schema.get("examples"):
        parts.append(f"e.g. {' or '.join(_example(value) for value in examples)}")
    return "; ".join(parts)


def _example(value: object) -> str:
    return code(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
