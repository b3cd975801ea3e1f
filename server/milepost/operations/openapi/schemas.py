"""Schemas of what is answered: how they are put together, and those of errors, which every operation may answer with."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

NULL: Final[Schema] = {"type": "null"}
TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}


def ref(name: str) -> Schema:
    """A schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def told(schema: Schema, description: str) -> Schema:
    """The schema with words about what it is."""
    return {**schema, "description": description}


def maybe(schema: Schema, description: str) -> Schema:
    """The schema or null."""
    return {"anyOf": [schema, NULL], "description": description}


def array(of: str, description: str) -> Schema:
    """A list of what another schema of the document describes."""
    return {"type": "array", "items": ref(of), "description": description}


def record(description: str, properties: Schema) -> Schema:
    """An object of exactly these fields, each of which is always there."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ERRORS: Final[dict[str, Schema]] = {
    "Error": record("Why a request was refused", {"success": {"const": False}, "error": ref("ErrorDetails")}),
    "ErrorDetails": record(
        "What is wrong",
        {
            "code": told(TEXT, "For programs"),
            "message": told(TEXT, "For people: what came, and what to write instead"),
            "details": {"type": "array", "items": ref("Problem")},
        },
    ),
    "Problem": record(
        "One thing that is wrong",
        {"field": told(TEXT, "Where, as it was written; empty for the whole"), "message": TEXT},
    ),
}
