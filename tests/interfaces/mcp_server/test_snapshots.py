"""What clients see of the server, kept as files: a change shows up in review.

`python -m tests.interfaces.mcp_server.snapshots` writes them anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.mcp_server.snapshots import SNAPSHOTS, read_snapshot, take_snapshots
from tests.interfaces.mcp_server.workshop import Era


@pytest.mark.parametrize("name", SNAPSHOTS)
async def test_the_server_looks_as_in_its_snapshot(name: str, tmp_path: Path, era: Era):
    taken = (await take_snapshots(tmp_path / "snapshots.db", era))[name]

    # Field by field: the SDK orders the keys of a schema differently in each era.
    assert json.loads(taken) == json.loads(read_snapshot(name)), f"{name} changed; if meant, write the snapshots anew"


def nodes(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [node for item in inner for node in nodes(item)]


def test_input_schemas_are_flat_closed_and_told():
    for tool in json.loads(read_snapshot("tools"))["tools"]:
        schema = tool["inputSchema"]
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert [node for node in nodes(schema) if node.keys() & {"$ref", "$defs", "oneOf", "allOf"}] == []
        assert [node for node in nodes(schema) if "anyOf" in node and {"type": "null"} not in node["anyOf"]] == []
        for name, field in schema["properties"].items():
            assert field["description"], (tool["name"], name)
            assert field.keys() & {"examples", "enum", "default"} or _shown_by_kind(field), (tool["name"], name)


def _shown_by_kind(field: dict[str, Any]) -> bool:
    kind = field["anyOf"][0] if "anyOf" in field else field
    return kind["type"] == "boolean" or "enum" in kind or "enum" in kind.get("items", {})


def test_tools_have_titles_hints_and_output_schemas():
    for tool in json.loads(read_snapshot("tools"))["tools"]:
        assert tool["title"] == tool["annotations"]["title"]
        assert set(tool["annotations"]) == {
            "title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint",
        }  # fmt: skip
        assert tool["outputSchema"]["type"] == "object"
        assert tool["outputSchema"]["additionalProperties"] is False
