"""The page: what all operations share, then each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Any, cast

from milepost.domain.text import LARGEST_INTEGER
from milepost.interfaces.rest.openapi.document import ABOUT
from milepost.interfaces.rest.openapi.headers import CONDITIONS
from milepost.interfaces.rest.openapi.records import RECORDS
from milepost.interfaces.rest.openapi.refusals import REFUSALS, refusals_of
from milepost.interfaces.rest.operation import AnyOperation, Body, Told
from milepost.interfaces.rest.reference.markup import code, folded, json_block, paragraphs, prose, table
from milepost.interfaces.rest.reference.style import STYLE
from milepost.wire.full_schema import full_schema

Schema = dict[str, Any]


def reference_page(operations: Sequence[AnyOperation], version: str) -> str:
    """The whole page as HTML."""
    groups = [(name, list(members)) for name, members in groupby(operations, lambda operation: operation.group)]
    sections = "".join(_section(name, members) for name, members in groups)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Milepost API</title><style>{STYLE}</style></head><body><header><h1>Milepost API</h1>"
        f'<p class="faint">Version {escape(version)}. For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).'
        f"</p></header>{_navigation(groups)}<main>{paragraphs(ABOUT)}{sections}{_refusals()}{_records()}</main></body></html>"
    )


def _navigation(groups: Sequence[tuple[str, Sequence[AnyOperation]]]) -> str:
    lists = "".join(_links(name, map(_link, members)) for name, members in groups)
    shared = ('<a href="#errors">Errors</a>', '<a href="#records">Records</a>')
    return f'<nav aria-label="Operations">{lists}{_links("All", shared)}</nav>'


def _links(group: str, links: Iterable[str]) -> str:
    return f"<div><h2>{escape(group)}</h2><ul>{''.join(f'<li>{link}</li>' for link in links)}</ul></div>"


def _link(operation: AnyOperation) -> str:
    return f'<a href="#{operation.name}">{prose(operation.summary)}</a>'


def _section(group: str, operations: Sequence[AnyOperation]) -> str:
    return f"<section><h2>{escape(group)}</h2>{''.join(map(_article, operations))}</section>"


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


def _records() -> str:
    shown = "".join(
        f'<article id="record-{name}"><h3>{name}</h3><p>{prose(schema["description"])}.</p>{_fields(schema)}</article>'
        for name, schema in RECORDS.items()
    )
    return f'<section id="records"><h2>Records</h2>{shown}</section>'


def _fields(schema: Schema) -> str:
    rows = [[code(name), _kind(field), _about(field)] for name, field in schema["properties"].items()]
    return table(("field", "type", "meaning"), rows)


def _kind(schema: Schema) -> str:
    """The type in words: `string or null`, `list of string`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#record-{name}">{name}</a>' if name in RECORDS else code(name)
    if "anyOf" in schema:
        return " or ".join(_kind(item) for item in schema["anyOf"])
    if "const" in schema:
        return code(str(schema["const"]).lower())
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema['items'])}"
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
